import type { ComputeDriver, RealMachines } from '../../compute/driver.ts'
import { type Cancel, every } from '../../platform/clock.ts'
import type { Log } from '../../platform/logger.ts'
import type { InstanceService } from './instances.ts'
import type { Claims } from '../../store/tables/hosts/claims.ts'
import { type FinalStatus, listFinalStatuses } from '../../store/tables/instances/release.ts'
import { listIdsIn } from '../../store/tables/instances/placement.ts'
import type { Store } from '../../store/store.ts'

/** How often the machines are looked at, for an end that nobody told of; ms. */
const lookEveryMs = 2_000

export interface ObserverOptions {
  readonly store: Store
  readonly driver: ComputeDriver & { readonly real: RealMachines }
  readonly instances: InstanceService
  readonly log: Log
  /** Whose instances the machines are. */
  readonly claims: Claims
}

/** Writes down what real machines do by themselves, and removes those whose instances are gone. */
export class MachineObserver {
  readonly #options: ObserverOptions
  #stopLooking: Cancel = () => undefined
  /** Machines of somebody else's store. */
  #foreign: ReadonlySet<string> = new Set()
  /** One thing after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ObserverOptions) {
    this.#options = options
  }

  /** Finds the machines that are there, and compares them with what the store says. */
  async start(): Promise<void> {
    const { driver, log } = this.#options
    await driver.real.open(id => this.#inBackground(() => this.#notice(id)))
    const fates = await this.#readFates()
    this.#foreign = new Set(driver.real.listIds().filter(id => !fates.has(id)))
    if (this.#foreign.size > 0) {
      log.warn(
        { machines: [...this.#foreign] },
        'There are machines here that the store knows nothing of; they are left alone. Remove their folders to be rid of them.',
      )
    }
    await this.#compare()
    await this.#look()
    this.#stopLooking = every(lookEveryMs, () => {
      this.#inBackground(() => this.#look())
      this.#inBackground(() => this.#sweep())
    })
  }

  async stop(): Promise<void> {
    this.#stopLooking()
    await this.#last
  }

  /** All rows have been replaced. */
  reload(): void {
    this.#inBackground(() => this.#compare())
  }

  #inBackground(work: () => Promise<unknown>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'What a machine does could not be written down; it is looked at again.')
    })
  }

  #notice(id: string): Promise<void> {
    const { store, instances } = this.#options
    return store.transaction('write', tx => instances.noticePoweredOff(tx, id))
  }

  /** A Running instance whose machine is off has shut down by itself. */
  async #look(): Promise<void> {
    const { store, driver, claims } = this.#options
    const running = await store.transaction('read', tx => listIdsIn(tx, 'Running', claims))
    for (const id of running.filter(id => !driver.real.isOn(id))) {
      await store.transaction('write', async tx => {
        // It may have been stopped and started since.
        if (!driver.real.isOn(id)) await this.#options.instances.noticePoweredOff(tx, id)
      })
    }
  }

  /** A machine without an instance goes. Returns what became of the others. */
  async #sweep(): Promise<ReadonlyMap<string, FinalStatus>> {
    const { driver } = this.#options
    const ids = driver.real.listIds()
    const fates = await this.#readFates()
    for (const id of ids) {
      const fate = fates.get(id)
      if (fate === 'released' || (fate === undefined && !this.#foreign.has(id))) await driver.destroy({ id })
    }
    return fates
  }

  /** As #sweep; and a machine whose instance is Stopped is switched off: nobody may be starting it meanwhile. */
  async #compare(): Promise<void> {
    const { driver, log } = this.#options
    const fates = await this.#sweep()
    for (const [id, fate] of fates) {
      if (fate !== 'Stopped' || !driver.real.isOn(id)) continue
      log.warn({ instanceId: id }, 'The machine of a Stopped instance is on; its power is cut.')
      await driver.stop({ id, guest: { shutdown: 'prompt' } }, { orderedAt: 0, force: true }, 0)
    }
  }

  #readFates() {
    const { store, driver, claims } = this.#options
    return store.transaction('read', tx => listFinalStatuses(tx, driver.real.listIds(), claims))
  }
}
