import type { InstanceFacts } from '../instances/types.ts'
import { hourMs, minuteMs } from '../time.ts'

/** How long ahead the platform says that it takes a spot instance back, ms (help page "Instance event notification"). */
export const interruptionNoticeMs = 5 * minuteMs

/** On which terms a spot instance is held. */
export interface SpotTerms extends Pick<InstanceFacts, 'spotStrategy'> {
  /** Instance time, ms. */
  readonly createdAt: number
  readonly details: {
    /** CNY an hour. */
    readonly spotPriceLimit: number
    /** Hours. */
    readonly spotDuration: number
  }
}

/** The market asks more than the instance's limit. `price` is CNY an hour; limits have three decimals. */
export function isOutbid({ spotStrategy, details }: Omit<SpotTerms, 'createdAt'>, price: number): boolean {
  return spotStrategy === 'SpotWithPriceLimit' && toMicro(details.spotPriceLimit) < toMicro(price)
}

/** Until then the instance is not taken back, whatever the market says; instance time, ms (`SpotDuration`). */
export function protectedUntil({ createdAt, details }: SpotTerms): number {
  return createdAt + details.spotDuration * hourMs
}

/** What an interruption finds: only an instance that is on, or on its way there, can be taken back. */
export function isInterruptible({ status, operation }: Pick<InstanceFacts, 'status' | 'operation'>): boolean {
  return status !== 'Stopped' && operation !== 'stop' && operation !== 'release'
}

/** Prices are kept in millionths of a yuan. */
export function toMicro(yuan: number): number {
  return Math.round(yuan * 1e6)
}
