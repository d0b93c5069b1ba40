import type pg from 'pg'
import sql, { raw, type Sql } from 'sql-template-tag'
import { sleep } from '../../platform/clock.ts'
import { failpoints } from '../../platform/failpoints.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { Once } from '../once.ts'
import { RowCache } from '../row-cache.ts'
import {
  type BatchWriter,
  type DueListener,
  type Read,
  type SharedStore,
  type Store,
  StoreError,
  type StoreMode,
  type TransactionMode,
  TransactionOver,
  type Tx,
} from '../store.ts'
import { parseAddress } from './address.ts'
import { type Connection, createPool } from './connections.ts'
import { dialect } from './dialect.ts'
import { isLostRace, isUnavailable, openingError, unavailable } from './errors.ts'
import { eventFloor, gate, names } from './keys.ts'
import { type Execute, Leases } from './leases.ts'
import { migrate } from './migrate.ts'
import { Peers } from './peers.ts'

/** How often a transaction that loses against others is run before it fails. */
const tries = 10
/** Autonomous statements share these connections, which transactions can't use up. */
const autonomousPoolSize = 2
/** After this time a process that stopped in the middle of a transaction loses its locks. */
const settings = `
  set idle_in_transaction_session_timeout = '30s';
  set default_transaction_isolation = 'read committed';
  set jit = off;
  set enable_seqscan = off`
/** An autonomous write is durable with the next commit: the log is written in order. */
const autonomousSettings = `${settings}; set synchronous_commit = off`

/** Announces that a transaction will take numbers of events behind the last; see `eventNumbers`. */
const announce = sql`pg_advisory_xact_lock_shared(${raw(eventFloor)} + last_value)`
/** For how long what is kept in memory is good without a word from the process that changes it, ms. */
const cacheMaxAgeMs = 1_000

/** What a transaction does first. */
const enter = {
  read: undefined,
  write: sql`select pg_advisory_xact_lock_shared(${raw(gate)}), ${announce} from event_numbers`,
  alone: sql`select pg_advisory_xact_lock(${raw(gate)}), ${announce} from event_numbers`,
} as const satisfies Record<StoreMode, Sql | undefined>

/** Opens a PostgreSQL database: brings its schema up to date and connects. Throws a StoreError that says why not. */
export async function openPostgres(text: string, metrics?: Metrics): Promise<Store> {
  const { url, poolSize, description } = parseAddress(text)
  await migrate(url, description)
  const store = new PostgresStore(url, poolSize, description, metrics)
  try {
    await store.connect()
    return store
  } catch (reason) {
    await store.close()
    throw openingError(description, reason)
  }
}

/**
 * A database that several processes share. Transactions run at the same time, each on a connection of its own; rows that
 * they change are locked first, instances before their jobs and in the order of their ids.
 */
class PostgresStore implements Store {
  readonly description: string
  readonly shared: SharedStore
  readonly #metrics: Metrics | undefined
  readonly #pool: pg.Pool
  readonly #autonomousPool: pg.Pool
  readonly #peers: Peers
  readonly #cache = new RowCache(cacheMaxAgeMs)
  readonly #beforeCommit: ((tx: Tx) => Promise<void>)[] = []
  readonly #due: DueListener[] = []
  readonly #notifyDue: DueListener = (at, elsewhere) => {
    for (const listener of this.#due) listener(at, elsewhere)
  }
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(url: string, poolSize: number, description: string, metrics: Metrics | undefined) {
    this.description = description
    this.#metrics = metrics
    this.#pool = createPool(url, poolSize, settings)
    this.#autonomousPool = createPool(url, autonomousPoolSize, autonomousSettings)
    this.#peers = new Peers(url, words => this.#autonomousPool.query(words))
    this.#peers.listen(topic => {
      if (topic === 'cache') this.#cache.clear()
    })
    const leases = new Leases(query => this.#autonomous(query))
    this.shared = {
      dialect,
      autonomous: query => this.#autonomous(query),
      lease: (name, ms) => leases.take(name, ms),
      endLease: name => leases.end(name),
      notify: topic => this.#peers.notify(topic),
      listen: listener => this.#peers.listen(listener),
    }
  }

  connect(): Promise<void> {
    return this.#peers.connect()
  }

  transaction<T>(mode: StoreMode, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError('The store is closed.'))
    const running = this.#repeat(mode, work)
    const settled: Promise<void> = running.then(
      () => void this.#running.delete(settled),
      () => void this.#running.delete(settled),
    )
    this.#running.add(settled)
    return running
  }

  beforeCommit(action: (tx: Tx) => Promise<void>): void {
    this.#beforeCommit.push(action)
  }

  onDue(listener: DueListener): void {
    this.#due.push(listener)
  }

  async check(): Promise<void> {
    await this.#autonomous(sql`select 1 as one`)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.all(this.#running)
    await this.#peers.close()
    await Promise.all([this.#pool.end(), this.#autonomousPool.end()])
  }

  /** Runs the transaction, and again when it lost a race that it may win the next time. */
  async #repeat<T>(mode: StoreMode, work: (tx: Tx) => Promise<T>): Promise<T> {
    const once = new Once()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#run(mode, work, once)
      } catch (reason) {
        if (!isLostRace(reason) || attempt === tries) throw reason
        // Longer each time, so that those who met once don't meet again.
        await sleep((attempt - 1) * 5)
      }
    }
  }

  async #run<T>(mode: StoreMode, work: (tx: Tx) => Promise<T>, once: Once): Promise<T> {
    const connection = await this.#connect()
    const tx = this.#begin(connection, mode, once)
    const { committed } = tx
    let value: T
    let over = false
    try {
      // Sent together with the first statement; if it fails, so does that.
      const begun = begin(connection, mode)
      begun.catch(() => undefined)
      value = await work(tx)
      await begun
      tx.end()
      over = true
      if (mode !== 'read') committed.push(...(await this.#prepareCommit(connection)))
      const begunAt = performance.now()
      await commit(connection)
      if (mode !== 'read') this.#metrics?.commitEnded(begunAt, 1)
    } catch (reason) {
      tx.end()
      const broken = await rollBack(connection)
      connection.release(broken)
      throw worded(reason, over && mode !== 'read')
    }
    connection.release()
    for (const action of committed) action()
    return value
  }

  /** Returns what is to run after the commit. */
  async #prepareCommit(connection: Connection): Promise<(() => void)[]> {
    const tx = this.#begin(connection, 'write', new Once())
    for (const action of this.#beforeCommit) await action(tx)
    tx.end()
    failpoints.pass('group:before-commit')
    return tx.committed
  }

  #begin(connection: Connection, mode: StoreMode, once: Once): PostgresTx {
    const access: Access = {
      connection,
      autonomous: query => this.#autonomous(query),
      notifyDue: this.#notifyDue,
      cache: this.#cache,
      cacheChanged: () => {
        this.#cache.clear()
        this.#peers.notify('cache')
      },
    }
    return new PostgresTx(access, mode === 'read' ? 'read' : 'write', once)
  }

  async #connect(): Promise<Connection & pg.PoolClient> {
    try {
      return (await this.#pool.connect()) as Connection & pg.PoolClient
    } catch (reason) {
      throw unavailable(reason)
    }
  }

  async #autonomous<Row>(query: Sql): Promise<Row[]> {
    let connection: (Connection & pg.PoolClient) | undefined
    let broken = true
    try {
      connection = (await this.#autonomousPool.connect()) as Connection & pg.PoolClient
      const { rows } = await connection.executePrepared(query)
      broken = false
      return rows as Row[]
    } catch (reason) {
      broken = isUnavailable(reason)
      throw worded(reason, false)
    } finally {
      connection?.release(broken)
    }
  }
}

/** What a transaction needs of its store. */
interface Access {
  readonly connection: Connection
  readonly autonomous: Execute
  readonly notifyDue: DueListener
  readonly cache: RowCache
  /** To be called when rows that are kept in memory have changed. */
  cacheChanged(): void
}

class PostgresTx implements Tx {
  readonly dialect = dialect
  readonly mode: TransactionMode
  /** What is to run after the commit. */
  readonly committed: (() => void)[] = []
  readonly #access: Access
  readonly #once: Once
  #dropsCache = false
  #hasEnded = false

  constructor(access: Access, mode: TransactionMode, once: Once) {
    this.#access = access
    this.mode = mode
    this.#once = once
  }

  async all<Row>(query: Sql, read?: Read<Row>): Promise<Row[]> {
    this.#checkOpen()
    if (read !== undefined) return this.#access.connection.queryRows(query, read)
    return (await this.#access.connection.executePrepared(query)).rows as Row[]
  }

  async get<Row>(query: Sql, read?: Read<Row>): Promise<Row | undefined> {
    return (await this.all(query, read))[0]
  }

  async run(query: Sql): Promise<number> {
    this.#checkOpen()
    if (this.mode === 'read') throw new Error(`A read transaction tried to write: ${query.text}`)
    return (await this.#access.connection.executePrepared(query)).rowCount ?? 0
  }

  async autonomous<Row>(query: Sql): Promise<Row[]> {
    this.#checkOpen()
    return this.#access.autonomous(query)
  }

  async once<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    return this.#once.do(name, work)
  }

  async advisoryLock(name: string): Promise<void> {
    await this.all(sql`select pg_advisory_xact_lock(${names}::int, hashtext(${name}))`)
  }

  /** Nobody shares the transaction. */
  async batchWrite<Item>(write: BatchWriter<Item>, items: readonly Item[]): Promise<void> {
    this.#checkOpen()
    await write(this, items)
  }

  cached<T extends object>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.#dropsCache ? load() : this.#access.cache.read(key, load)
  }

  dropCache(): void {
    if (!this.#dropsCache) this.afterCommit(() => this.#access.cacheChanged())
    this.#dropsCache = true
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

  #checkOpen(): void {
    if (this.#hasEnded) throw new TransactionOver()
  }
}

async function begin(connection: Connection, mode: StoreMode): Promise<void> {
  const first = enter[mode]
  await Promise.all([
    connection.execute(mode === 'read' ? 'begin read only' : 'begin'),
    ...(first === undefined ? [] : [connection.executePrepared(first)]),
  ])
}

/** A transaction in which a statement failed is rolled back by its commit, without an error. */
async function commit(connection: Connection): Promise<void> {
  const { command } = await connection.execute('commit')
  if (command !== 'COMMIT') throw new Error('A statement of the transaction had failed.')
}

/** Returns whether the connection is of no more use. */
async function rollBack(connection: Connection): Promise<boolean> {
  try {
    await connection.execute('rollback')
    return false
  } catch {
    return true
  }
}

/** What is thrown for a failure of the database; what the work itself threw stays as it is. */
function worded(reason: unknown, committing: boolean): unknown {
  if (reason instanceof StoreError || isLostRace(reason)) return reason
  if (isUnavailable(reason)) return unavailable(reason)
  return committing ? new StoreError('The store could not write.', { cause: reason }) : reason
}
