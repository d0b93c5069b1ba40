import type { SpotMarket } from '../services/spot-market.ts'
import { findNextReleaseTime, type Machine } from '../store/instances.ts'
import { findNextInterruptionTime } from '../store/spot-interruptions.ts'
import type { Tx } from '../store/store.ts'
import { findNextSystemEventTime } from '../store/system-events.ts'
import { releaseDue } from './auto-release.ts'
import { interruptDue } from './spot-interruptions.ts'
import { carryOutDue, type DueOptions } from './system-events.ts'

/** When the next release, system event or interruption is due; instance time, ms. */
export async function findNextPlannedTime(tx: Tx): Promise<number | undefined> {
  const release = await findNextReleaseTime(tx)
  const event = await findNextSystemEventTime(tx)
  const interruption = await findNextInterruptionTime(tx)
  const times = [release, event, interruption].filter(time => time !== undefined)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(
  tx: Tx,
  { market, ...options }: DueOptions & { readonly market: SpotMarket },
): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  const interrupted = await interruptDue(tx, market, options)
  return {
    count: released.length + carriedOut.count + interrupted.count,
    released: [...released, ...carriedOut.released, ...interrupted.released],
  }
}
