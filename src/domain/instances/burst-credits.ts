import type { InstanceType } from '../catalogue/instance-types.ts'
import { hourMs } from '../time.ts'
import type { InstanceFacts } from './types.ts'

export interface CreditFacts extends Pick<InstanceFacts, 'status' | 'stopMode'> {
  /** Since when credits are earned: the creation, or the first start after an economical stop; instance time, ms. */
  readonly creditsSince: number
}

/**
 * The CPU credits of an idle instance of a burstable type, undefined of another: those it began with, and what it has
 * earned, 24 hours' worth at most. A stop in standard mode changes nothing, it goes on earning; an economical stop voids them all,
 * and the next start begins anew (help page "Overview of burstable instances"). No guest spends any here.
 */
export function creditsAt(facts: CreditFacts, type: InstanceType | undefined, now: number): number | undefined {
  if (type?.credits === undefined) return undefined
  if (facts.status === 'Stopped' && facts.stopMode === 'StopCharging') return 0
  const { initial, baseline } = type.credits
  // A credit is one vCPU for a minute; the baseline is in percent of one.
  const perHour = (baseline / 100) * 60
  const hours = Math.min(24, Math.max(0, now - facts.creditsSince) / hourMs)
  return initial + Math.round(perHour * hours * 1000) / 1000
}
