import type { ComputeDriver, DrivenMachine, Progress } from '../compute/driver.ts'
import type { Job, JobKind, JobPayload, NewJob } from '../store/jobs.ts'

/** The step of the machine that a job is waiting for. A reboot waits for its stop first; then it goes on as a start. */
const stepOf = { provision: 'provision', start: 'start', stop: 'stop', reboot: 'stop', release: 'stop' } as const

/** A job for a step that was ordered just now, due when the driver first wants to be asked. */
export function newJob(
  driver: ComputeDriver,
  kind: JobKind,
  machine: DrivenMachine & { readonly seq: number },
  order: { at: number; force: boolean; graceMs: number; requestId: string; systemEventId?: string | undefined },
): NewJob {
  const payload: JobPayload = {
    orderedAt: order.at,
    force: order.force,
    forceAt: order.at + order.graceMs,
    requestId: order.requestId,
    ...(order.systemEventId === undefined ? {} : { systemEventId: order.systemEventId }),
  }
  return {
    kind,
    instanceSeq: machine.seq,
    instanceId: machine.id,
    dueAt: firstLook(driver, kind, machine, payload),
    payload,
  }
}

/** How far a job's step is. */
export interface Look {
  readonly progress: Progress
  /** The guest did not shut down in its grace time, so its power was cut. */
  readonly forcedByGrace: boolean
}

/** Asks the driver how far the job's step is, cutting the power when the guest's grace time has passed. */
export async function drive(driver: ComputeDriver, job: Job, machine: DrivenMachine, now: number): Promise<Look> {
  const { orderedAt, force, forceAt } = job.payload
  const step = stepOf[job.kind]
  const asOrdered = { orderedAt, force }
  if (step !== 'stop' || force) {
    return { progress: await driver[step](machine, asOrdered, now), forcedByGrace: false }
  }
  // Even a look that comes late, after a restart, asks first whether the guest was off in time.
  if (job.dueAt <= forceAt) {
    const progress = await driver.stop(machine, asOrdered, Math.min(now, forceAt))
    if (progress.done) return { progress, forcedByGrace: false }
    if (now < forceAt) {
      return { progress: { done: false, lookAgainAt: Math.min(progress.lookAgainAt, forceAt) }, forcedByGrace: false }
    }
  }
  return { progress: await driver.stop(machine, { orderedAt: forceAt, force: true }, now), forcedByGrace: true }
}

/** When the driver first wants to be asked about a job; a guest is never waited for longer than its grace time. */
export function firstLook(driver: ComputeDriver, kind: JobKind, machine: DrivenMachine, payload: JobPayload): number {
  const step = stepOf[kind]
  const first = driver.firstLookAt(step, machine, { orderedAt: payload.orderedAt, force: payload.force })
  return step === 'stop' && !payload.force ? Math.min(first, payload.forceAt) : first
}
