import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { InjectedError } from '../../domain/faults/errors.ts'
import type { OrderKind } from '../../domain/faults/rule.ts'
import type { Situation } from '../../domain/instances/checks.ts'
import { transition } from '../../domain/instances/transitions.ts'
import type { Decision } from '../../domain/instances/refusals.ts'
import { decideRelease, type ReleasePlan, type ReleaseRequest } from '../../domain/instances/releasing.ts'
import { decideReboot, decideStart } from '../../domain/instances/starting.ts'
import { decideStop, type StopRequest, traitsOf } from '../../domain/instances/stopping.ts'
import type { SpecChange } from '../../domain/instances/spec-change.ts'
import type { AccountFacts, Guest, InstanceFacts, LockReason } from '../../domain/instances/types.ts'
import { firstLook } from './steps.ts'
import type { Log } from '../../platform/logger.ts'
import {
  deleteInstances,
  listFacts,
  listTags,
  findInstance,
  lockInstance,
  updateCreditsSince,
  updateGuest,
  updateLocks,
  updatePower,
  updatePublicIp,
} from '../../store/tables/instances/instances.ts'
import { deleteJobs, findJob, putJobs } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'
import { changeReleaseTime, type InstanceRef } from './attributes.ts'
import {
  type Accepted,
  type BatchOutcome,
  type BatchRequest,
  isAccepted,
  judge,
  loadSituations,
  onlyWhereHostIs,
  type Situations,
  type Verdict,
} from './batch.ts'
import { giveBackCapacity, loadRoom, takeCapacity } from './capacity.ts'
import type { FaultRules } from '../faults/faults.ts'
import type { HostService } from '../hosts/hosts.ts'
import type { Metering } from '../billing/metering.ts'
import { takePublicAddresses } from '../network/network.ts'
import { changeNetwork, type NetworkChange, type NetworkRefusal } from '../network/public-addresses.ts'
import { changeSpec, type SpecOutcome } from './spec.ts'
import type { SpotMarket } from '../spot/market.ts'
import { type OrderOptions, stateChange, writeOrders } from './orders.ts'

export { type BatchOutcome, BatchRefused, type BatchRequest } from './batch.ts'

export interface InstanceServiceOptions extends OrderOptions {
  readonly faults: FaultRules
  readonly meter: Metering
  readonly market: SpotMarket
  readonly log: Log
  readonly hosts: HostService
}

/** The power of instances and their release. Every method runs inside the caller's transaction. */
export class InstanceService {
  readonly #options: InstanceServiceOptions

  constructor(options: InstanceServiceOptions) {
    this.#options = options
  }

  /**
   * Orders a stop. The answer means "accepted": the instances are Stopping, and a job will finish it. A power cut that
   * is under way is not begun anew, however often it is asked for.
   */
  async stop(tx: Tx, batch: BatchRequest, request: StopRequest): Promise<BatchOutcome[]> {
    const judged = await this.#judge(tx, batch, situation =>
      decideStop(situation, request, traitsOf(situation.instance)),
    )
    const verdicts = await this.#meetFaults(tx, batch, judged, request.force ? 'forced-stop' : 'stop')
    const alreadyForced = new Set<string>()
    const systemEventIds = new Map<string, string>()
    for (const { instance } of verdicts) {
      if (instance?.status !== 'Stopping') continue
      const { force, systemEventId } = (await findJob(tx, instance.seq))?.payload ?? {}
      if (force === true) alreadyForced.add(instance.id)
      if (systemEventId !== undefined) systemEventIds.set(instance.id, systemEventId)
    }
    return writeOrders(tx, batch, verdicts, this.#options, ({ instance, plan }) => ({
      event: plan.event,
      job: alreadyForced.has(instance.id) ? undefined : 'stop',
      power: 'off',
      force: request.force || instance.status === 'Stopping',
      stopMode: plan.mode,
      systemEventId: systemEventIds.get(instance.id),
    }))
  }

  /**
   * Orders a start. Instances that an economical stop has taken their capacity from need room in their zone again, the
   * first in the caller's order before the others, and get another static public address.
   */
  async start(tx: Tx, batch: BatchRequest): Promise<BatchOutcome[]> {
    const situations = await this.#load(tx, batch)
    const room = await loadRoom(tx, [...situations.instances.values()])
    const outbid = await this.#options.market.findOutbid(tx, [...situations.instances.values()])
    const now = this.#options.clock.now()
    const decide = onlyWhereHostIs(batch, situations, situation =>
      decideStart(situation, room, ({ id }) => (outbid.get(id) ?? Infinity) <= now),
    )
    const judged = judge(batch, situations, decide)
    const verdicts = await this.#meetFaults(tx, batch, judged, 'start')
    const order = { job: 'start', power: 'on', force: false, stopMode: undefined } as const
    const outcomes = await writeOrders(tx, batch, verdicts, this.#options, ({ plan }) => ({ ...plan, ...order }))
    if (batch.dryRun) return outcomes
    const started = verdicts.filter(isAccepted).map(({ instance }) => instance)
    await takeCapacity(tx, started)
    await this.#restorePublicIps(tx, started)
    await this.#restartCredits(tx, started, now)
    await this.#options.market.watch(
      tx,
      started.map(instance => instance.id).filter(id => outbid.has(id)),
    )
    await this.#updateMeter(
      tx,
      started.filter(instance => instance.stopMode === 'StopCharging'),
    )
    return outcomes
  }

  async reboot(tx: Tx, batch: BatchRequest, request: { force: boolean }): Promise<BatchOutcome[]> {
    const judged = await this.#judge(tx, batch, decideReboot)
    const verdicts = await this.#meetFaults(tx, batch, judged, request.force ? 'forced-reboot' : 'reboot')
    const order = { job: 'reboot', power: 'on', force: request.force, stopMode: undefined } as const
    return writeOrders(tx, batch, verdicts, this.#options, ({ plan }) => ({ ...plan, ...order }))
  }

  /** Releases instances; those whose guest is to shut down first are Stopping until it has. */
  async release(tx: Tx, batch: BatchRequest, request: Omit<ReleaseRequest, 'now'>): Promise<void> {
    const now = this.#options.clock.now()
    const judged = judge(batch, await this.#load(tx, batch), situation => decideRelease(situation, { ...request, now }))
    const verdicts = await this.#meetFaults(tx, batch, judged, 'release')
    if (batch.dryRun) return
    const atOnce: InstanceFacts[] = []
    const later: Accepted<ReleasePlan>[] = []
    for (const verdict of verdicts) {
      if (!isAccepted(verdict)) continue
      if (verdict.plan.release === 'at-once') atOnce.push(verdict.instance)
      else later.push(verdict)
    }
    if (atOnce.length > 0) {
      const ids = atOnce.map(instance => instance.id)
      await deleteJobs(
        tx,
        atOnce.map(instance => instance.seq),
      )
      await giveBackCapacity(tx, atOnce)
      const freed = await deleteInstances(tx, ids, { at: now, by: batch.requestId })
      await this.#updateMeter(tx, [...atOnce, ...freed])
      await this.#options.events.record(
        tx,
        atOnce.map(instance => stateChange(batch, instance, now, 'Deleted')),
      )
      tx.afterCommit(() => {
        for (const instance of atOnce) this.#destroy(instance)
      })
    }
    const order = {
      event: 'release-ordered',
      job: 'release',
      power: 'off',
      force: false,
      stopMode: undefined,
    } as const
    await writeOrders(tx, batch, later, this.#options, () => order)
  }

  /** Instances that lost their static public address to an economical stop get another. */
  async #restorePublicIps(tx: Tx, instances: readonly InstanceFacts[]): Promise<void> {
    const without = instances.filter(instance => instance.regainsPublicIp)
    if (without.length === 0) return
    const addresses = await takePublicAddresses(tx, without.length)
    for (const [index, { id }] of without.entries()) await updatePublicIp(tx, id, addresses[index] ?? '')
  }

  /** A burstable instance begins anew with its credits after an economical stop. */
  async #restartCredits(tx: Tx, instances: readonly InstanceFacts[], at: number): Promise<void> {
    const burstable = instances.filter(
      ({ type, stopMode }) => stopMode === 'StopCharging' && findInstanceType(type)?.credits !== undefined,
    )
    if (burstable.length === 0) return
    await updateCreditsSince(
      tx,
      burstable.map(instance => instance.id),
      at,
    )
  }

  /** The instance is gone already: a machine that cannot be removed is a matter for the log. */
  #destroy(instance: InstanceFacts): void {
    const { driver, log } = this.#options
    driver.destroy(instance).catch((error: unknown) => {
      log.error({ err: error, instanceId: instance.id }, 'A released machine could not be removed.')
    })
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
    tx.afterCommit(() => this.#options.wake(dueAt))
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
    if (at !== null) tx.afterCommit(() => this.#options.wake(at))
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
    // A stop that a fault rule has struck goes its own way.
    if (job === undefined || job.payload.fault !== undefined) return true
    const dueAt = firstLook(this.#options.driver, job.kind, { ...instance, guest }, job.payload)
    await putJobs(tx, [{ ...job, dueAt }])
    tx.afterCommit(() => this.#options.wake(dueAt, job.hostId !== null))
    return true
  }

  #load(tx: Tx, batch: BatchRequest): Promise<Situations> {
    const { clock, hosts } = this.#options
    return loadSituations(tx, batch, { now: clock.now(), hosts })
  }

  async #judge<Plan>(tx: Tx, batch: BatchRequest, decide: (situation: Situation) => Decision<Plan>) {
    const situations = await this.#load(tx, batch)
    return judge(batch, situations, onlyWhereHostIs(batch, situations, decide))
  }

  /** What these instances cost has changed just now, or may have. */
  #updateMeter(tx: Tx, instances: readonly { readonly seq: number }[]): Promise<void> {
    const at = this.#options.clock.now()
    return this.#options.meter.update(
      tx,
      instances.map(({ seq }) => ({ seq, at })),
    )
  }

  /** Lets fault rules strike what the service itself would do; a dry run meets none. */
  async #meetFaults<Plan>(
    tx: Tx,
    batch: BatchRequest,
    verdicts: readonly Verdict<Plan>[],
    order: OrderKind,
  ): Promise<readonly Verdict<Plan>[]> {
    const { faults } = this.#options
    if (batch.dryRun || !faults.strikesInstances) return verdicts
    const tags = await listTags(tx, batch.account.id, batch.instanceIds)
    const met: Verdict<Plan>[] = []
    for (const verdict of verdicts) {
      if (!isAccepted(verdict)) {
        met.push(verdict)
        continue
      }
      const { id, instance } = verdict
      const target = {
        action: batch.action,
        order,
        region: instance.regionId,
        accountId: batch.account.id,
        instanceId: id,
        tags: tags.get(id) ?? {},
      }
      const effect = await tx.once(`fault of ${batch.action} ${order} ${id}`, () => faults.strikeInstance(target))
      if (effect?.kind !== 'refuse') met.push(effect === undefined ? verdict : { ...verdict, effect })
      else if (batch.mode === 'together') throw new InjectedError(effect.error)
      else met.push({ id, refusal: { reason: 'injected', error: effect.error }, instance })
    }
    return met
  }
}
