import type { ComputeDriver, DrivenMachine } from '../../compute/driver.ts'
import type { InstanceEffect, OrderKind } from '../../domain/faults/rule.ts'
import {
  decideReboot,
  decideStop,
  type RebootRefusal,
  type Situation,
  type StopRefusal,
  type StopRequest,
  transition,
} from '../../domain/instances/power.ts'
import type { Decision, Refusal } from '../../domain/instances/refusals.ts'
import type { InstanceFacts, InstanceStatus, KmsKeyFacts } from '../../domain/instances/types.ts'
import { failpoints } from '../../platform/failpoints.ts'
import type { Tx } from '../../store/store.ts'
import type { EventState, NewStateChange } from '../../store/tables/events.ts'
import { listFacts, type PowerChange, updatePower } from '../../store/tables/instances/power.ts'
import {
  type Job,
  type JobKind,
  type JobPayload,
  listJobs,
  never,
  type NewJob,
  putJobs,
} from '../../store/tables/instances/jobs.ts'
import { putStaleViews, type StaleView } from '../../store/tables/instances/stale-views.ts'
import { avoidSystemEvents } from '../../store/tables/system-events.ts'
import { together } from '../../store/together.ts'
import {
  type Accepted,
  type BatchRequest,
  type Entry,
  loadKmsKeys,
  meetFaults,
  type Origin,
  type Outcome,
  type PowerOrder,
  type PowerParts,
  type Refused,
  type RefusedOutcome,
  toJobFault,
} from './batch.ts'

/**
 * Orders a stop. The answer means "accepted": the instances are Stopping, and a job will finish it. A power cut that
 * is under way is not begun anew, however often it is asked for.
 */
export async function stop(
  tx: Tx,
  batch: BatchRequest,
  request: StopRequest,
  parts: PowerParts,
): Promise<Outcome<StopRefusal>[]> {
  const loaded = await loadBatch(tx, batch, parts)
  const decided = loaded.map(one => ('refusal' in one ? one : entryOf(one, decideStop(one, request))))
  const entries = await settle(tx, batch, decided, request.force ? 'forced-stop' : 'stop', parts)
  if (!batch.dryRun) {
    const accepted = entries.filter(isAccepted)
    const stopping = accepted.filter(({ instance }) => instance.status === 'Stopping')
    const jobs = await listJobs(
      tx,
      stopping.map(({ instance }) => instance.seq),
    )
    const machines = accepted.map(({ instance, plan, effect }) => {
      const { force, systemEventId } = jobs.get(instance.seq)?.payload ?? {}
      const isForced = request.force || instance.status === 'Stopping'
      return { instance, force: isForced, mode: plan.mode, effect, systemEventId, keepsJob: force === true }
    })
    await orderByCall(tx, batch, { kind: 'stop', machines }, parts)
  }
  return entries.map(one => outcomeOf(one, 'stop'))
}

/** Orders a reboot: a shutdown, or with `force` a power cut, and a start behind it. */
export async function reboot(
  tx: Tx,
  batch: BatchRequest,
  { force }: { readonly force: boolean },
  parts: PowerParts,
): Promise<Outcome<RebootRefusal>[]> {
  const loaded = await loadBatch(tx, batch, parts)
  const decided = loaded.map(one => ('refusal' in one ? one : entryOf(one, decideReboot(one))))
  const entries = await settle(tx, batch, decided, force ? 'forced-reboot' : 'reboot', parts)
  if (!batch.dryRun) {
    const machines = entries.filter(isAccepted).map(({ instance, effect }) => ({ instance, force, effect }))
    await orderByCall(tx, batch, { kind: 'reboot', machines }, parts)
  }
  return entries.map(one => outcomeOf(one, 'reboot'))
}

/** An instance of a batch with all that decides about it. */
export interface Loaded extends Situation {
  readonly id: string
}

const noKeys: ReadonlyMap<string, KmsKeyFacts> = new Map()
const nowhere: ReadonlySet<string> = new Set()

/** The instances of a batch in the caller's order, as far as they are there for him; the rows stay locked. */
export async function loadBatch(
  tx: Tx,
  { account, regionId, instanceIds, waitsForHost = false }: BatchRequest,
  { clock, hosts }: Pick<PowerParts, 'clock' | 'hosts'>,
): Promise<(Loaded | Refused<never>)[]> {
  const facts = await listFacts(tx, account.id, instanceIds)
  const encrypted = facts.filter(one => one.kmsKeyIds.length > 0)
  const kmsKeys = encrypted.length === 0 ? noKeys : await loadKmsKeys(tx, account.id, encrypted, clock.now())
  const hostIds = waitsForHost ? [] : facts.flatMap(({ hostId }) => hostId ?? [])
  const away = hostIds.length === 0 ? nowhere : await hosts.findAway(tx, [...new Set(hostIds)])
  const byId = new Map(facts.map(one => [one.id, one]))
  return instanceIds.map(id => {
    const instance = byId.get(id)
    if (instance === undefined) return { id, instance, refusal: { reason: 'not-found' } }
    const isElsewhere = regionId !== undefined && instance.regionId !== regionId
    if (isElsewhere) return { id, instance: undefined, refusal: { reason: 'in-another-region' } }
    return { id, instance, account, kmsKeys, isHostAway: instance.hostId !== null && away.has(instance.hostId) }
  })
}

/** A decision about an instance, with the instance. */
export function entryOf<Plan, Why extends Refusal>(
  { id, instance }: Loaded,
  decision: Decision<Plan, Why>,
): Entry<Plan, Why> {
  return 'plan' in decision ? { id, instance, plan: decision.plan } : { id, instance, refusal: decision.refusal }
}

/**
 * What a batch comes to: a dry run meets no faults, and a batch that is all or nothing comes to its first refusal alone.
 * Whoever called fails the transaction then.
 */
export async function settle<Plan, Why extends Refusal>(
  tx: Tx,
  batch: BatchRequest,
  decided: readonly Entry<Plan, Why>[],
  order: OrderKind,
  { faults }: Pick<PowerParts, 'faults'>,
): Promise<readonly Entry<Plan, Why>[]> {
  const refused = batch.mode === 'together' ? decided.find(one => !isAccepted(one)) : undefined
  if (refused !== undefined) return [refused]
  return batch.dryRun || !faults.concernsInstances ? decided : meetFaults(tx, batch, decided, order, faults)
}

export function isAccepted<Plan>(entry: Entry<Plan, Refusal>): entry is Accepted<Plan> {
  return 'plan' in entry
}

export function outcomeOf<Plan, Why extends Refusal>(entry: Entry<Plan, Why>, kind: PowerOrder['kind']): Outcome<Why> {
  if (!('plan' in entry)) return refusedOutcome(entry)
  const { id, instance } = entry
  const { status } = instance
  return { id, accepted: true, previousStatus: status, currentStatus: stateAfter(status, kind).status }
}

export function refusedOutcome<Why extends Refusal>({ id, refusal, instance }: Refused<Why>): RefusedOutcome<Why> {
  return { id, accepted: false, refusal, status: instance?.status }
}

/** Orders what a call asks for, and tells the engine. */
export async function orderByCall(
  tx: Tx,
  batch: BatchRequest,
  order: PowerOrder,
  parts: Pick<PowerParts, 'clock' | 'driver' | 'events' | 'graceMs'>,
): Promise<void> {
  const jobs = await orderPower(tx, order, originOf(batch, parts.clock.now()), parts)
  if (jobs.length === 0) return
  failpoints.pass('order:written')
  const dueAt = Math.min(...jobs.map(job => job.dueAt))
  const elsewhere = jobs.some(job => job.hostId !== null)
  tx.afterCommit(() => failpoints.pass('order:committed'))
  tx.notifyDue(dueAt, elsewhere)
}

export function originOf({ requestId, action, platformReason }: BatchRequest, at: number): Origin {
  const actor = platformReason === undefined ? 'api' : 'platform'
  return { at, actor, reason: platformReason ?? action, requestId, by: requestId || 'localyun' }
}

/**
 * Writes the states that instances have from now on, the jobs that will finish the change, and its events; returns the
 * jobs. Nothing else begins a change of power, whether a call asks for it or the platform does it by itself.
 */
export async function orderPower(
  tx: Tx,
  { kind, machines }: PowerOrder,
  origin: Origin,
  { driver, events, graceMs }: Pick<PowerParts, 'driver' | 'events' | 'graceMs'>,
): Promise<NewJob[]> {
  const { at, requestId } = origin
  const intent = { power: kind === 'start' || kind === 'reboot' ? 'on' : 'off', by: origin.by, at } as const
  const changes = new Map<string, { readonly change: PowerChange; readonly ids: string[] }>()
  const jobs: NewJob[] = []
  const stateChanges: NewStateChange[] = []
  const staleViews: StaleView[] = []
  const avoided: number[] = []
  for (const { instance, force, mode, effect, systemEventId, keepsJob = false } of machines) {
    const { id, seq, status, stopMode } = instance
    const next = stateAfter(status, kind)
    // A stop that hangs and is forced does not change the status.
    if (next.status !== status) stateChanges.push(stateChange(instance, next.status, origin))
    // Whoever reboots or stops it himself has avoided a reboot by the platform.
    if (origin.actor === 'api' && instance.rebootPlanned === true && kind !== 'start' && kind !== 'release') {
      avoided.push(seq)
    }
    const key = `${next.status} ${mode}`
    const same = changes.get(key)
    if (same !== undefined) same.ids.push(id)
    else
      changes.set(key, {
        change: mode === undefined ? { ...next, intent } : { ...next, intent, stopMode: mode },
        ids: [id],
      })
    if (!keepsJob) jobs.push(newJob(driver, kind, instance, { at, force, graceMs, requestId, effect, systemEventId }))
    // What queries go on showing, when a fault rule says so.
    if (effect?.kind === 'stale') {
      staleViews.push({ instanceSeq: seq, until: at + effect.seconds * 1000, status, stopMode })
    }
  }
  const updates = Array.from(changes.values(), ({ change, ids }) => updatePower(tx, ids, change))
  // All at once: a database that is far away is asked once.
  await together([
    ...updates,
    putJobs(tx, jobs),
    putStaleViews(tx, staleViews, at),
    events.record(tx, stateChanges),
    avoidSystemEvents(tx, avoided, at),
  ])
  return jobs
}

/** Has an instance that is still shutting down come up again behind that, as a reboot. */
export async function restartAfterStop(
  tx: Tx,
  { id, status }: Pick<InstanceFacts, 'id' | 'status'>,
  job: Job,
  { by, at }: Pick<Origin, 'by' | 'at'>,
): Promise<void> {
  const next = transition(status, 'restart-ordered')
  if (next === undefined) return
  await updatePower(tx, [id], { ...next, intent: { power: 'on', by, at } })
  await putJobs(tx, [{ ...job, kind: 'reboot' }])
}

function stateAfter(status: InstanceStatus, kind: PowerOrder['kind']) {
  const next = transition(status, `${kind}-ordered`)
  if (next === undefined) throw new Error(`A ${kind} was planned for ${status}.`)
  return next
}

export function stateChange(
  {
    id: instanceId,
    seq: instanceSeq,
    accountId,
    regionId,
  }: Pick<InstanceFacts, 'id' | 'seq' | 'accountId' | 'regionId'>,
  state: EventState,
  { at, actor, requestId, reason }: Origin,
): NewStateChange {
  return { at, accountId, regionId, instanceSeq, instanceId, state, actor, requestId, reason }
}

/** The step of the machine that a job is waiting for. A reboot waits for its stop first; then it goes on as a start. */
export const stepOf = {
  provision: 'provision',
  start: 'start',
  stop: 'stop',
  deallocate: 'deallocate',
  reboot: 'stop',
  release: 'stop',
} as const

export interface JobRequest {
  /** Instance time, ms. */
  readonly at: number
  readonly force: boolean
  readonly graceMs: number
  readonly requestId: string
  /** What the job carries out, where that is a system event. */
  readonly systemEventId?: string | undefined
  /** What a fault rule has in store for it. */
  readonly effect?: InstanceEffect | undefined
}

type JobMachine = DrivenMachine & Pick<InstanceFacts, 'hostId'>

/** A job for a step that was ordered just now, due when the driver first wants to be asked. */
export function newJob(
  driver: ComputeDriver,
  kind: JobKind,
  machine: JobMachine & { readonly seq: number },
  { at, force, graceMs, requestId, effect, systemEventId }: JobRequest,
): NewJob {
  const fault = effect === undefined ? undefined : toJobFault(effect)
  const payload: JobPayload = {
    orderedAt: at,
    force,
    forceAt: effect?.kind === 'stuck' ? never : at + graceMs,
    requestId,
    ...(fault === undefined ? {} : { fault }),
    ...(systemEventId === undefined ? {} : { systemEventId }),
  }
  const isRevertedAt =
    effect?.kind === 'revert' && effect.afterSeconds !== undefined ? at + effect.afterSeconds * 1000 : undefined
  const dueAt = isRevertedAt ?? firstLook(driver, kind, machine, payload)
  return { kind, instanceSeq: machine.seq, instanceId: machine.id, dueAt, hostId: machine.hostId, payload }
}

/** When the driver first wants to be asked about a job; a guest is never waited for longer than its grace time. */
export function firstLook(driver: ComputeDriver, kind: JobKind, machine: JobMachine, payload: JobPayload): number {
  // The driver of its host, which may be another one, wants to be asked at once.
  if (machine.hostId !== null) return payload.orderedAt
  const step = stepOf[kind]
  const first = driver.firstLookAt(step, asSeenBy(payload, machine), payload)
  return step === 'stop' && !payload.force ? Math.min(first, payload.forceAt) : first
}

/** The machine as a job's driver is to see it. */
export function asSeenBy({ fault }: JobPayload, machine: DrivenMachine): DrivenMachine {
  return fault?.guest === undefined ? machine : { id: machine.id, guest: fault.guest }
}
