import sql from 'sql-template-tag'
import { generated, number, text } from '../../columns.ts'
import type { Store, Tx } from '../../store.ts'
import { table } from '../../table.ts'

/** A time stamp is good for 15 minutes on both sides: one from the future can be replayed for 30. */
export const nonceMemoryMs = 30 * 60_000
const sweepEveryMs = 5_000
/** Rows deleted per sweep, at most, so that no commit has to wait for long. */
const rowsPerSweep = 20_000

export const nonces = table('nonces', {
  /** The oldest has the smallest. */
  id: generated,
  nonce: text,
  /** Machine time, ms. */
  expiresAt: number,
})

const remembered = nonces.select('nonce', 'expiresAt')

/** Remembers the nonces of signed calls. */
export interface Nonces {
  /** Reads what earlier processes remembered. */
  load(tx: Tx): Promise<void>
  /**
   * Takes the nonce and returns true, or returns false if that access key used it before. `takenBy` is the request:
   * one that is tried again keeps its nonce.
   */
  use(accessKeyId: string, nonce: string, takenBy: string): boolean | Promise<boolean>
  /** Writes what is still waiting, if anything is. */
  flush(): Promise<void>
}

export interface Taken {
  readonly expiresAt: number
  /** The request that took it. */
  readonly takenBy: string
}

/**
 * Remembers the nonces of signed calls: in memory, where they are looked up, and in the store for the next process.
 * There they are only ever appended, which costs a commit next to nothing. A nonce is written with the next commit: a
 * call that changes something shares that commit, so a change can't be replayed even after a crash; one that only
 * reads is written up to a second later.
 */
export class NonceMemory implements Nonces {
  readonly #store: Store
  readonly #wallNow: () => number
  /** Oldest first. */
  readonly #taken = new Map<string, Taken>()
  #pending: string[] = []
  #sweptAt = 0

  constructor(store: Store, wallNow: () => number) {
    this.#store = store
    this.#wallNow = wallNow
    store.beforeCommit(tx => this.#write(tx))
  }

  async load(tx: Tx): Promise<void> {
    const rows = await remembered.list(tx, sql`where expires_at > ${this.#wallNow()} order by id`)
    for (const { nonce, expiresAt } of rows) this.#taken.set(nonce, { expiresAt, takenBy: '' })
  }

  /** `takenBy`: a reader whose group could not commit is tried again. */
  use(accessKeyId: string, nonce: string, takenBy: string): boolean {
    const name = `${accessKeyId}\n${nonce}`
    const now = this.#wallNow()
    const taken = this.#taken.get(name)
    if (taken !== undefined && taken.expiresAt > now) return taken.takenBy === takenBy
    this.#taken.delete(name)
    this.#taken.set(name, { expiresAt: now + nonceMemoryMs, takenBy })
    this.#pending.push(name)
    return true
  }

  async flush(): Promise<void> {
    if (this.#pending.length > 0) await this.#store.transaction('write', async () => undefined)
  }

  async #write(tx: Tx): Promise<void> {
    const names = this.#pending
    await nonces.insert(
      tx,
      names.map(nonce => ({ nonce, expiresAt: this.#taken.get(nonce)?.expiresAt ?? 0 })),
    )
    if (names.length > 0) tx.afterCommit(() => (this.#pending = this.#pending.slice(names.length)))
    const now = this.#wallNow()
    if (now - this.#sweptAt > sweepEveryMs) {
      this.#sweptAt = now
      await this.#sweep(tx, now)
    }
  }

  /** Forgets what has expired; the oldest stand first in both places. */
  async #sweep(tx: Tx, now: number): Promise<void> {
    for (const [name, { expiresAt }] of this.#taken) {
      if (expiresAt > now) break
      this.#taken.delete(name)
    }
    await tx.run(sql`
      delete from nonces where expires_at <= ${now}
        and id in (select id from nonces order by id limit ${rowsPerSweep})`)
  }
}
