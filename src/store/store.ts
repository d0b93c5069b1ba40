import type { Sql } from 'sql-template-tag'

export type TransactionMode = 'read' | 'write'

/**
 * One transaction. Code that runs in it must wait for nothing but its queries: on the embedded store all transactions
 * share one connection and take turns.
 */
export interface Tx {
  readonly mode: TransactionMode
  readonly dialect: Dialect
  all<Row>(query: Sql): Promise<Row[]>
  get<Row>(query: Sql): Promise<Row | undefined>
  /** Runs a statement and returns how many rows it changed. */
  run(query: Sql): Promise<number>
  /** The columns of a table, in order. */
  columns(table: string): Promise<string[]>
  /** Runs `action` once the transaction is durable; not at all if it fails. */
  afterCommit(action: () => void): void
}

/** What differs between the databases, as pieces of SQL; queries never ask which database they run on. */
export interface Dialect {
  /** Appended to a SELECT whose rows the transaction is about to change. */
  readonly forUpdate: Sql
  /** As forUpdate, for rows that another worker may hold: those are passed over. */
  readonly skipLocked: Sql
  /** `column` contains `text`, case-sensitive. */
  contains(column: Sql, text: string): Sql
  /** `column`, a JSON object of texts, has `key`, with this `value` unless that is undefined. */
  hasEntry(column: Sql, key: string, value: string | undefined): Sql
  /** The entries of a list that stands under a name in a JSON object. */
  readonly item: {
    /** For a FROM clause: one row per entry. */
    from(column: Sql, list: string): Sql
    /** The entry's place in the list, from 0. */
    readonly place: Sql
    /** A field of the entry, as JSON text. */
    field(name: string): Sql
  }
  /** `column` matches `pattern`, in which `*` stands for any text; case-sensitive. */
  matches(column: Sql, pattern: string): Sql
}

export interface Store {
  /** For the log and `info`: `memory`, or `sqlite` with the file. Never holds a password. */
  readonly description: string
  /**
   * Runs `work` alone and all or nothing; resolves after what it wrote is durable. `read` promises to write nothing,
   * and so also works on a store that cannot write.
   */
  transaction<T>(mode: TransactionMode, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs before each commit, inside it: a place for writes that may wait for the next commit. */
  beforeCommit(action: (tx: Tx) => Promise<void>): void
  close(): Promise<void>
}

/** The store could not be opened, or refused to write; the message is for the person who started the server. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
