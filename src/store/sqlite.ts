import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import sql, { empty, type Sql } from 'sql-template-tag'
import { sleep } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import { Lru } from '../platform/lru.ts'
import type { Metrics } from '../platform/metrics.ts'
import { migrations } from './migrations.ts'
import { Once } from './once.ts'
import {
  type Dialect,
  type BatchWriter,
  type Store,
  StoreError,
  type StoreMode,
  type TransactionMode,
  type Tx,
} from './store.ts'

/** Calls that wait for one commit together, at most. */
const groupLimit = 256
/** Prepared statements kept; filters make more texts than that. */
const statementLimit = 500

interface Member {
  mode: TransactionMode
  /** Needs the batches of the others to be written before. */
  seesAll: boolean
  work: (tx: Tx) => Promise<unknown>
  once: Once
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/**
 * The embedded store: one connection, on which transactions take turns. Those that arrive together form a group that
 * shares one commit (and so one sync of the disk); each keeps its own savepoint, and none is answered before the
 * commit. A group in which nobody writes opens no transaction at all.
 */
export class SqliteStore implements Store {
  readonly description: string
  readonly shared = undefined
  readonly #database: DatabaseSync
  readonly #statements = new Lru<string, Prepared>(statementLimit)
  readonly #beforeCommit: ((tx: Tx) => Promise<void>)[] = []
  readonly #metrics: Metrics | undefined
  #queue: Member[] = []
  #running: Promise<void> | undefined
  #closed = false

  /** `path` is a file (made with its folder when absent) or undefined for memory. */
  constructor(path: string | undefined, metrics?: Metrics) {
    this.#metrics = metrics
    this.description = path === undefined ? 'memory' : `sqlite ${resolve(path)}`
    this.#database = open(path)
  }

  transaction<T>(storeMode: StoreMode, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError('The store is closed.'))
    const mode = storeMode === 'read' ? 'read' : 'write'
    // These look at everything.
    const seesAll = storeMode !== 'write'
    return new Promise<T>((resolvePromise, reject) => {
      const resolve = resolvePromise as (value: unknown) => void
      this.#queue.push({ mode, seesAll, work, once: new Once(), resolve, reject })
      // Node reads all sockets that are ready before it runs immediates: what arrived together is in the queue by then.
      this.#running ??= new Promise<void>(done => setImmediate(() => void this.#drain().finally(done)))
    })
  }

  beforeCommit(action: (tx: Tx) => Promise<void>): void {
    this.#beforeCommit.push(action)
  }

  async check(): Promise<void> {
    await this.transaction('read', tx => tx.get(sql`select 1 as one`))
  }

  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    if (this.#closed) return
    this.#closed = true
    this.#statements.clear()
    this.#database.close()
  }

  async #drain(): Promise<void> {
    const group = this.#queue.splice(0, groupLimit)
    try {
      if (group.some(member => member.mode === 'write')) await this.#writeGroup(group)
      else await this.#readGroup(group)
    } finally {
      this.#running =
        this.#queue.length === 0
          ? undefined
          : new Promise<void>(done => setImmediate(() => void this.#drain().finally(done)))
    }
  }

  async #readGroup(group: Member[]): Promise<void> {
    for (const member of group) {
      try {
        member.resolve(await member.work(this.#tx('read', [], new Batches(), member.once)))
      } catch (reason) {
        member.reject(reason)
      }
    }
  }

  async #writeGroup(group: Member[]): Promise<void> {
    const settle: (() => void)[] = []
    const committed: (() => void)[] = []
    const batches = new Batches()
    const flush = () => batches.write(this.#tx('write', committed, batches, new Once()))
    const begun = performance.now()
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const member of group) {
        if (member.seesAll) await flush()
        settle.push(await this.#runMember(member, committed, batches))
      }
      await flush()
      for (const action of this.#beforeCommit) await action(this.#tx('write', committed, batches, new Once()))
      if (failpoints.isOn('answer:early')) await answerEarly(settle)
      failpoints.pass('group:before-commit')
      this.#database.exec('COMMIT')
    } catch (reason) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      const failure = new StoreError('The store could not write.', { cause: reason })
      // A reader needs no commit: it gets its answer from a second try outside the group.
      await this.#readGroup(group.filter(member => member.mode === 'read'))
      for (const member of group) if (member.mode === 'write') member.reject(failure)
      return
    }
    this.#metrics?.commitEnded(begun, group.length)
    for (const action of committed) action()
    for (const answer of settle) answer()
  }

  /** Runs one member in its own savepoint and returns how to answer it once the group is committed. */
  async #runMember(member: Member, committed: (() => void)[], batches: Batches): Promise<() => void> {
    const own: (() => void)[] = []
    const ownBatches = new Batches()
    if (member.mode === 'write') this.#statement('SAVEPOINT member').statement.run()
    try {
      const value = await member.work(this.#tx(member.mode, own, ownBatches, member.once))
      if (member.mode === 'write') this.#statement('RELEASE member').statement.run()
      committed.push(...own)
      batches.join(ownBatches)
      return () => member.resolve(value)
    } catch (reason) {
      if (member.mode === 'write') {
        this.#statement('ROLLBACK TO member').statement.run()
        this.#statement('RELEASE member').statement.run()
      }
      return () => member.reject(reason)
    }
  }

  #tx(mode: TransactionMode, committed: (() => void)[], batches: Batches, once: Once): Tx {
    const all = async <Row>(query: Sql) => {
      const { statement, columns } = this.#statement(query.sql)
      const rows = statement.all(...bind(query)) as unknown as SQLOutputValue[][]
      return rows.map(values => toRow(columns, values) as Row)
    }
    return {
      mode,
      dialect,
      all,
      autonomous: all,
      once: (name, work) => once.do(name, work),
      advisoryLock: async () => undefined,
      get: async <Row>(query: Sql) => {
        const { statement, columns } = this.#statement(query.sql)
        const values = statement.get(...bind(query)) as unknown as SQLOutputValue[] | undefined
        return values === undefined ? undefined : (toRow(columns, values) as Row)
      },
      run: async query => {
        if (mode === 'read') throw new Error(`A read transaction tried to write: ${query.sql}`)
        return Number(this.#statement(query.sql).statement.run(...bind(query)).changes)
      },
      columns: async table => {
        const { statement } = this.#statement('select name from pragma_table_info(?)')
        return (statement.all(table) as unknown as string[][]).map(([name]) => name ?? '')
      },
      batchWrite: async (write, items) => batches.add(write, items),
      afterCommit: action => void committed.push(action),
    }
  }

  #statement(text: string): Prepared {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      const prepared = this.#database.prepare(text)
      // Arrays and one list of names are made twice as fast as an object per row.
      prepared.setReturnArrays(true)
      statement = { statement: prepared, columns: prepared.columns().map(column => column.name) }
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/** The bug that the proof must find: clients hear of what is not committed yet. */
async function answerEarly(settle: (() => void)[]): Promise<void> {
  for (const answer of settle.splice(0)) answer()
  await sleep(20)
}

/** What is written once for a group. */
class Batches {
  readonly #items = new Map<BatchWriter<never>, unknown[]>()

  add<Item>(write: BatchWriter<Item>, items: readonly Item[]): void {
    const there = this.#items.get(write)
    if (there === undefined) this.#items.set(write, [...items])
    else for (const item of items) there.push(item)
  }

  join(other: Batches): void {
    for (const [write, items] of other.#items) this.add(write, items as never[])
  }

  async write(tx: Tx): Promise<void> {
    if (this.#items.size === 0) return
    const all = [...this.#items]
    this.#items.clear()
    for (const [write, items] of all) await write(tx, items as never[])
  }
}

interface Prepared {
  readonly statement: StatementSync
  readonly columns: readonly string[]
}

function toRow(columns: readonly string[], values: readonly SQLOutputValue[]): Record<string, SQLOutputValue> {
  const row: Record<string, SQLOutputValue> = {}
  for (let at = 0; at < columns.length; at++) row[columns[at] ?? ''] = values[at] ?? null
  return row
}

function bind(query: Sql): SQLInputValue[] {
  return query.values as SQLInputValue[]
}

const dialect: Dialect = {
  forUpdate: empty,
  skipLocked: empty,
  oneOf: (column, values) => sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
  contains: (column, text) => sql`instr(${column}, ${text}) > 0`,
  hasEntry: (column, key, value) => {
    // Cheap, and passes over nearly all rows that lack the entry; but a quote in a key can make it look like another.
    const looksLikeIt = `${JSON.stringify(key)}:${value === undefined ? '' : JSON.stringify(value)}`
    const valueFits = value === undefined ? empty : sql`and entry.value = ${value}`
    return sql`(instr(${column}, ${looksLikeIt}) > 0
      and exists (select 1 from json_each(${column}) as entry where entry.key = ${key} ${valueFits}))`
  },
  item: {
    from: (column, list) => sql`json_each(${column}, ${`$.${list}`}) as item`,
    place: sql`item.key`,
    field: name => sql`(item.value -> ${name})`,
  },
  matches: (column, pattern) => sql`${column} GLOB ${pattern.replaceAll(/[?[]/g, '[$&]')}`,
  eventNumbers: undefined,
}

function open(path: string | undefined): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    if (path !== undefined) mkdirSync(dirname(resolve(path)), { recursive: true })
    database = new DatabaseSync(path ?? ':memory:')
    // EXCLUSIVE keeps a second server off the file and spares the shared-memory index.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE')
    const version = readVersion(database)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
    database.exec('PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000')
    migrate(database, version)
    return database
  } catch (reason) {
    database?.close()
    throw new StoreError(`Cannot open the store ${path ?? 'memory'}: ${explain(reason)}`, { cause: reason })
  }
}

function explain(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason)
  if (/database is locked|busy/i.test(text))
    return 'another localyun has it open. Stop that one, or give this one another --store.'
  if (/not a database|malformed/i.test(text))
    return 'the file is not a localyun store. Name another file, or move this one away.'
  return text
}

/** The steps that the file has behind it; fails, before anything is written, on a file that is not ours to change. */
function readVersion(database: DatabaseSync): number {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > migrations.length) {
    throw new Error(`it was written by a newer localyun (schema ${version}; this one knows ${migrations.length}).`)
  }
  if (version === 0 && database.prepare('select 1 from sqlite_schema').get() !== undefined) {
    throw new Error('file is not a database of localyun')
  }
  return version
}

function migrate(database: DatabaseSync, version: number): void {
  database.exec('BEGIN EXCLUSIVE')
  for (const text of migrations.slice(version)) database.exec(text)
  database.exec(`PRAGMA user_version = ${migrations.length}`)
  database.exec('COMMIT')
}
