import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import sql from 'sql-template-tag'
import { sleep } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import { Lru } from '../platform/lru.ts'
import type { Metrics } from '../platform/metrics.ts'
import { migrations } from './migrations.ts'
import { Once } from './once.ts'
import { RowCache } from './row-cache.ts'
import { type Access, Batches, prepare, type Prepared, SqliteTx } from './sqlite/transaction.ts'
import { type DueListener, type Store, StoreError, type StoreMode, type TransactionMode, type Tx } from './store.ts'

/** Calls that wait for one commit together, at most. */
const groupLimit = 256
/** Prepared statements kept; filters make more texts than that. */
const statementLimit = 500

interface Member {
  mode: TransactionMode
  /** Shares its commit with nobody. */
  alone: boolean
  work: (tx: Tx) => Promise<unknown>
  once: Once
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
}

/**
 * The embedded store: one connection, on which transactions take turns. Those that arrive together form a group that
 * shares one commit (and so one sync of the disk), and none is answered before it. One that fails undoes its own writes
 * only; for that the group may be run again. A group in which nobody writes opens no transaction at all.
 */
export class SqliteStore implements Store {
  readonly description: string
  readonly shared = undefined
  readonly #database: DatabaseSync
  readonly #statements = new Lru<string, Prepared>(statementLimit)
  readonly #cache = new RowCache(Infinity)
  readonly #beforeCommit: ((tx: Tx) => Promise<void>)[] = []
  readonly #due: DueListener[] = []
  readonly #access: Access = {
    prepare: text => this.#statement(text),
    cache: this.#cache,
    notifyDue: (at, elsewhere) => {
      for (const listener of this.#due) listener(at, elsewhere)
    },
  }
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
    return new Promise<T>((resolvePromise, reject) => {
      const resolve = resolvePromise as (value: unknown) => void
      this.#queue.push({ mode, alone: storeMode === 'alone', work, once: new Once(), resolve, reject })
      // Node reads all sockets that are ready before it runs immediates: what arrived together is in the queue by then.
      this.#running ??= new Promise<void>(done => setImmediate(() => void this.#drain().finally(done)))
    })
  }

  beforeCommit(action: (tx: Tx) => Promise<void>): void {
    this.#beforeCommit.push(action)
  }

  onDue(listener: DueListener): void {
    this.#due.push(listener)
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
    const group = this.#takeGroup()
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

  #takeGroup(): Member[] {
    const end = this.#queue.findIndex((member, index) => member.alone || index === groupLimit)
    return this.#queue.splice(0, end === -1 ? groupLimit : Math.max(end, 1))
  }

  async #readGroup(group: readonly Member[]): Promise<void> {
    for (const member of group) {
      const tx = this.#begin('read', member.once)
      try {
        const value = await member.work(tx)
        for (const action of tx.committed) action()
        member.resolve(value)
      } catch (reason) {
        member.reject(reason)
      } finally {
        tx.end()
      }
    }
  }

  async #writeGroup(members: readonly Member[]): Promise<void> {
    const begun = performance.now()
    let group: Group
    try {
      group = (await this.#runTogether(members)) ?? (await this.#runApart(members))
      await this.#writeBatches(group)
      for (const action of this.#beforeCommit) await this.#work(action, group)
      if (failpoints.isOn('answer:early')) await answerEarly(group)
      failpoints.pass('group:before-commit')
      this.#database.exec('COMMIT')
    } catch (reason) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      const failure = new StoreError('The store could not write.', { cause: reason })
      // A reader needs no commit: it gets its answer from a second try outside the group.
      await this.#readGroup(members.filter(member => member.mode === 'read'))
      for (const member of members) if (member.mode === 'write') member.reject(failure)
      return
    } finally {
      this.#cache.resume()
    }
    this.#metrics?.commitEnded(begun, members.length)
    for (const action of group.committed) action()
    for (const answer of group.answers) answer()
  }

  /**
   * Runs the members without savepoints, which nearly every group does without. Undefined, with nothing done, when a member
   * failed after it had written: the writes of those before it were rolled back together with its own.
   */
  async #runTogether(members: readonly Member[]): Promise<Group | undefined> {
    const group = new Group()
    this.#database.exec('BEGIN IMMEDIATE')
    for (const member of members) {
      if (member.mode === 'read') await this.#writeBatches(group)
      if (await this.#runMember(member, group)) continue
      this.#database.exec('ROLLBACK')
      if (group.hasWritten) return undefined
      this.#database.exec('BEGIN IMMEDIATE')
    }
    return group
  }

  /** Runs each member in a savepoint of its own. */
  async #runApart(members: readonly Member[]): Promise<Group> {
    const group = new Group()
    this.#database.exec('BEGIN IMMEDIATE')
    for (const member of members) {
      if (member.mode === 'read') await this.#writeBatches(group)
      this.#database.exec('SAVEPOINT member')
      if (!(await this.#runMember(member, group))) this.#database.exec('ROLLBACK TO member')
      this.#database.exec('RELEASE member')
    }
    return group
  }

  /** False when the member has failed and left writes that are to be undone. */
  async #runMember(member: Member, group: Group): Promise<boolean> {
    const tx = this.#begin(member.mode, member.once)
    let failure: { readonly reason: unknown } | undefined
    try {
      const value = await member.work(tx)
      group.join(tx)
      group.answers.push(() => member.resolve(value))
    } catch (reason) {
      failure = { reason }
      group.answers.push(() => member.reject(reason))
    }
    tx.end()
    // A full disk, for one, ends the transaction of the whole group.
    if (!this.#database.isTransaction) throw new Error('SQLite has ended the transaction.', { cause: failure?.reason })
    return failure === undefined || !tx.hasWritten
  }

  #writeBatches(group: Group): Promise<void> {
    return group.batches.isEmpty ? Promise.resolve() : this.#work(tx => group.batches.write(tx), group)
  }

  /** Does the group's own work; what fails in it fails the group. */
  async #work(work: (tx: Tx) => Promise<void>, group: Group): Promise<void> {
    const tx = this.#begin('write', new Once())
    await work(tx)
    tx.end()
    group.join(tx)
  }

  #begin(mode: TransactionMode, once: Once): SqliteTx {
    return new SqliteTx(this.#access, mode, once)
  }

  #statement(text: string): Prepared {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = prepare(this.#database, text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/** What the members of a group leave for its commit. */
class Group {
  readonly answers: (() => void)[] = []
  readonly committed: (() => void)[] = []
  readonly batches = new Batches()
  hasWritten = false

  join(tx: SqliteTx): void {
    this.committed.push(...tx.committed)
    this.batches.join(tx.batches)
    if (tx.hasWritten) this.hasWritten = true
  }
}

/** The bug that the proof must find: clients hear of what is not committed yet. */
async function answerEarly(group: Group): Promise<void> {
  for (const answer of group.answers.splice(0)) answer()
  await sleep(20)
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
