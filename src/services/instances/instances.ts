import type { ComputeDriver } from '../../compute/driver.ts'
import { transition } from '../../domain/instances/power.ts'
import type { SpecChange } from '../../domain/instances/spec-change.ts'
import type { AccountFacts, Guest, LockReason } from '../../domain/instances/types.ts'
import type { Clock } from '../../platform/clock.ts'
import { findInstance, lockInstance } from '../../store/tables/instances/instances.ts'
import { listFacts, updatePower } from '../../store/tables/instances/power.ts'
import { updateGuest, updateLocks } from '../../store/tables/instances/attributes.ts'
import { findJob, putJobs } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'
import { changeReleaseTime, type InstanceRef } from './attributes.ts'
import type { EventLog } from '../events/events.ts'
import type { Metering } from '../billing/metering.ts'
import { changeNetwork, type NetworkChange, type NetworkRefusal } from '../network/public-addresses.ts'
import { firstLook } from './power.ts'
import { changeSpec, type SpecOutcome } from './spec.ts'

export interface InstanceServiceOptions {
  readonly clock: Clock
  readonly driver: ComputeDriver
  readonly events: EventLog
  readonly meter: Metering
}

/** What happens to instances besides orders of power. Every method runs inside the caller's transaction. */
export class InstanceService {
  readonly #options: InstanceServiceOptions

  constructor(options: InstanceServiceOptions) {
    this.#options = options
  }

  /** A running guest has shut down by itself: Stopped in standard mode, whatever the account's default. */
  async observePoweredOff(tx: Tx, accountId: string, instanceId: string): Promise<boolean> {
    const [instance] = await listFacts(tx, accountId, [instanceId])
    const next = instance === undefined ? undefined : transition(instance.status, 'powered-off-by-guest')
    if (instance === undefined || next === undefined) return false
    const at = this.#options.clock.now()
    await updatePower(tx, [instanceId], {
      ...next,
      stopMode: 'KeepCharging',
      machinePower: 'off',
      intent: { power: 'off', by: 'guest', at },
    })
    await this.#options.meter.stopped(tx, [{ seq: instance.seq, at }])
    const change = {
      at,
      accountId,
      regionId: instance.regionId,
      instanceSeq: instance.seq,
      instanceId,
      actor: 'guest',
      requestId: '',
    } as const
    await this.#options.events.record(tx, [
      { ...change, state: 'Stopping', reason: 'the guest began to shut down' },
      { ...change, state: 'Stopped', reason: 'the guest shut down' },
    ])
    return true
  }

  /** A machine has gone off: a guest did that by itself, or a stop that is under way has come to its end. */
  async noticePoweredOff(tx: Tx, id: string): Promise<void> {
    const instance = await findInstance(tx, id)
    if (instance === undefined) return
    if (instance.status === 'Running') await this.observePoweredOff(tx, instance.accountId, id)
    const job = instance.status === 'Stopping' ? await findJob(tx, instance.seq) : undefined
    if (job === undefined) return
    const dueAt = Math.min(job.dueAt, this.#options.clock.now())
    await putJobs(tx, [{ ...job, dueAt }])
    tx.notifyDue(dueAt)
  }

  /** Says when an instance is to be released by itself (instance time, ms); null takes that back. */
  async setReleaseTime(
    tx: Tx,
    instance: InstanceRef & { regionId: string | undefined },
    wanted: number | null,
  ): Promise<'done' | 'not-found' | 'subscription' | 'bad-time'> {
    const outcome = await changeReleaseTime(tx, instance, wanted, this.#options.clock.now())
    if (typeof outcome === 'string') return outcome
    const { at } = outcome
    if (at !== null) tx.notifyDue(at)
    return 'done'
  }

  /** As changeSpec of spec.ts; what it costs changes with it. */
  async changeSpec(
    tx: Tx,
    which: { readonly account: AccountFacts; readonly id: string },
    change: SpecChange,
    options: { readonly dryRun: boolean },
  ): Promise<SpecOutcome> {
    const outcome = await changeSpec(tx, which, change, { ...options, now: this.#options.clock.now() })
    if (outcome !== 'done' || options.dryRun) return outcome
    const instance = await findInstance(tx, which.id)
    if (instance !== undefined) await this.#updateMeter(tx, [instance])
    return outcome
  }

  /** As changeNetwork of public-addresses.ts; what it costs changes with it. */
  async changeNetwork(
    tx: Tx,
    which: { readonly account: AccountFacts; readonly id: string },
    change: NetworkChange,
  ): Promise<'done' | NetworkRefusal> {
    const outcome = await changeNetwork(tx, which, change)
    const instance = outcome === 'done' ? await findInstance(tx, which.id) : undefined
    if (instance !== undefined) await this.#updateMeter(tx, [instance])
    return outcome
  }

  /** Locks an instance or takes the lock away; returns its locks, or undefined when there is no such instance. */
  async setLock(tx: Tx, id: string, lock: LockReason, locked: boolean): Promise<readonly LockReason[] | undefined> {
    const instance = await lockInstance(tx, id)
    if (instance === undefined) return undefined
    const others = instance.locks.filter(one => one !== lock)
    const locks = locked ? [...others, lock] : others
    await updateLocks(tx, id, locks)
    await this.#updateMeter(tx, [instance])
    return locks
  }

  /** Changes how a guest answers; a stop that is under way is looked at again. False when there is no such instance. */
  async setGuest(tx: Tx, id: string, guest: Guest): Promise<boolean> {
    const instance = await lockInstance(tx, id)
    if (instance === undefined) return false
    await updateGuest(tx, id, guest)
    const job = await findJob(tx, instance.seq)
    // A stop that meets a fault rule goes its own way.
    if (job === undefined || job.payload.fault !== undefined) return true
    const dueAt = firstLook(this.#options.driver, job.kind, { ...instance, guest }, job.payload)
    await putJobs(tx, [{ ...job, dueAt }])
    tx.notifyDue(dueAt, job.hostId !== null)
    return true
  }

  /** What these instances cost has changed just now, or may have. */
  #updateMeter(tx: Tx, instances: readonly { readonly seq: number }[]): Promise<void> {
    const at = this.#options.clock.now()
    return this.#options.meter.update(
      tx,
      instances.map(({ seq }) => ({ seq, at })),
    )
  }
}
