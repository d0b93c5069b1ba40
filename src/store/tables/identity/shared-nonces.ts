import sql from 'sql-template-tag'
import { Lru } from '../../../platform/lru.ts'
import { nonceMemoryMs, type Nonces, type Taken } from './nonces.ts'
import type { SharedStore } from '../../store.ts'

const sweepEveryMs = 5_000
/** Rows deleted per sweep, at most. */
const rowsPerSweep = 20_000
/** Nonces that one statement takes, at most. */
const rowsPerInsert = 256
/** Own nonces kept in memory, so that a call that is tried again keeps its nonce. */
const ownLimit = 10_000

interface Waiting {
  readonly name: string
  readonly resolve: (fresh: boolean) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Nonces where several processes share the store: one is taken by the row that has it. The row is written by an autonomous
 * statement, so that it stays when the call is refused; those of calls that come at the same time go into
 * one statement.
 */
export class SharedNonces implements Nonces {
  readonly #shared: SharedStore
  readonly #wallNow: () => number
  readonly #own = new Lru<string, Taken>(ownLimit)
  #waiting: Waiting[] = []
  #taking = false
  #sweptAt = 0

  constructor(shared: SharedStore, wallNow: () => number) {
    this.#shared = shared
    this.#wallNow = wallNow
  }

  /** They are looked up where they are. */
  async load(): Promise<void> {}

  async use(accessKeyId: string, nonce: string, takenBy: string): Promise<boolean> {
    const name = `${accessKeyId}\n${nonce}`
    const own = this.#own.get(name)
    if (own !== undefined && own.expiresAt > this.#wallNow()) return own.takenBy === takenBy
    this.#remember(name, takenBy)
    try {
      return await new Promise<boolean>((resolve, reject) => {
        this.#waiting.push({ name, resolve, reject })
        // What arrives in this turn of the event loop goes along.
        if (!this.#taking) {
          this.#taking = true
          setImmediate(() => void this.#takeAll())
        }
      })
    } catch (reason) {
      this.#own.delete(name)
      throw reason
    }
  }

  /** They are written at once; what has expired is forgotten. */
  async flush(): Promise<void> {
    const now = this.#wallNow()
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    await this.#shared.autonomous(sql`
      delete from nonces where nonce in (
        select nonce from nonces where expires_at <= ${now} order by expires_at limit ${rowsPerSweep} ${this.#shared.dialect.skipLocked})`)
  }

  #remember(name: string, takenBy: string): void {
    this.#own.set(name, { takenBy, expiresAt: this.#wallNow() + nonceMemoryMs })
  }

  async #takeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#take(this.#waiting.splice(0, rowsPerInsert))
    this.#taking = false
  }

  async #take(waiting: readonly Waiting[]): Promise<void> {
    const now = this.#wallNow()
    // In the same order in every process, so that two that take the same ones don't wait for each other.
    const names = waiting.map(one => one.name).sort()
    try {
      const rows = await this.#shared.autonomous<{ nonce: string }>(sql`
        insert into nonces (nonce, expires_at)
        select value, cast(${now + nonceMemoryMs} as bigint) from ${this.#shared.dialect.eachOf(names)} where true
        on conflict (nonce) do update set expires_at = excluded.expires_at where nonces.expires_at <= ${now}
        returning nonce`)
      const taken = new Set(rows.map(row => row.nonce))
      for (const { name, resolve } of waiting) resolve(taken.has(name))
    } catch (reason) {
      for (const { reject } of waiting) reject(reason)
    }
  }
}
