import type { SharedStore } from '../store/store.ts'

const name = 'webhooks'
/** A process that does not come back to its turn loses it after this time, ms. */
const leaseMs = 10_000
/** With so much time left the turn need not be made longer, ms. */
const plentyMs = 8_000

/**
 * Whose turn it is to send. One of the processes on a shared store sends for all, so that an instance's events stay in
 * order whoever wrote them; when it ends, or dies, the next one that asks goes on.
 */
export class Turn {
  readonly #shared: SharedStore | undefined
  /** By the monotonic clock, ms. */
  #endsAt = 0

  /** Without a shared store it is always ours. */
  constructor(shared: SharedStore | undefined) {
    this.#shared = shared
    if (shared === undefined) this.#endsAt = Infinity
  }

  get isOurs(): boolean {
    return performance.now() < this.#endsAt
  }

  /** Takes the turn when it is free, or goes on having it; says whether we have it. */
  async take(): Promise<boolean> {
    if (this.#shared === undefined) return true
    const askedAt = performance.now()
    if (this.#endsAt - askedAt > plentyMs) return true
    this.#endsAt = (await this.#shared.lease(name, leaseMs)) ? askedAt + leaseMs : 0
    return this.isOurs
  }

  async giveBack(): Promise<void> {
    if (this.#shared === undefined) return
    this.#endsAt = 0
    await this.#shared.endLease(name)
  }
}
