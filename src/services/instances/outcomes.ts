import type { ComputeDriver } from '../../compute/driver.ts'
import { transition } from '../../domain/instances/transitions.ts'
import { giveBackCapacity } from './capacity.ts'
import { deleteInstances, type Machine, type PowerChange, updatePower } from '../../store/tables/instances/instances.ts'
import {
  deleteJobs,
  type Job,
  type JobKind,
  type NewJob,
  postponeJob,
  putJobs,
} from '../../store/tables/instances/jobs.ts'
import type { EventLog } from '../events/events.ts'
import type { Change, Metering } from '../billing/metering.ts'
import type { NewStateChange } from '../../store/tables/events.ts'
import type { Tx } from '../../store/store.ts'
import { finishSystemEvents } from '../../store/tables/system-events.ts'
import { type Look, newJob } from './steps.ts'

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

/** Writes what a round of jobs has come to; returns the jobs that follow from it. */
export async function writeOutcomes(tx: Tx, driven: readonly Driven[], options: OutcomeOptions): Promise<NewJob[]> {
  const followUps: NewJob[] = []
  const finished = new Map<string, Finished>()
  const ended: number[] = []
  const stopped: Change[] = []
  const repriced: Change[] = []
  const events: NewStateChange[] = []
  const systemEvents: { id: string; status: 'Executed' | 'Failed'; at: number }[] = []
  for (const { job, machine, progress, forcedByGrace, failed, at } of driven) {
    if (!progress.done) {
      await postponeJob(tx, job, progress.lookAgainAt, failed ? job.attempts : 0)
      continue
    }
    const takenBackBecause = job.payload.fault?.revertBecause ?? progress.failed
    const outcome = outcomeOf(job, machine, { forcedByGrace, takenBack: takenBackBecause !== undefined }, options)
    addFinished(finished, outcome, machine, at)
    if (outcome === 'stopped' || outcome === 'stopped-economically') stopped.push({ seq: machine.seq, at })
    else if (changesRates.has(outcome)) repriced.push({ seq: machine.seq, at })
    if (outcome !== 'deallocated')
      events.push(stateChange(job, machine, outcome, { forced: forcedByGrace, takenBackBecause, at }))
    const next = followUp(job, machine, outcome, at, options)
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
  await options.meter.stopped(tx, stopped)
  await options.meter.update(tx, repriced)
  await deleteJobs(tx, ended)
  await putJobs(tx, followUps)
  await options.events.record(tx, events)
  for (const { id, ...end } of systemEvents) await finishSystemEvents(tx, [id], end)
  return followUps
}

/** When the machine wants to be looked at again, for this job or the one that follows from it; Infinity for never. */
export function lookAgainAt({ job, machine, progress, forcedByGrace, at }: Driven, options: OutcomeOptions): number {
  if (!progress.done) return progress.lookAgainAt
  const takenBack = (job.payload.fault?.revertBecause ?? progress.failed) !== undefined
  const outcome = outcomeOf(job, machine, { forcedByGrace, takenBack }, options)
  return followUp(job, machine, outcome, at, options)?.dueAt ?? Infinity
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

/** What becomes of an order that a fault rule takes back, or that the driver cannot carry out. */
const failedOutcome = {
  provision: 'provision-failed',
  start: 'start-failed',
  stop: 'stop-failed',
  deallocate: 'deallocated',
  reboot: 'stop-failed',
  release: 'stop-failed',
} as const

function outcomeOf(
  job: Job,
  machine: Machine,
  { forcedByGrace, takenBack }: { readonly forcedByGrace: boolean; readonly takenBack: boolean },
  { afterGrace }: OutcomeOptions,
): Outcome {
  if (takenBack) return failedOutcome[job.kind]
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

function stateChange(
  job: Job,
  machine: Machine,
  outcome: keyof typeof shown,
  { forced, takenBackBecause, at }: { forced: boolean; takenBackBecause: string | undefined; at: number },
): NewStateChange {
  const { state: newState, reason } = shown[outcome]
  const { accountId, regionId, seq: instanceSeq, id: instanceId } = machine
  const why = forced ? `the guest did not shut down in its grace time and was forced; ${reason}` : reason
  const { requestId, fault, systemEventId } = job.payload
  return {
    at,
    accountId,
    regionId,
    instanceSeq,
    instanceId,
    state: newState,
    actor: fault?.revertBecause === undefined ? 'platform' : 'fault',
    requestId,
    reason: takenBackBecause ?? (systemEventId === undefined ? why : `${why} (system event ${systemEventId})`),
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
  job: Job,
  machine: Machine,
  outcome: Outcome,
  at: number,
  { driver }: OutcomeOptions,
): NewJob | undefined {
  const kind = nextKind[outcome]
  if (kind === undefined) return undefined
  const { requestId, systemEventId: ongoing } = job.payload
  // A stop that ends in a restart has not done what its event was for.
  const systemEventId = job.kind === 'stop' ? undefined : ongoing
  return newJob(driver, kind, machine, { at, force: false, graceMs: 0, requestId, systemEventId })
}
