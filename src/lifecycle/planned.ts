import type { SpotMarket } from '../services/spot-market.ts'
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
  /** Releases, system events and interruptions. */
  readonly awaited: number
  /** Those, and the ends of subscriptions, which are far away and nobody's wish. */
  readonly all: number
}

export async function findNextPlannedTimes(tx: Tx): Promise<PlannedTimes> {
  const release = (await findNextReleaseTime(tx)) ?? Infinity
  const event = (await findNextSystemEventTime(tx)) ?? Infinity
  const expiry = (await findNextExpiryTime(tx)) ?? Infinity
  const interruption = (await findNextInterruptionTime(tx)) ?? Infinity
  const awaited = Math.min(release, event, interruption)
  return { awaited, all: Math.min(awaited, expiry) }
}

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(
  tx: Tx,
  { market, ...options }: DueOptions & { readonly market: SpotMarket },
): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  const interrupted = await interruptDue(tx, market, options)
  const expired = await expireDue(tx, options)
  return {
    count: released.length + carriedOut.count + interrupted.count + expired.count,
    released: [...released, ...carriedOut.released, ...interrupted.released, ...expired.released],
  }
}
