import type { ComputeDriver, Progress } from '../../compute/driver.ts'
import { transition } from '../../domain/instances/power.ts'
import type { Tx } from '../../store/store.ts'
import type { NewStateChange } from '../../store/tables/events.ts'
import { deleteInstances } from '../../store/tables/instances/release.ts'
import { type Machine, type PowerChange, updatePower } from '../../store/tables/instances/power.ts'
import {
  deleteJobs,
  type Job,
  type JobKind,
  type NewJob,
  postponeJob,
  putJobs,
} from '../../store/tables/instances/jobs.ts'
import { finishSystemEvents } from '../../store/tables/system-events.ts'
import type { Change, Metering } from '../billing/metering.ts'
import type { EventLog } from '../events/events.ts'
import { giveBackCapacity } from './capacity.ts'
import { asSeenBy, newJob, stepOf } from './power.ts'

/** How far a job's step is. */
export interface Look {
  readonly progress: Progress
  /** The guest did not shut down in its grace time, so its power was cut. */
  readonly forcedByGrace: boolean
}

/** Whether the driver waits for nothing when it is asked about a job. */
export function answersAtOnce(driver: ComputeDriver, kind: JobKind): boolean {
  return driver[stepOf[kind]].atOnce === true && (kind !== 'release' || driver.destroy.atOnce === true)
}

/** Asks the driver how far the job's step is, cutting the power when the guest's grace time has passed. */
export async function drive(driver: ComputeDriver, job: Job, machine: Machine, now: number): Promise<Look> {
  const { payload } = job
  const { force, forceAt, fault } = payload
  if (job.attempts <= (fault?.failingTries ?? 0)) throw new Error('A fault rule lets this machine fail.')
  if (fault?.revertBecause !== undefined) return { progress: { done: true }, forcedByGrace: false }
  const seen = asSeenBy(payload, machine)
  const step = stepOf[job.kind]
  if (step !== 'stop' || force) return { progress: await driver[step](seen, payload, now), forcedByGrace: false }
  // Even a look that comes late, after a restart, asks first whether the guest was off in time.
  if (job.dueAt <= forceAt) {
    const progress = await driver.stop(seen, payload, Math.min(now, forceAt))
    if (progress.done) return { progress, forcedByGrace: false }
    if (now < forceAt) {
      return { progress: { done: false, lookAgainAt: Math.min(progress.lookAgainAt, forceAt) }, forcedByGrace: false }
    }
  }
  return { progress: await driver.stop(seen, { orderedAt: forceAt, force: true }, now), forcedByGrace: true }
}

/** A claimed job, the machine as it was then, and what the driver said. */
export interface Driven extends Look {
  readonly job: Job
  readonly machine: Machine
  /** The instance time at which it was asked, ms. */
  readonly at: number
  /** The driver gave no answer; the attempt counts. */
  readonly failed: boolean
}

export interface OutcomeOptions {
  readonly driver: ComputeDriver
  /** After a guest was forced at the end of its grace time: leave it off, or bring it back up. */
  readonly afterGrace: 'power-off' | 'power-cycle'
  readonly events: EventLog
  readonly meter: Metering
}

/** What a look at a job has come to. */
export interface JobResult extends Driven {
  /** Undefined while the step is not done. */
  readonly outcome: Outcome | undefined
  /** The job that takes the place of one that is done. */
  readonly next: NewJob | undefined
  /** When the machine wants to be looked at again; instance time, ms; Infinity for never. */
  readonly lookAgainAt: number
}

/** Decides what becomes of a job, and of its machine. */
export function decideOutcome(driven: Driven, options: Pick<OutcomeOptions, 'driver' | 'afterGrace'>): JobResult {
  const { progress } = driven
  if (!progress.done) return { ...driven, outcome: undefined, next: undefined, lookAgainAt: progress.lookAgainAt }
  const outcome = outcomeOf(driven, options)
  const next = followUp(driven, outcome, options)
  return { ...driven, outcome, next, lookAgainAt: next?.dueAt ?? Infinity }
}

/** Writes what a round of jobs has come to. */
export async function writeOutcomes(
  tx: Tx,
  results: readonly JobResult[],
  { events, meter }: Pick<OutcomeOptions, 'events' | 'meter'>,
): Promise<void> {
  const followUps: NewJob[] = []
  const finished = new Map<string, Finished>()
  const ended: number[] = []
  const stopped: Change[] = []
  const repriced: Change[] = []
  const changes: NewStateChange[] = []
  const systemEvents: { id: string; status: 'Executed' | 'Failed'; at: number }[] = []
  for (const result of results) {
    const { job, machine, at, outcome, next } = result
    if (outcome === undefined) {
      await postponeJob(tx, job, result.lookAgainAt, result.failed ? job.attempts : 0)
      continue
    }
    addFinished(finished, outcome, machine, at)
    if (outcome === 'stopped' || outcome === 'stopped-economically') stopped.push({ seq: machine.seq, at })
    else if (changesRates.has(outcome)) repriced.push({ seq: machine.seq, at })
    if (outcome !== 'deallocated') changes.push(stateChange(result, outcome))
    if (next === undefined) ended.push(job.instanceSeq)
    else followUps.push(next)
    const { systemEventId } = job.payload
    if (systemEventId !== undefined && (next === undefined || outcome === 'stopped-economically')) {
      systemEvents.push({ id: systemEventId, status: 'Executed', at })
    } else if (systemEventId !== undefined && job.kind === 'stop') {
      // The guest was to be stopped and came back up.
      systemEvents.push({ id: systemEventId, status: 'Failed', at })
    }
  }
  for (const { outcome, machines, at } of finished.values()) {
    repriced.push(...(await writeOutcome(tx, outcome, machines, at)))
  }
  await meter.stopped(tx, stopped)
  await meter.update(tx, repriced)
  await deleteJobs(tx, ended)
  await putJobs(tx, followUps)
  await events.record(tx, changes)
  for (const { id, ...end } of systemEvents) await finishSystemEvents(tx, [id], end)
}

const changesRates: ReadonlySet<Outcome> = new Set(['released', 'provision-failed', 'start-failed'])

/** Machines that are written in one statement. */
interface Finished {
  readonly outcome: Outcome
  readonly at: number
  readonly machines: Machine[]
}

/** Outcomes of which nothing says when they came to be but their event. */
const timeless: ReadonlySet<Outcome> = new Set([
  'provisioned',
  'provisioned-off',
  'stopped',
  'stopped-economically',
  'deallocated',
])

function addFinished(groups: Map<string, Finished>, outcome: Outcome, machine: Machine, at: number): void {
  const key = timeless.has(outcome) ? outcome : `${outcome} ${at}`
  const group = groups.get(key)
  if (group === undefined) groups.set(key, { outcome, at, machines: [machine] })
  else group.machines.push(machine)
}

type Outcome =
  | 'provisioned'
  | 'provisioned-off'
  | 'running'
  | 'stopped'
  | 'stopped-economically'
  | 'deallocated'
  | 'restarting'
  | 'released'
  | 'provision-failed'
  | 'start-failed'
  | 'stop-failed'

/** What becomes of a change that a fault rule takes back, or that the driver cannot carry out. */
const failedOutcome = {
  provision: 'provision-failed',
  start: 'start-failed',
  stop: 'stop-failed',
  deallocate: 'deallocated',
  reboot: 'stop-failed',
  release: 'stop-failed',
} as const

function outcomeOf(driven: Driven, { afterGrace }: Pick<OutcomeOptions, 'afterGrace'>): Outcome {
  const { job, machine, forcedByGrace } = driven
  if (reasonToTakeBack(driven) !== undefined) return failedOutcome[job.kind]
  switch (job.kind) {
    case 'provision':
      return machine.intentPower === 'on' ? 'provisioned' : 'provisioned-off'
    case 'start':
      return 'running'
    case 'reboot':
      return 'restarting'
    case 'release':
      return 'released'
    case 'deallocate':
      return 'deallocated'
    case 'stop':
      if (forcedByGrace && afterGrace === 'power-cycle') return 'restarting'
      return machine.stopMode === 'StopCharging' ? 'stopped-economically' : 'stopped'
  }
}

/** Why the change is taken back, in words, if it is. */
function reasonToTakeBack({ job, progress }: Pick<Driven, 'job' | 'progress'>): string | undefined {
  return job.payload.fault?.revertBecause ?? (progress.done ? progress.failed : undefined)
}

const shown = {
  provisioned: { state: 'Starting', reason: 'created; the machine starts' },
  'provisioned-off': { state: 'Stopped', reason: 'created; the machine stays off' },
  running: { state: 'Running', reason: 'the machine is on' },
  stopped: { state: 'Stopped', reason: 'the machine is off' },
  'stopped-economically': { state: 'Stopped', reason: 'the machine is off, and what it held is given back' },
  restarting: { state: 'Starting', reason: 'the machine is off and starts again' },
  released: { state: 'Deleted', reason: 'the machine is off and released' },
  'provision-failed': { state: 'Deleted', reason: 'the machine could not be made' },
  'start-failed': { state: 'Stopped', reason: 'the machine could not be started' },
  'stop-failed': { state: 'Running', reason: 'the machine could not be stopped' },
} as const

function stateChange(driven: Driven, outcome: keyof typeof shown): NewStateChange {
  const { job, machine, forcedByGrace, at } = driven
  const { state: newState, reason } = shown[outcome]
  const { accountId, regionId, seq: instanceSeq, id: instanceId } = machine
  const why = forcedByGrace ? `the guest did not shut down in its grace time and was forced; ${reason}` : reason
  const { requestId, fault, systemEventId } = job.payload
  const inFull = systemEventId === undefined ? why : `${why} (system event ${systemEventId})`
  return {
    at,
    accountId,
    regionId,
    instanceSeq,
    instanceId,
    state: newState,
    actor: fault?.revertBecause === undefined ? 'platform' : 'fault',
    requestId,
    reason: reasonToTakeBack(driven) ?? inFull,
  }
}

/** Returns what else costs something else now. */
async function writeOutcome(tx: Tx, outcome: Outcome, machines: readonly Machine[], at: number): Promise<Change[]> {
  const ids = idsOf(machines)
  if (outcome === 'released' || outcome === 'provision-failed') {
    await giveBackCapacity(tx, machines)
    return deleteInstances(tx, ids, { at, by: 'localyun' })
  }
  await writeStatus(tx, outcome, machines, at)
  return []
}

type OutcomeOfInstance = Exclude<Outcome, 'released' | 'provision-failed'>

async function writeStatus(
  tx: Tx,
  outcome: OutcomeOfInstance,
  machines: readonly Machine[],
  at: number,
): Promise<void> {
  const ids = idsOf(machines)
  switch (outcome) {
    case 'provisioned':
      return updatePower(tx, ids, state('Pending', 'provisioned'))
    case 'provisioned-off':
      return updatePower(tx, ids, state('Pending', 'provisioned-off'))
    case 'running':
      return updatePower(tx, ids, {
        ...state('Starting', 'powered-on'),
        machinePower: 'on',
        startedAt: at,
        stopMode: null,
      })
    case 'stopped':
      return updatePower(tx, ids, { ...state('Stopping', 'powered-off'), machinePower: 'off' })
    case 'stopped-economically':
      return updatePower(tx, ids, {
        ...state('Stopping', 'powered-off-to-deallocate'),
        machinePower: 'off',
        losesPublicIp: true,
      })
    case 'deallocated':
      await giveBackCapacity(tx, machines)
      return updatePower(tx, ids, state('Stopped', 'deallocated'))
    case 'restarting':
      return updatePower(tx, ids, {
        ...state('Stopping', 'powered-off-to-restart'),
        machinePower: 'off',
        intent: { power: 'on', by: 'localyun', at },
      })
    case 'start-failed':
      return undoStart(tx, machines, at)
    case 'stop-failed':
      return updatePower(tx, ids, {
        ...state('Stopping', 'stop-failed'),
        stopMode: null,
        intent: { power: 'on', by: 'localyun', at },
      })
  }
}

/** What an economical stop had given back is given back again. */
async function undoStart(tx: Tx, machines: readonly Machine[], at: number): Promise<void> {
  const failed: PowerChange = {
    ...state('Starting', 'start-failed'),
    intent: { power: 'off', by: 'localyun', at },
  }
  const economical = machines.filter(machine => machine.stopMode === 'StopCharging')
  const others = machines.filter(machine => machine.stopMode !== 'StopCharging')
  await giveBackCapacity(tx, economical)
  // One that has never run has no mode yet.
  if (others.length > 0) await updatePower(tx, idsOf(others), { ...failed, stopMode: 'KeepCharging' })
  if (economical.length > 0) await updatePower(tx, idsOf(economical), { ...failed, losesPublicIp: true })
}

function idsOf(machines: readonly Machine[]): string[] {
  return machines.map(machine => machine.id)
}

function state(from: Parameters<typeof transition>[0], event: Parameters<typeof transition>[1]) {
  const next = transition(from, event)
  if (next === undefined) throw new Error(`The lifecycle has no ${event} from ${from}.`)
  return next
}

const nextKind: Partial<Record<Outcome, JobKind>> = {
  provisioned: 'start',
  restarting: 'start',
  'stopped-economically': 'deallocate',
}

/** Provisioned and restarting machines go on to start; what an economical stop frees is given back a little later. */
function followUp(
  { job, machine, at }: Driven,
  outcome: Outcome,
  { driver }: Pick<OutcomeOptions, 'driver'>,
): NewJob | undefined {
  const kind = nextKind[outcome]
  if (kind === undefined) return undefined
  const { requestId, systemEventId: ongoing } = job.payload
  // A stop that ends in a restart has not done what its event was for.
  const systemEventId = job.kind === 'stop' ? undefined : ongoing
  return newJob(driver, kind, machine, { at, force: false, graceMs: 0, requestId, systemEventId })
}
