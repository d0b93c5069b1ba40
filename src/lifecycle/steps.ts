import type { ComputeDriver, DrivenMachine, Order, Progress, Step } from '../compute/driver.ts'
import type { JobKind, JobPayload, NewJob } from '../store/jobs.ts'

/** The step of the machine that a job is waiting for. A reboot waits for its stop first; then it goes on as a start. */
const stepOf = { provision: 'provision', start: 'start', stop: 'stop', reboot: 'stop', release: 'stop' } as const

/** A job for a step that was ordered just now, due when the driver first wants to be asked. */
export function newJob(
  driver: ComputeDriver,
  kind: JobKind,
  machine: DrivenMachine,
  order: { at: number; force: boolean; graceMs: number; requestId: string },
): NewJob {
  const payload: JobPayload = {
    orderedAt: order.at,
    force: order.force,
    forceAt: order.at + order.graceMs,
    requestId: order.requestId,
  }
  return { kind, instanceId: machine.id, dueAt: dueTime(driver, stepOf[kind], machine, payload), payload }
}

/** Asks the driver how far the job's step is, cutting the power when the guest's grace time has passed. */
export async function drive(
  driver: ComputeDriver,
  kind: JobKind,
  machine: DrivenMachine,
  payload: JobPayload,
  now: number,
): Promise<Progress> {
  const step = stepOf[kind]
  const progress = await driver[step](machine, currentOrder(step, payload, now), now)
  if (progress.done || step !== 'stop' || payload.force) return progress
  return { done: false, lookAgainAt: nextLook(payload, now, progress.lookAgainAt) }
}

function dueTime(driver: ComputeDriver, step: Step, machine: DrivenMachine, payload: JobPayload): number {
  const first = driver.firstLookAt(step, machine, { orderedAt: payload.orderedAt, force: payload.force })
  return step === 'stop' && !payload.force ? Math.min(first, payload.forceAt) : first
}

function currentOrder(step: Step, payload: JobPayload, now: number): Order {
  const graceIsOver = step === 'stop' && !payload.force && now >= payload.forceAt
  return graceIsOver
    ? { orderedAt: payload.forceAt, force: true }
    : { orderedAt: payload.orderedAt, force: payload.force }
}

function nextLook(payload: JobPayload, now: number, lookAgainAt: number): number {
  return now < payload.forceAt ? Math.min(lookAgainAt, payload.forceAt) : lookAgainAt
}
