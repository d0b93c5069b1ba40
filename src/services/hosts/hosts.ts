import { ComputeError, type RealMachines } from '../../compute/driver.ts'
import { type Cancel, every, sleep, wallClock } from '../../platform/clock.ts'
import type { Log } from '../../platform/logger.ts'
import { createRandom } from '../../platform/random.ts'
import {
  claimHost,
  deleteOtherHosts,
  findHosts,
  hasHosts,
  type Host,
  renewLease,
} from '../../store/tables/hosts/hosts.ts'
import { moveInstances } from '../../store/tables/instances/placement.ts'
import type { Claims } from '../../store/tables/hosts/claims.ts'
import { endLeases, never } from '../../store/tables/instances/jobs.ts'
import type { SharedStore, Store, Tx } from '../../store/store.ts'

export interface HostTiming {
  /** How long a host counts as being there after it last said so, ms. */
  readonly leaseMs: number
  readonly renewEveryMs: number
}

const usualTiming: HostTiming = { leaseMs: 10_000, renewEveryMs: 2_500 }
/** How often a host that another process still has is asked for, ms. */
const askEveryMs = 200

export interface HostServiceOptions {
  readonly store: Store
  /** What this server runs by itself; undefined when that is nothing. */
  readonly machines: RealMachines | undefined
  readonly log: Log
  readonly timing?: HostTiming | undefined
}

/**
 * The hosts that run the machines of a store, of which this server may be one. Where only one process can have the store
 * open, all instances are its own.
 */
export class HostService {
  readonly #options: HostServiceOptions
  readonly #timing: HostTiming
  /** Tells this process from another that claims the same host. */
  readonly #holder = createRandom(undefined, 'hosts').uuid()
  #address = ''
  #stopRenewing: Cancel = () => undefined
  /** When a renewal began that is under way; machine time, ms. */
  #renewingSince: number | undefined

  constructor(options: HostServiceOptions) {
    this.#options = options
    this.#timing = options.timing ?? usualTiming
  }

  /** The host that this server is. */
  get ownId(): string | undefined {
    return this.#options.machines?.hostId
  }

  /** Whose jobs this server does: its own machines', or the simulated ones. */
  get claims(): Claims {
    return this.#options.store.shared === undefined ? undefined : { hostId: this.ownId ?? null }
  }

  /** Whether instances that are made now are real machines, whichever server runs them. */
  async areReal(tx: Tx): Promise<boolean> {
    const { machines, store } = this.#options
    return machines !== undefined || (store.shared !== undefined && (await hasHosts(tx)))
  }

  /** Those of these hosts that are away. */
  async findAway(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const there = new Set((await findHosts(tx, ids)).filter(host => !isAway(host)).map(host => host.id))
    return new Set(ids.filter(id => !there.has(id)))
  }

  /** Becomes the host; `onFenced` is called when another process has become it. Throws a ComputeError while one is. */
  async join(onFenced: () => void): Promise<void> {
    const { store, machines } = this.#options
    if (store.shared === undefined) return this.#haveAll()
    if (machines === undefined) return
    await this.#claim(machines)
    this.#stopRenewing = every(this.#timing.renewEveryMs, () => this.#renew(store.shared as SharedStore, onFenced))
  }

  /** Says where this server answers. */
  async announce(address: string): Promise<void> {
    const { store, machines } = this.#options
    this.#address = address
    if (machines !== undefined) await store.transaction('write', tx => tx.all(this.#renewLease(this.#seenUntil())))
  }

  /** Says that the host is away from now on; its machines run on. */
  async leave(): Promise<void> {
    this.#stopRenewing()
    const { shared } = this.#options.store
    if (this.ownId !== undefined) await shared?.autonomous(this.#renewLease(wallClock.now())).catch(() => undefined)
  }

  #seenUntil(): number {
    return this.#options.store.shared === undefined ? never : wallClock.now() + this.#timing.leaseMs
  }

  #renewLease(seenUntil: number) {
    return renewLease(this.ownId ?? '', this.#holder, { address: this.#address, seenUntil })
  }

  /** All instances are here, or simulated if this server runs no machines. */
  async #haveAll(): Promise<void> {
    const { store, machines } = this.#options
    if (machines === undefined && !(await store.transaction('read', hasHosts))) return
    await store.transaction('write', async tx => {
      const isNew = machines !== undefined && (await findHosts(tx, [machines.hostId])).length === 0
      const others = await deleteOtherHosts(tx, machines?.hostId ?? null)
      if (machines !== undefined) await claimHost(tx, this.#asHost(machines), { holder: this.#holder, now: never })
      if (isNew || others > 0) await moveInstances(tx, machines?.hostId ?? null)
    })
  }

  /** What a process that has died left is free when its time has passed. */
  async #claim(machines: RealMachines): Promise<void> {
    const { store, log } = this.#options
    const giveUpAt = wallClock.now() + this.#timing.leaseMs + this.#timing.renewEveryMs
    for (let tries = 1; ; tries++) {
      const isOurs = await store.transaction('write', async tx => {
        const claimed = await claimHost(tx, this.#asHost(machines), { holder: this.#holder, now: wallClock.now() })
        if (claimed) await endLeases(tx, machines.hostId)
        return claimed
      })
      if (isOurs) return
      if (wallClock.now() > giveUpAt) {
        throw new ComputeError(`Another localyun is host ${machines.hostId}. Stop it, or give another --compute-dir.`)
      }
      if (tries === 1) log.info({ host: machines.hostId }, 'Waiting until an earlier process is no longer this host.')
      await sleep(askEveryMs)
    }
  }

  #asHost({ hostId: id, host: { vcpus, memoryMiB } }: RealMachines): Host {
    return { id, vcpus, memoryMiB, address: this.#address, seenUntil: this.#seenUntil() }
  }

  #renew(shared: SharedStore, onFenced: () => void): void {
    // One that waits for the database is enough, unless it has been lost.
    const now = wallClock.now()
    if (now - (this.#renewingSince ?? -Infinity) < this.#timing.leaseMs) return
    this.#renewingSince = now
    const { log } = this.#options
    const renewed = shared.autonomous(this.#renewLease(this.#seenUntil()))
    const over = () => void (this.#renewingSince = undefined)
    renewed.then(over, over)
    renewed.then(
      rows => {
        if (rows.length > 0) return
        this.#stopRenewing()
        log.error({ host: this.ownId }, 'Another localyun has become this host; this one leaves its machines alone.')
        onFenced()
      },
      (error: unknown) => log.warn({ err: error }, 'The other servers could not be told that this host is there.'),
    )
  }
}

export function isAway({ seenUntil }: Host): boolean {
  return seenUntil <= wallClock.now()
}
