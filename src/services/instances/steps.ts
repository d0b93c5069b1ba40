import type { ComputeDriver, DrivenMachine, Progress } from '../../compute/driver.ts'
import type { InstanceEffect } from '../../domain/faults/rule.ts'
import {
  type Job,
  type JobFault,
  type JobKind,
  type JobPayload,
  never,
  type NewJob,
} from '../../store/tables/instances/jobs.ts'

/** The step of the machine that a job is waiting for. A reboot waits for its stop first; then it goes on as a start. */
const stepOf = {
  provision: 'provision',
  start: 'start',
  stop: 'stop',
  deallocate: 'deallocate',
  reboot: 'stop',
  release: 'stop',
} as const

/** A machine, and where it is; see InstanceFacts. */
type JobMachine = DrivenMachine & { readonly hostId: string | null }

/** A job for a step that was ordered just now, due when the driver first wants to be asked. */
export function newJob(
  driver: ComputeDriver,
  kind: JobKind,
  machine: JobMachine & { readonly seq: number },
  order: JobOrder,
): NewJob {
  const { at, force, graceMs, requestId, effect, systemEventId } = order
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

export interface JobOrder {
  /** Instance time, ms. */
  readonly at: number
  readonly force: boolean
  readonly graceMs: number
  readonly requestId: string
  /** The system event that orders it. */
  readonly systemEventId?: string | undefined
  /** What the order met. */
  readonly effect?: InstanceEffect | undefined
}

/** What is left of an effect for the job to do. */
function toJobFault(effect: InstanceEffect): JobFault | undefined {
  switch (effect.kind) {
    case 'stuck':
      return { guest: { shutdown: 'ignore' } }
    case 'slow-guest':
      return { guest: { shutdown: 'slow', seconds: effect.seconds } }
    case 'revert':
      return { revertBecause: effect.reason }
    case 'driver-failure':
      return { failingTries: effect.tries }
    case 'refuse':
    case 'stale':
      return undefined
  }
}

/** The machine as the job's driver is to see it. */
function asSeenBy(payload: JobPayload, machine: DrivenMachine): DrivenMachine {
  const guest = payload.fault?.guest
  return guest === undefined ? machine : { id: machine.id, guest }
}

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
export async function drive(driver: ComputeDriver, job: Job, machine: DrivenMachine, now: number): Promise<Look> {
  const { orderedAt, force, forceAt, fault } = job.payload
  if (job.attempts <= (fault?.failingTries ?? 0)) throw new Error('A fault rule lets this machine fail.')
  if (fault?.revertBecause !== undefined) return { progress: { done: true }, forcedByGrace: false }
  const seen = asSeenBy(job.payload, machine)
  const step = stepOf[job.kind]
  const asOrdered = { orderedAt, force }
  if (step !== 'stop' || force) {
    return { progress: await driver[step](seen, asOrdered, now), forcedByGrace: false }
  }
  // Even a look that comes late, after a restart, asks first whether the guest was off in time.
  if (job.dueAt <= forceAt) {
    const progress = await driver.stop(seen, asOrdered, Math.min(now, forceAt))
    if (progress.done) return { progress, forcedByGrace: false }
    if (now < forceAt) {
      return { progress: { done: false, lookAgainAt: Math.min(progress.lookAgainAt, forceAt) }, forcedByGrace: false }
    }
  }
  return { progress: await driver.stop(seen, { orderedAt: forceAt, force: true }, now), forcedByGrace: true }
}

/** When the driver first wants to be asked about a job; a guest is never waited for longer than its grace time. */
export function firstLook(driver: ComputeDriver, kind: JobKind, machine: JobMachine, payload: JobPayload): number {
  // The driver of its host, which may be another one, wants to be asked at once.
  if (machine.hostId !== null) return payload.orderedAt
  const step = stepOf[kind]
  const first = driver.firstLookAt(step, asSeenBy(payload, machine), {
    orderedAt: payload.orderedAt,
    force: payload.force,
  })
  return step === 'stop' && !payload.force ? Math.min(first, payload.forceAt) : first
}
