import type { ComputeDriver } from '../compute/driver.ts'
import { transition } from '../domain/instance/lifecycle.ts'
import { deleteInstances, type Machine, updatePower } from '../store/instances.ts'
import { deleteJobs, type Job, type NewJob, postponeJob, putJobs } from '../store/jobs.ts'
import type { EventLog } from '../services/events.ts'
import type { Metering } from '../services/metering.ts'
import type { NewStateChange } from '../store/events.ts'
import type { Tx } from '../store/store.ts'
import { type Look, newJob } from './steps.ts'

/** A claimed job, the machine as it was then, and what the driver said. */
export interface Driven extends Look {
  readonly job: Job
  readonly machine: Machine
  /** The driver gave no answer; the attempt counts. */
  readonly failed: boolean
}

export interface OutcomeOptions {
  readonly driver: ComputeDriver
  /** Instance time, ms. */
  readonly now: number
  /** After a guest was forced at the end of its grace time: leave it off, or bring it back up. */
  readonly afterGrace: 'power-off' | 'power-cycle'
  readonly events: EventLog
  readonly meter: Metering
}

/** Writes what a round of jobs has come to; returns the jobs that follow from it. */
export async function writeOutcomes(tx: Tx, driven: readonly Driven[], options: OutcomeOptions): Promise<NewJob[]> {
  const followUps: NewJob[] = []
  const finished = new Map<Outcome, Machine[]>()
  const ended: number[] = []
  const events: NewStateChange[] = []
  for (const { job, machine, progress, forcedByGrace, failed } of driven) {
    if (!progress.done) {
      await postponeJob(tx, job, progress.lookAgainAt, failed ? job.attempts : 0)
      continue
    }
    const outcome = outcomeOf(job, forcedByGrace, options)
    finished.set(outcome, [...(finished.get(outcome) ?? []), machine])
    events.push(stateChange(job, machine, outcome, forcedByGrace, options.now))
    const next = followUp(job, machine, outcome, options)
    if (next === undefined) ended.push(job.instanceSeq)
    else followUps.push(next)
  }
  for (const [outcome, machines] of finished) await writeOutcome(tx, outcome, machines, options)
  await deleteJobs(tx, ended)
  await putJobs(tx, followUps)
  await options.events.record(tx, events)
  return followUps
}

type Outcome = 'provisioned' | 'running' | 'stopped' | 'restarting' | 'released'

function outcomeOf(job: Job, forcedByGrace: boolean, { afterGrace }: OutcomeOptions): Outcome {
  switch (job.kind) {
    case 'provision':
      return 'provisioned'
    case 'start':
      return 'running'
    case 'reboot':
      return 'restarting'
    case 'release':
      return 'released'
    case 'stop':
      return forcedByGrace && afterGrace === 'power-cycle' ? 'restarting' : 'stopped'
  }
}

const shown = {
  provisioned: { state: 'Starting', reason: 'created; the machine starts' },
  running: { state: 'Running', reason: 'the machine is on' },
  stopped: { state: 'Stopped', reason: 'the machine is off' },
  restarting: { state: 'Starting', reason: 'the machine is off and starts again' },
  released: { state: 'Deleted', reason: 'the machine is off and released' },
} as const

function stateChange(job: Job, machine: Machine, outcome: Outcome, forced: boolean, at: number): NewStateChange {
  const { state: newState, reason } = shown[outcome]
  const { accountId, regionId, seq: instanceSeq, id: instanceId } = machine
  const why = forced ? `the guest did not shut down in its grace time and was forced; ${reason}` : reason
  const { requestId } = job.payload
  return {
    at,
    accountId,
    regionId,
    instanceSeq,
    instanceId,
    state: newState,
    actor: 'platform',
    requestId,
    reason: why,
  }
}

async function writeOutcome(
  tx: Tx,
  outcome: Outcome,
  machines: readonly Machine[],
  { now, meter }: OutcomeOptions,
): Promise<void> {
  const ids = machines.map(machine => machine.id)
  const seqs = machines.map(machine => machine.seq)
  switch (outcome) {
    case 'provisioned':
      return updatePower(tx, ids, state('Pending', 'provisioned'))
    case 'running':
      return updatePower(tx, ids, {
        ...state('Starting', 'powered-on'),
        machinePower: 'on',
        startedAt: now,
        stopMode: null,
      })
    case 'stopped':
      await updatePower(tx, ids, { ...state('Stopping', 'powered-off'), machinePower: 'off' })
      return meter.stopped(tx, seqs, now)
    case 'restarting':
      return updatePower(tx, ids, {
        ...state('Stopping', 'powered-off-to-restart'),
        machinePower: 'off',
        intent: { power: 'on', by: 'localyun', at: now },
      })
    case 'released':
      await deleteInstances(tx, ids, { at: now, by: 'localyun' })
      return meter.update(tx, seqs, now)
  }
}

function state(from: Parameters<typeof transition>[0], event: Parameters<typeof transition>[1]) {
  const next = transition(from, event)
  if (next === undefined) throw new Error(`The lifecycle has no ${event} from ${from}.`)
  return next
}

/** Provisioned and restarting machines go on to start. */
function followUp(job: Job, machine: Machine, outcome: Outcome, options: OutcomeOptions): NewJob | undefined {
  if (outcome !== 'provisioned' && outcome !== 'restarting') return undefined
  return newJob(options.driver, 'start', machine, {
    at: options.now,
    force: false,
    graceMs: 0,
    requestId: job.payload.requestId,
  })
}
