import type { Clock } from '../platform/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { findSetting, raiseSetting } from '../store/tables/world/settings.ts'

/** How a transaction is run that moves the clock: the clock would not go back if the transaction were run again. */
export function movingMode(clock: Clock): 'write' | 'alone' {
  return clock.mode === 'real' ? 'write' : 'alone'
}

/** The instance time that a store has: a restart goes on from it, and servers that share the store have it in common. */
export class InstanceTime {
  readonly #store: Store
  readonly #clock: Clock

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
    // Nothing that is committed may be later than the time that a restart goes on from.
    if (clock.drifts) store.beforeCommit(tx => this.#keep(tx))
  }

  /** Moves the clock to the store's time, where that is ahead. */
  async read(): Promise<void> {
    const saved = await this.#store.transaction('read', tx => findSetting(tx, 'instanceTime'))
    if (saved !== undefined && this.#clock.mode !== 'real') this.#clock.moveTo(Number(saved))
  }

  async save(): Promise<void> {
    await this.#store.transaction('write', tx => this.#keep(tx))
  }

  async #keep(tx: Tx): Promise<void> {
    const raised = await raiseSetting(tx, 'instanceTime', this.#clock.now())
    if (raised && this.#clock.mode !== 'real') tx.afterCommit(() => this.#store.shared?.notify('clock'))
  }
}
