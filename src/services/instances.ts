import type { ComputeDriver } from '../compute/driver.ts'
import { findInstanceType } from '../domain/catalogue/instance-types.ts'
import type { Situation } from '../domain/instance/checks.ts'
import { type LifecycleEvent, type State, transition } from '../domain/instance/lifecycle.ts'
import { InjectedError } from '../domain/faults/errors.ts'
import type { InstanceEffect, OrderKind } from '../domain/faults/rule.ts'
import type { Decision, InjectedRefusal, Refusal } from '../domain/instance/refusals.ts'
import { decideRelease, type ReleasePlan, type ReleaseRequest } from '../domain/instance/releasing.ts'
import { decideReboot, decideStart } from '../domain/instance/starting.ts'
import { decideStop, type StopRequest, type TypeTraits } from '../domain/instance/stopping.ts'
import type {
  AccountFacts,
  Guest,
  InstanceFacts,
  InstanceStatus,
  KmsKeyFacts,
  LockReason,
  StopMode,
} from '../domain/instance/types.ts'
import { firstLook, newJob } from '../lifecycle/steps.ts'
import type { Clock } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import type { Log } from '../platform/logger.ts'
import { listKmsKeys } from '../store/accounts.ts'
import type { EventState, NewStateChange } from '../store/events.ts'
import {
  deleteInstances,
  listFacts,
  listTags,
  lockInstance,
  type PowerChange,
  updateGuest,
  updateLocks,
  updatePower,
} from '../store/instances.ts'
import { deleteJobs, findJob, type JobKind, type NewJob, putJobs } from '../store/jobs.ts'
import { putStaleViews, type StaleView } from '../store/stale-views.ts'
import type { Tx } from '../store/store.ts'
import { together } from '../store/together.ts'
import { changeReleaseTime, type InstanceRef } from './attributes.ts'
import type { EventLog } from './events.ts'
import type { FaultRules } from './faults.ts'

export interface InstanceServiceOptions {
  readonly clock: Clock
  readonly driver: ComputeDriver
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly graceMs: number
  /** Tells the engine that a job falls due at this instance time. */
  readonly wake: (dueAt: number) => void
  readonly events: EventLog
  readonly faults: FaultRules
  readonly log: Log
}

/** Who asks, and for which instances. */
export interface BatchRequest {
  readonly account: AccountFacts
  /** Instances elsewhere count as missing; undefined looks in every region. */
  readonly regionId: string | undefined
  /** Distinct, in the caller's order. */
  readonly instanceIds: readonly string[]
  /** `together`: all or none. `separately`: each on its own. */
  readonly mode: 'together' | 'separately'
  /** Decide only, write nothing. */
  readonly dryRun: boolean
  readonly requestId: string
  /** The operation, for the log of events. */
  readonly action: string
}

/** What became of one instance of a batch. */
export type BatchOutcome =
  | {
      readonly id: string
      readonly accepted: true
      readonly previousStatus: InstanceStatus
      readonly currentStatus: InstanceStatus
    }
  | {
      readonly id: string
      readonly accepted: false
      readonly refusal: Refusal | InjectedRefusal
      /** Undefined for an instance that does not exist. */
      readonly status: InstanceStatus | undefined
    }

/** A batch that is all or nothing was refused because of this instance, the first in the caller's order. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

type Verdict<Plan> =
  | {
      readonly id: string
      readonly plan: Plan
      readonly instance: InstanceFacts
      /** What a fault rule has in store for it. */
      readonly effect?: InstanceEffect
    }
  | {
      readonly id: string
      readonly refusal: Refusal | InjectedRefusal
      readonly instance: InstanceFacts | undefined
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
    for (const { instance } of verdicts) {
      if (instance?.status !== 'Stopping') continue
      if ((await findJob(tx, instance.seq))?.payload.force === true) alreadyForced.add(instance.id)
    }
    return this.#order(tx, batch, verdicts, ({ instance, plan }) => ({
      event: plan.event,
      job: alreadyForced.has(instance.id) ? undefined : 'stop',
      power: 'off',
      force: request.force || instance.status === 'Stopping',
      stopMode: plan.mode,
    }))
  }

  async start(tx: Tx, batch: BatchRequest): Promise<BatchOutcome[]> {
    const judged = await this.#judge(tx, batch, decideStart)
    const verdicts = await this.#meetFaults(tx, batch, judged, 'start')
    return this.#order(tx, batch, verdicts, ({ plan }) => ({
      event: plan.event,
      job: 'start',
      power: 'on',
      force: false,
      stopMode: undefined,
    }))
  }

  async reboot(tx: Tx, batch: BatchRequest, request: { force: boolean }): Promise<BatchOutcome[]> {
    const judged = await this.#judge(tx, batch, decideReboot)
    const verdicts = await this.#meetFaults(tx, batch, judged, request.force ? 'forced-reboot' : 'reboot')
    return this.#order(tx, batch, verdicts, ({ plan }) => ({
      event: plan.event,
      job: 'reboot',
      power: 'on',
      force: request.force,
      stopMode: undefined,
    }))
  }

  /** Releases instances; those whose guest is to shut down first are Stopping until it has. */
  async release(tx: Tx, batch: BatchRequest, request: Omit<ReleaseRequest, 'now'>): Promise<void> {
    const now = this.#options.clock.now()
    const judged = await this.#judge(tx, batch, situation => decideRelease(situation, { ...request, now }))
    const verdicts = await this.#meetFaults(tx, batch, judged, 'release')
    if (batch.dryRun) return
    const atOnce: InstanceFacts[] = []
    const later: Accepted<ReleasePlan>[] = []
    for (const verdict of verdicts) {
      if (!('plan' in verdict)) continue
      if (verdict.plan.release === 'at-once') atOnce.push(verdict.instance)
      else later.push(verdict)
    }
    if (atOnce.length > 0) {
      const ids = atOnce.map(instance => instance.id)
      await deleteJobs(
        tx,
        atOnce.map(instance => instance.seq),
      )
      await deleteInstances(tx, ids, { at: now, by: batch.requestId })
      await this.#options.events.record(
        tx,
        atOnce.map(instance => stateChange(batch, instance, now, 'Deleted')),
      )
      tx.afterCommit(() => {
        for (const instance of atOnce) this.#destroy(instance)
      })
    }
    await this.#order(tx, batch, later, () => ({
      event: 'release-ordered',
      job: 'release',
      power: 'off',
      force: false,
      stopMode: undefined,
    }))
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

  /** Locks an instance or takes the lock away; returns its locks, or undefined when there is no such instance. */
  async setLock(tx: Tx, id: string, lock: LockReason, locked: boolean): Promise<readonly LockReason[] | undefined> {
    const instance = await lockInstance(tx, id)
    if (instance === undefined) return undefined
    const others = instance.locks.filter(one => one !== lock)
    const locks = locked ? [...others, lock] : others
    await updateLocks(tx, id, locks)
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
    tx.afterCommit(() => this.#options.wake(dueAt))
    return true
  }

  /** Decides for every instance, in the caller's order; throws BatchRefused where one refusal refuses them all. */
  async #judge<Plan>(
    tx: Tx,
    batch: BatchRequest,
    decide: (situation: Situation) => Decision<Plan>,
  ): Promise<Verdict<Plan>[]> {
    const facts = await listFacts(tx, batch.account.id, batch.instanceIds)
    const byId = new Map(facts.map(instance => [instance.id, instance]))
    const kmsKeys = await this.#loadKmsKeys(tx, batch, facts)
    return batch.instanceIds.map(id => {
      const instance = byId.get(id)
      const refusal = missing(instance, batch.regionId)
      const decision: Decision<Plan> =
        instance === undefined || refusal !== undefined
          ? { refusal: refusal ?? { reason: 'not-found' } }
          : decide({ instance, account: batch.account, kmsKeys })
      if ('plan' in decision && instance !== undefined) return { id, plan: decision.plan, instance }
      const refused = 'refusal' in decision ? decision.refusal : ({ reason: 'not-found' } as const)
      if (batch.mode === 'together') throw new BatchRefused(refused)
      return { id, refusal: refused, instance: refusal === undefined ? instance : undefined }
    })
  }

  async #loadKmsKeys(
    tx: Tx,
    batch: BatchRequest,
    facts: readonly InstanceFacts[],
  ): Promise<ReadonlyMap<string, KmsKeyFacts>> {
    const keys = new Map<string, KmsKeyFacts>()
    for (const regionId of new Set(facts.filter(one => one.kmsKeyIds.length > 0).map(one => one.regionId))) {
      const ids = facts.filter(one => one.regionId === regionId).flatMap(one => one.kmsKeyIds)
      for (const key of await listKmsKeys(tx, { accountId: batch.account.id, regionId, ids })) keys.set(key.id, key)
    }
    return keys
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
      if (!('plan' in verdict)) {
        met.push(verdict)
        continue
      }
      const { id, instance } = verdict
      const effect = await faults.strikeInstance({
        action: batch.action,
        order,
        region: instance.regionId,
        accountId: batch.account.id,
        instanceId: id,
        tags: tags.get(id) ?? {},
      })
      if (effect?.kind !== 'refuse') met.push(effect === undefined ? verdict : { ...verdict, effect })
      else if (batch.mode === 'together') throw new InjectedError(effect.error)
      else met.push({ id, refusal: { reason: 'injected', error: effect.error }, instance })
    }
    return met
  }

  /** Writes the new states and the jobs that will finish them, in this transaction. */
  async #order<Plan>(
    tx: Tx,
    batch: BatchRequest,
    verdicts: readonly Verdict<Plan>[],
    orderFor: (verdict: Accepted<Plan>) => PowerOrder,
  ): Promise<BatchOutcome[]> {
    const now = this.#options.clock.now()
    const changes = new Map<string, { change: PowerChange; ids: string[] }>()
    const jobs: NewJob[] = []
    const events: NewStateChange[] = []
    const staleViews: StaleView[] = []
    const outcomes = verdicts.map((verdict): BatchOutcome => {
      if (!('plan' in verdict)) {
        return { id: verdict.id, accepted: false, refusal: verdict.refusal, status: verdict.instance?.status }
      }
      const order = orderFor(verdict)
      const next = transition(verdict.instance.status, order.event)
      if (next === undefined) throw new Error(`${order.event} was planned for ${verdict.instance.status}.`)
      const change = toChange(order, next, batch, now)
      // A stop that hangs and is forced does not change the status.
      if (next.status !== verdict.instance.status) {
        events.push(stateChange(batch, verdict.instance, now, next.status === 'Pending' ? 'Created' : next.status))
      }
      const group = `${next.status} ${order.stopMode ?? ''}`
      const sameChange = changes.get(group)
      if (sameChange === undefined) changes.set(group, { change, ids: [verdict.id] })
      else sameChange.ids.push(verdict.id)
      if (order.job !== undefined) jobs.push(this.#job(order.job, order.force, verdict, batch, now))
      staleViews.push(...staleViewOf(verdict, now))
      return {
        id: verdict.id,
        accepted: true,
        previousStatus: verdict.instance.status,
        currentStatus: next.status,
      }
    })
    if (batch.dryRun) return outcomes
    await putStaleViews(tx, staleViews, now)
    // All at once: a database that is far away is asked once.
    await together([
      ...[...changes.values()].map(({ change, ids }) => updatePower(tx, ids, change)),
      putJobs(tx, jobs),
      this.#options.events.record(tx, events),
    ])
    if (jobs.length > 0) {
      failpoints.pass('order:written')
      const dueAt = Math.min(...jobs.map(job => job.dueAt))
      tx.afterCommit(() => {
        failpoints.pass('order:committed')
        this.#options.wake(dueAt)
      })
    }
    return outcomes
  }

  #job(kind: JobKind, force: boolean, verdict: Accepted<unknown>, batch: BatchRequest, now: number): NewJob {
    const { driver, graceMs } = this.#options
    const { instance, effect } = verdict
    return newJob(driver, kind, instance, { at: now, force, graceMs, requestId: batch.requestId, effect })
  }
}

function stateChange(batch: BatchRequest, instance: InstanceFacts, at: number, state: EventState): NewStateChange {
  const { account, requestId, action } = batch
  const { id: instanceId, seq: instanceSeq, regionId } = instance
  return {
    at,
    accountId: account.id,
    regionId,
    instanceSeq,
    instanceId,
    state,
    actor: 'api',
    requestId,
    reason: action,
  }
}

/** What queries go on showing, when a fault rule says so. */
function staleViewOf({ instance, effect }: Accepted<unknown>, now: number): StaleView[] {
  if (effect?.kind !== 'stale') return []
  const { seq: instanceSeq, status, stopMode } = instance
  return [{ instanceSeq, until: now + effect.seconds * 1000, status, stopMode }]
}

type Accepted<Plan> = Extract<Verdict<Plan>, { plan: Plan }>

interface PowerOrder {
  readonly event: LifecycleEvent
  /** Undefined leaves the job that is there. */
  readonly job: JobKind | undefined
  readonly power: 'on' | 'off'
  readonly force: boolean
  /** Written when given. */
  readonly stopMode: StopMode | undefined
}

function toChange(order: PowerOrder, next: State, batch: BatchRequest, at: number): PowerChange {
  return {
    ...next,
    intent: { power: order.power, by: batch.requestId, at },
    ...(order.stopMode === undefined ? {} : { stopMode: order.stopMode }),
  }
}

function missing(instance: InstanceFacts | undefined, regionId: string | undefined): Refusal | undefined {
  if (instance === undefined) return { reason: 'not-found' }
  return regionId !== undefined && instance.regionId !== regionId ? { reason: 'in-another-region' } : undefined
}

function traitsOf(instance: InstanceFacts): TypeTraits {
  const type = findInstanceType(instance.type)
  return { hasLocalDisks: type?.localStorage !== undefined, hasPersistentMemory: type?.persistentMemory ?? false }
}
