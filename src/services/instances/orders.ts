import type { ComputeDriver } from '../../compute/driver.ts'
import { type LifecycleEvent, type State, transition } from '../../domain/instances/transitions.ts'
import type { InstanceFacts, StopMode } from '../../domain/instances/types.ts'
import { newJob } from './steps.ts'
import type { Clock } from '../../platform/clock.ts'
import { failpoints } from '../../platform/failpoints.ts'
import type { EventState, NewStateChange } from '../../store/tables/events.ts'
import { type PowerChange, updatePower } from '../../store/tables/instances/instances.ts'
import { type JobKind, type NewJob, putJobs } from '../../store/tables/instances/jobs.ts'
import { putStaleViews, type StaleView } from '../../store/tables/instances/stale-views.ts'
import type { Tx } from '../../store/store.ts'
import { together } from '../../store/together.ts'
import { avoidSystemEvents } from '../../store/tables/system-events.ts'
import { type Accepted, type BatchOutcome, type BatchRequest, isAccepted, type Verdict } from './batch.ts'
import type { EventLog } from '../events/events.ts'

/** What an accepted instance is to do. */
export interface PowerOrder {
  readonly event: LifecycleEvent
  /** Undefined leaves the job that is there. */
  readonly job: JobKind | undefined
  readonly power: 'on' | 'off'
  readonly force: boolean
  /** Written when given. */
  readonly stopMode: StopMode | undefined
  /** The system event that the new job goes on with. */
  readonly systemEventId?: string | undefined
}

export interface OrderOptions {
  readonly clock: Clock
  readonly driver: ComputeDriver
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly graceMs: number
  /** Tells the engine that a job falls due at this instance time; `elsewhere`: another host may have to do it. */
  readonly wake: (dueAt: number, elsewhere?: boolean) => void
  readonly events: EventLog
}

/** Writes the new states and the jobs that will finish them, in this transaction; a dry run writes nothing. */
export async function writeOrders<Plan>(
  tx: Tx,
  batch: BatchRequest,
  verdicts: readonly Verdict<Plan>[],
  options: OrderOptions,
  orderFor: (verdict: Accepted<Plan>) => PowerOrder,
): Promise<BatchOutcome[]> {
  const now = options.clock.now()
  const changes = new Map<string, { change: PowerChange; ids: string[] }>()
  const jobs: NewJob[] = []
  const events: NewStateChange[] = []
  const staleViews: StaleView[] = []
  const avoided: number[] = []
  const outcomes = verdicts.map((verdict): BatchOutcome => {
    if (!isAccepted(verdict)) {
      return { id: verdict.id, accepted: false, refusal: verdict.refusal, status: verdict.instance?.status }
    }
    const { id, instance, effect } = verdict
    const order = orderFor(verdict)
    const next = transition(instance.status, order.event)
    if (next === undefined) throw new Error(`${order.event} was planned for ${instance.status}.`)
    // A stop that hangs and is forced does not change the status.
    if (next.status !== instance.status) {
      events.push(stateChange(batch, instance, now, next.status === 'Pending' ? 'Created' : next.status))
    }
    // Whoever reboots or stops it himself has avoided a reboot by the platform.
    const goesDown = order.event === 'reboot-ordered' || order.event === 'stop-ordered'
    if (goesDown && instance.rebootPlanned) avoided.push(instance.seq)
    const group = `${next.status} ${order.stopMode ?? ''}`
    const sameChange = changes.get(group)
    if (sameChange === undefined) changes.set(group, { change: toChange(order, next, batch, now), ids: [id] })
    else sameChange.ids.push(id)
    if (order.job !== undefined) {
      const { driver, graceMs } = options
      const { force, systemEventId } = order
      const { requestId } = batch
      jobs.push(newJob(driver, order.job, instance, { at: now, force, graceMs, requestId, effect, systemEventId }))
    }
    staleViews.push(...staleViewOf(verdict, now))
    return { id, accepted: true, previousStatus: instance.status, currentStatus: next.status }
  })
  if (batch.dryRun) return outcomes
  // All at once: a database that is far away is asked once.
  await together([
    ...[...changes.values()].map(({ change, ids }) => updatePower(tx, ids, change)),
    putJobs(tx, jobs),
    putStaleViews(tx, staleViews, now),
    options.events.record(tx, events),
    avoidSystemEvents(tx, avoided, now),
  ])
  if (jobs.length > 0) {
    failpoints.pass('order:written')
    const dueAt = Math.min(...jobs.map(job => job.dueAt))
    const elsewhere = jobs.some(job => job.hostId !== null)
    tx.afterCommit(() => {
      failpoints.pass('order:committed')
      options.wake(dueAt, elsewhere)
    })
  }
  return outcomes
}

function toChange(order: PowerOrder, next: State, batch: BatchRequest, at: number): PowerChange {
  return {
    ...next,
    intent: { power: order.power, by: batch.requestId || 'localyun', at },
    ...(order.stopMode === undefined ? {} : { stopMode: order.stopMode }),
  }
}

/** What queries go on showing, when a fault rule says so. */
function staleViewOf({ instance, effect }: Accepted<unknown>, now: number): StaleView[] {
  if (effect?.kind !== 'stale') return []
  const { seq: instanceSeq, status, stopMode } = instance
  return [{ instanceSeq, until: now + effect.seconds * 1000, status, stopMode }]
}

/** The event of a change that a call has made. */
export function stateChange(
  { account, requestId, action, platformReason }: BatchRequest,
  { id: instanceId, seq: instanceSeq, regionId }: InstanceFacts,
  at: number,
  state: EventState,
): NewStateChange {
  return {
    at,
    accountId: account.id,
    regionId,
    instanceSeq,
    instanceId,
    state,
    actor: platformReason === undefined ? 'api' : 'platform',
    requestId,
    reason: platformReason ?? action,
  }
}
