import sql, { type Sql } from 'sql-template-tag'
import {
  type DueListener,
  type SharedStore,
  type Store,
  type StoreMode,
  type Topic,
  topics,
  type Tx,
} from '../../src/store/store.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { wallClock } from '../../src/platform/clock.ts'
import type { Actor, Scheduler } from './scheduler.ts'

/** What happens to a server or a message, each with this probability, from 0 to 1. */
export interface Mishaps {
  /** A server dies within a transaction. */
  readonly crashInTransaction: number
  /** Of a message between servers. */
  readonly lostMessage: number
  /** Planted: a server answers before the commit, and the commit fails this often. */
  readonly answersEarly: number
  /** Of a webhook's request, and of its answer. */
  readonly lostPost: number
  /** A webhook's end refuses a request. */
  readonly refusedPost: number
}

/** The one store that all servers of a simulation share; transactions take turns on it. */
export class SharedSimulation {
  readonly inner: SqliteStore
  readonly scheduler: Scheduler
  mishaps: Mishaps
  #members: ServerStore[] = []
  readonly #leases = new Map<string, { readonly holder: ServerStore; readonly endsAt: number }>()
  /** What is written outside of transactions: the only connection of the other store belongs to the one that waits for it. */
  readonly #autonomous = new SqliteStore(undefined)

  constructor(inner: SqliteStore, scheduler: Scheduler, mishaps: Mishaps) {
    this.inner = inner
    this.scheduler = scheduler
    this.mishaps = mishaps
    void this.#autonomous.transaction('write', tx => tx.run(sql`create unique index by_nonce on nonces (nonce)`))
  }

  join(actor: Actor, crash: () => void): ServerStore {
    const member = new ServerStore(this, actor, crash)
    this.#members = this.#members.filter(one => !one.actor.dead)
    this.#members.push(member)
    return member
  }

  autonomous<Row>(query: Sql): Promise<Row[]> {
    return this.scheduler.during(() => this.#autonomous.transaction('write', tx => tx.all<Row>(query)))
  }

  lease(holder: ServerStore, name: string, ms: number): boolean {
    const now = wallClock.now()
    const lease = this.#leases.get(name)
    if (lease !== undefined && lease.holder !== holder && lease.endsAt >= now) return false
    this.#leases.set(name, { holder, endsAt: now + ms })
    return true
  }

  endLease(holder: ServerStore, name: string): void {
    if (this.#leases.get(name)?.holder === holder) this.#leases.delete(name)
  }

  async close(): Promise<void> {
    await Promise.all([this.inner.close(), this.#autonomous.close()])
  }

  notify(sender: ServerStore, topic: Topic): void {
    for (const member of this.#members) {
      if (member === sender || this.scheduler.dice() < this.mishaps.lostMessage) continue
      this.scheduler.later(member.actor, () => member.hear(topic))
    }
  }
}

class Crashed extends Error {}
class LostCommit extends Error {}

/** The store as one server has it open. Each transaction is a step, and so is the way of its outcome back. */
class ServerStore implements Store {
  readonly description = 'simulation'
  readonly shared: SharedStore
  readonly actor: Actor
  readonly #simulation: SharedSimulation
  readonly #crash: () => void
  readonly #beforeCommit: ((tx: Tx) => Promise<void>)[] = []
  readonly #due: DueListener[] = []
  readonly #listeners: ((topic: Topic) => void)[] = []

  constructor(simulation: SharedSimulation, actor: Actor, crash: () => void) {
    this.#simulation = simulation
    this.actor = actor
    this.#crash = crash
    this.shared = {
      dialect,
      autonomous: async query => {
        if (actor.dead) throw new Crashed()
        return simulation.autonomous(query)
      },
      lease: (name, ms) => this.#step(() => simulation.lease(this, name, ms)),
      endLease: name => this.#step(() => simulation.endLease(this, name)),
      notify: topic => simulation.notify(this, topic),
      listen: listener => void this.#listeners.push(listener),
    }
  }

  hear(topic: Topic): void {
    for (const listener of this.#listeners) listener(topics.includes(topic) ? topic : 'jobs')
  }

  async transaction<T>(mode: StoreMode, work: (tx: Tx) => Promise<T>): Promise<T> {
    const { scheduler, inner, mishaps } = this.#simulation
    await scheduler.turn(this.actor)
    const committed: (() => void)[] = []
    const dies = mode !== 'read' && scheduler.dice() < mishaps.crashInTransaction
    const fuse = { queries: dies ? Math.floor(scheduler.dice() * 12) : Infinity }
    const losesCommit = mode !== 'read' && scheduler.dice() < mishaps.answersEarly
    let early: T | undefined
    let outcome: { value: T } | { reason: unknown }
    try {
      const value = await scheduler.during(() =>
        inner.transaction(mode, async tx => {
          const own = this.#watch(tx, fuse, committed)
          const result = await work(own)
          if (mode !== 'read') for (const action of this.#beforeCommit) await action(own)
          // It would have died by now if it had asked more.
          if (dies) this.#die()
          if (losesCommit) {
            early = result
            throw new LostCommit()
          }
          return result
        }),
      )
      outcome = { value }
    } catch (reason) {
      outcome = reason instanceof LostCommit ? { value: early as T } : { reason }
    }
    // Whoever died has nothing to go on with: this turn never comes.
    await scheduler.turn(this.actor)
    if ('reason' in outcome) throw outcome.reason
    for (const action of committed) action()
    return outcome.value
  }

  beforeCommit(action: (tx: Tx) => Promise<void>): void {
    this.#beforeCommit.push(action)
  }

  onDue(listener: DueListener): void {
    this.#due.push(listener)
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {}

  /** Something that the shared store does, and the way of its outcome back. */
  async #step<T>(action: () => T): Promise<T> {
    const { scheduler } = this.#simulation
    await scheduler.turn(this.actor)
    const value = action()
    await scheduler.turn(this.actor)
    return value
  }

  #die(): never {
    this.#crash()
    throw new Crashed()
  }

  #watch(tx: Tx, fuse: { queries: number }, committed: (() => void)[]): Tx {
    const burn = () => {
      if (this.actor.dead) throw new Crashed()
      if (fuse.queries-- <= 0) this.#die()
    }
    return {
      mode: tx.mode,
      dialect: tx.dialect,
      all: async (query, read) => (burn(), tx.all(query, read)),
      get: async (query, read) => (burn(), tx.get(query, read)),
      run: async query => (burn(), tx.run(query)),
      autonomous: async query => (burn(), tx.autonomous(query)),
      once: (name, work) => tx.once(name, work),
      advisoryLock: name => tx.advisoryLock(name),
      batchWrite: (write, items) => tx.batchWrite(write, items),
      cached: (key, load) => tx.cached(key, load),
      dropCache: () => tx.dropCache(),
      afterCommit: action => void committed.push(action),
      notifyDue: (at, elsewhere = false) =>
        void committed.push(() => this.#due.forEach(listen => listen(at, elsewhere))),
    }
  }
}
