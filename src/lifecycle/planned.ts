import type { SpotMarket } from '../services/spot-market.ts'
import { findNextOtherEvent, findNextReactivation } from '../store/arrears.ts'
import { findNextSettlement } from '../store/balances.ts'
import { findNextReleaseTime, type Machine } from '../store/instances.ts'
import { findNextInterruptionTime } from '../store/spot-interruptions.ts'
import type { Tx } from '../store/store.ts'
import { findNextExpiryTime } from '../store/subscriptions.ts'
import { findNextSystemEventTime } from '../store/system-events.ts'
import { releaseDue } from './auto-release.ts'
import { interruptDue } from './spot-interruptions.ts'
import { expireDue } from './subscriptions.ts'
import { carryOutDue, type DueOptions } from './system-events.ts'

/** What the platform does by itself next; instance time, ms, Infinity when there is nothing. */
export interface PlannedTimes {
  /** Releases, system events, interruptions and reactivations. */
  readonly awaited: number
  /**
   * Those, and what only the bill and the calendar bring: nobody who lets a clock run until all is done wants it to run
   * until his account is empty, or a subscription ends.
   */
  readonly all: number
}

export async function findNextPlannedTimes(tx: Tx): Promise<PlannedTimes> {
  const awaited = earliest([
    await findNextReleaseTime(tx),
    await findNextOtherEvent(tx),
    await findNextInterruptionTime(tx),
    await findNextReactivation(tx),
  ])
  const others = [await findNextSystemEventTime(tx), await findNextExpiryTime(tx), await findNextSettlement(tx)]
  return { awaited, all: earliest([awaited, ...others]) }
}

function earliest(times: readonly (number | undefined)[]): number {
  return Math.min(...times.map(time => time ?? Infinity))
}

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(
  tx: Tx,
  { market, ...options }: DueOptions & { readonly market: SpotMarket },
): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const settled = await options.arrears.settleDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  const interrupted = await interruptDue(tx, market, options)
  const expired = await expireDue(tx, options)
  const reactivated = await options.reactivation.reactivateDue(tx, options)
  return {
    count: released.length + settled + carriedOut.count + interrupted.count + expired.count + reactivated,
    released: [...released, ...carriedOut.released, ...interrupted.released, ...expired.released],
  }
}
