import sql, { bulk } from 'sql-template-tag'
import type { Store, Tx } from './store.ts'

/** How long a nonce may not be used again: at least the 15 minutes that a time stamp is good for, on both sides. */
const memoryMs = 30 * 60_000
const sweepEveryMs = 60_000
const rowsPerInsert = 50

/**
 * Remembers the nonces of signed calls. A nonce is written with the next commit: a call that changes something shares
 * that commit, so a change can't be replayed even after a crash; one that only reads is written up to a second later.
 */
export class NonceMemory {
  readonly #store: Store
  readonly #wallNow: () => number
  readonly #pending = new Map<string, { accessKeyId: string; nonce: string; expiresAt: number; takenBy: string }>()
  #sweptAt = 0

  constructor(store: Store, wallNow: () => number) {
    this.#store = store
    this.#wallNow = wallNow
    store.beforeCommit(tx => this.#write(tx))
  }

  /**
   * Takes the nonce and returns true, or returns false if that access key used it before. `takenBy` is the request:
   * one whose group could not commit is tried again, and keeps its nonce.
   */
  async use(tx: Tx, accessKeyId: string, nonce: string, takenBy: string): Promise<boolean> {
    const name = `${accessKeyId}\n${nonce}`
    const pending = this.#pending.get(name)
    if (pending !== undefined) return pending.takenBy === takenBy
    const known = await tx.get(
      sql`select 1 as found from nonces where access_key_id = ${accessKeyId} and nonce = ${nonce}`,
    )
    if (known !== undefined) return false
    this.#pending.set(name, { accessKeyId, nonce, expiresAt: this.#wallNow() + memoryMs, takenBy })
    return true
  }

  /** Writes what is still waiting, if anything is. */
  async flush(): Promise<void> {
    if (this.#pending.size > 0) await this.#store.transaction('write', async () => undefined)
  }

  async #write(tx: Tx): Promise<void> {
    const now = this.#wallNow()
    if (this.#pending.size > 0) {
      const names = [...this.#pending.keys()]
      const rows = [...this.#pending.values()].map(row => [row.accessKeyId, row.nonce, row.expiresAt])
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        await tx.run(sql`
          insert into nonces (access_key_id, nonce, expires_at)
          values ${bulk(rows.slice(start, start + rowsPerInsert))} on conflict do nothing`)
      }
      tx.afterCommit(() => {
        for (const name of names) this.#pending.delete(name)
      })
    }
    if (now - this.#sweptAt > sweepEveryMs) {
      this.#sweptAt = now
      await tx.run(sql`delete from nonces where expires_at <= ${now}`)
    }
  }
}
