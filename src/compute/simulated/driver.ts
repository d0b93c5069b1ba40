import { hashFraction } from '../../platform/random.ts'
import type { Ask, ComputeDriver, DrivenMachine, Order, Progress, Step } from '../driver.ts'
import type { Timing } from './timing.ts'

/** Each duration varies by up to this part of itself, so that a batch does not end in one instant. */
const spread = 0.1

/**
 * Simulated machines: a step is done when its time has passed. The time depends on seed, machine and order
 * alone, so nothing is kept and any process gives the same answer, before and after a crash.
 */
export function createSimulatedDriver(timing: Timing, seed: string): ComputeDriver {
  const doneAt = (step: Step, machine: DrivenMachine, order: Order): number => {
    const durationMs = stepDuration(timing, step, machine, order)
    if (durationMs === Infinity) return Infinity
    const fraction = hashFraction(seed, machine.id, step, order.orderedAt)
    return order.orderedAt + Math.round(durationMs * (1 + spread * (2 * fraction - 1)))
  }
  const look = (step: Step) =>
    atOnce(async (machine: DrivenMachine, order: Order, now: number): Promise<Progress> => {
      const at = doneAt(step, machine, order)
      return now >= at ? { done: true } : { done: false, lookAgainAt: at }
    })
  return {
    name: 'simulated',
    firstLookAt: doneAt,
    provision: look('provision'),
    start: look('start'),
    stop: look('stop'),
    deallocate: look('deallocate'),
    destroy: atOnce(async () => undefined),
  }
}

function stepDuration(timing: Timing, step: Step, { guest }: DrivenMachine, { force }: Order): number {
  if (step === 'provision') return timing.pendingMs
  if (step === 'start') return timing.startMs
  if (step === 'deallocate') return timing.deallocateMs
  if (force) return timing.forcedStopMs
  if (guest.shutdown === 'ignore') return Infinity
  return guest.shutdown === 'slow' ? (guest.seconds ?? 60) * 1000 : timing.stopMs
}

function atOnce<Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>): Ask<Args, Answer> {
  return Object.assign(ask, { atOnce: true as const })
}
