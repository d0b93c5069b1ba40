import type { Sql } from 'sql-template-tag'

export type TransactionMode = 'read' | 'write'
/**
 * `alone`: writes while no other transaction does, and is never run again because of another. For what concerns the whole
 * world, such as a seed or an import, and for what cannot be undone, such as moving a clock.
 */
export type StoreMode = TransactionMode | 'alone'

/** What a database returns for a column. Numbers of 64 bits come as numbers: none here is greater than 2^53. */
export type Value = string | number | null

/** Makes a row from the values of a result's columns, in their order. */
export type Read<Row> = (values: readonly Value[]) => Row

/**
 * One transaction. Code that runs in it must wait for nothing but its queries: on the embedded store all transactions
 * share one connection and take turns. Once its work has returned, everything fails with TransactionOver.
 */
export interface Tx {
  readonly mode: TransactionMode
  readonly dialect: Dialect
  /** Rows as `read` makes them; without it, objects whose properties are named as the columns are. */
  all<Row>(query: Sql, read?: Read<Row>): Promise<Row[]>
  get<Row>(query: Sql, read?: Read<Row>): Promise<Row | undefined>
  /** Runs a statement and returns how many rows it changed. */
  run(query: Sql): Promise<number>
  /**
   * Runs a statement that need not be undone with the transaction, such as one that gives out a number: where several
   * processes share the store it is committed at once, so that nobody waits for the row. Elsewhere it is a part of the
   * transaction.
   */
  autonomous<Row>(query: Sql): Promise<Row[]>
  /**
   * Does what leaves something outside of the transaction, such as a count: once, however often the transaction is run;
   * every run gets the same result. The name is one of this transaction's own.
   */
  once<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Waits until no other transaction holds `name`, and holds it until this one is over. */
  advisoryLock(name: string): Promise<void>
  /**
   * Has `items` written by `write` before the commit, in one go with those of other transactions that share it; not at
   * all if this one fails. Until then nobody sees them, this transaction included.
   */
  batchWrite<Item>(write: BatchWriter<Item>, items: readonly Item[]): Promise<void>
  /**
   * What `load` reads, kept in memory under `key` for later transactions, until one calls `dropCache`. A change by another
   * process is seen a second later at most. Undefined is not kept.
   */
  cached<T extends object>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined>
  /** To be called by whatever changes rows that are read through `cached`; from here on this transaction reads them anew. */
  dropCache(): void
  /** Runs `action` once the transaction is durable; not at all if it fails. */
  afterCommit(action: () => void): void
  /**
   * Says that something which this transaction writes falls due at `at`, instance time in ms. It is passed on once that is
   * durable. `elsewhere`: another process may have to do it.
   */
  notifyDue(at: number, elsewhere?: boolean): void
}

/** Hears of due times once what falls due is durable. */
export type DueListener = (at: number, elsewhere: boolean) => void

/** Writes what several transactions have brought; the function itself names what belongs together. */
export type BatchWriter<Item> = (tx: Tx, items: readonly Item[]) => Promise<void>

/** What differs between the databases, as pieces of SQL; queries never ask which database they run on. */
export interface Dialect {
  /** Appended to a SELECT whose rows the transaction is about to change. */
  readonly forUpdate: Sql
  /** As forUpdate, for rows that another worker may hold: those are passed over. */
  readonly skipLocked: Sql
  /**
   * `column` is one of `values`. The text does not grow with the list, so that the same prepared statements serve every
   * length; none of the rows fits an empty list.
   */
  oneOf(column: Sql, values: readonly string[] | readonly number[]): Sql
  /** For a FROM clause: one row per text, in the column `value`; as with `oneOf` the text is the same for every length. */
  eachOf(values: readonly string[]): Sql
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
  /** How events get their numbers, where transactions don't take turns; elsewhere a counter does. */
  readonly eventNumbers: EventNumbers | undefined
}

/**
 * Numbers for events of transactions that run at the same time. A reader goes on from the last number it has seen, so
 * it must be shown nothing behind a number that may still be committed.
 */
export interface EventNumbers {
  /** The next number, as an expression. */
  readonly next: Sql
  /** Up to which number nothing can be added any more; for a reading that begins after this has been answered. */
  findSettled(tx: Tx): Promise<number>
  /** Writes the last number to the counters, where it stands in an exported state. */
  save(tx: Tx): Promise<void>
  /** Goes on behind the number that the counters have. */
  restore(tx: Tx): Promise<void>
}

export interface Store {
  /** For the log and `info`: `memory`, or `sqlite` with the file. Never holds a password. */
  readonly description: string
  /**
   * Runs `work` alone and all or nothing; resolves after what it wrote is durable. `read` promises to write nothing,
   * and so also works on a store that cannot write. `work` may be run again, when it lost a race with another or shares a
   * commit with one that fails; what it leaves outside the transaction must bear that.
   */
  transaction<T>(mode: StoreMode, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs before each commit, inside it: a place for writes that may wait for the next commit. */
  beforeCommit(action: (tx: Tx) => Promise<void>): void
  /** Calls `listener` with each due time of which a transaction of this process has notified. */
  onDue(listener: DueListener): void
  /** Fails when the store cannot be reached. */
  check(): Promise<void>
  /** Undefined where only one process can have the store open. */
  readonly shared: SharedStore | undefined
  close(): Promise<void>
}

/** What a process notifies the others of that have the store open: look there, something has changed. */
export const topics = ['jobs', 'events', 'faults', 'clock', 'webhooks', 'cache'] as const
export type Topic = (typeof topics)[number]

/** A store that several processes have open. */
export interface SharedStore {
  readonly dialect: Dialect
  /** Runs a statement in no transaction; what it wrote survives a crash of the database once a later commit has. */
  autonomous<Row>(query: Sql): Promise<Row[]>
  /** Gives `name` to this process for so long, or leaves it to it for longer; false while another process has it. */
  lease(name: string, ms: number): Promise<boolean>
  /** Gives it back before its time. */
  endLease(name: string): Promise<void>
  /** Notifies the other processes, soon. A notification sent while they can't be reached is lost: they look by themselves, too. */
  notify(topic: Topic): void
  /** Calls `listener` when another process sent a notification, or may have. */
  listen(listener: (topic: Topic) => void): void
}

/** The store could not be opened, or refused to write; the message is for the person who started the server. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
}

/** A transaction was used after its end. */
export class TransactionOver extends Error {
  override readonly name = 'TransactionOver'

  constructor() {
    super('The transaction is over: whoever uses it has not been waited for, or kept it.')
  }
}

/** The store can't be reached at the moment. */
export class StoreUnavailable extends StoreError {
  override readonly name = 'StoreUnavailable'
}
