import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Sql } from 'sql-template-tag'
import type { Once } from '../once.ts'
import type { RowCache } from '../row-cache.ts'
import {
  type BatchWriter,
  type DueListener,
  type Read,
  type TransactionMode,
  TransactionOver,
  type Tx,
  type Value,
} from '../store.ts'
import { dialect } from './dialect.ts'

export interface Prepared {
  readonly statement: StatementSync
  readonly columns: readonly string[]
  /** False where the text alone shows that it only reads. */
  readonly writes: boolean
}

const onlyReads = /^\s*(?:select|with|explain)\b(?![^]*\b(?:insert|update|delete)\b)/i

export function prepare(database: DatabaseSync, text: string): Prepared {
  const statement = database.prepare(text)
  // Arrays and one list of names are made twice as fast as an object per row.
  statement.setReturnArrays(true)
  const columns = statement.columns().map(column => column.name)
  return { statement, columns, writes: !onlyReads.test(text) }
}

/** What a transaction needs of its store. */
export interface Access {
  prepare(text: string): Prepared
  readonly cache: RowCache
  readonly notifyDue: DueListener
}

/** One member's part of a group's transaction. */
export class SqliteTx implements Tx {
  readonly dialect = dialect
  readonly mode: TransactionMode
  /** What is to run after the commit. */
  readonly committed: (() => void)[] = []
  readonly batches = new Batches()
  hasWritten = false
  readonly #access: Access
  readonly #once: Once
  #hasEnded = false

  constructor(access: Access, mode: TransactionMode, once: Once) {
    this.#access = access
    this.mode = mode
    this.#once = once
  }

  async all<Row>(query: Sql, read?: Read<Row>): Promise<Row[]> {
    const { statement, columns } = this.#statement(query.sql)
    const rows = statement.all(...bind(query)) as unknown as Value[][]
    return rows.map(read ?? (values => toRow(columns, values) as Row))
  }

  async get<Row>(query: Sql, read?: Read<Row>): Promise<Row | undefined> {
    const { statement, columns } = this.#statement(query.sql)
    const values = statement.get(...bind(query)) as unknown as Value[] | undefined
    if (values === undefined) return undefined
    return read === undefined ? (toRow(columns, values) as Row) : read(values)
  }

  async run(query: Sql): Promise<number> {
    return Number(this.#statement(query.sql).statement.run(...bind(query)).changes)
  }

  autonomous<Row>(query: Sql): Promise<Row[]> {
    return this.all(query)
  }

  async once<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#once.do(name, work)
  }

  /** Transactions take turns. */
  async advisoryLock(): Promise<void> {
    this.#checkOpen()
  }

  async batchWrite<Item>(write: BatchWriter<Item>, items: readonly Item[]): Promise<void> {
    this.#checkOpen()
    this.batches.add(write, items)
  }

  cached<T extends object>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.#access.cache.read(key, load)
  }

  dropCache(): void {
    this.#checkOpen()
    this.#access.cache.suspend()
  }

  afterCommit(action: () => void): void {
    this.#checkOpen()
    this.committed.push(action)
  }

  notifyDue(at: number, elsewhere = false): void {
    this.afterCommit(() => this.#access.notifyDue(at, elsewhere))
  }

  end(): void {
    this.#hasEnded = true
  }

  #statement(text: string): Prepared {
    this.#checkOpen()
    const prepared = this.#access.prepare(text)
    if (prepared.writes) {
      if (this.mode === 'read') throw new Error(`A read transaction tried to write: ${text}`)
      this.hasWritten = true
    }
    return prepared
  }

  #checkOpen(): void {
    if (this.#hasEnded) throw new TransactionOver()
  }
}

/** What is written once for a group. */
export class Batches {
  readonly #items = new Map<BatchWriter<never>, unknown[]>()

  get isEmpty(): boolean {
    return this.#items.size === 0
  }

  add<Item>(write: BatchWriter<Item>, items: readonly Item[]): void {
    const there = this.#items.get(write)
    if (there === undefined) this.#items.set(write, [...items])
    else for (const item of items) there.push(item)
  }

  join(other: Batches): void {
    for (const [write, items] of other.#items) this.add(write, items as never[])
  }

  async write(tx: Tx): Promise<void> {
    const all = [...this.#items]
    this.#items.clear()
    for (const [write, items] of all) await write(tx, items as never[])
  }
}

function toRow(columns: readonly string[], values: readonly Value[]): Record<string, Value> {
  const row: Record<string, Value> = {}
  for (let at = 0; at < columns.length; at++) row[columns[at] ?? ''] = values[at] ?? null
  return row
}

function bind(query: Sql): SQLInputValue[] {
  return query.values as SQLInputValue[]
}
