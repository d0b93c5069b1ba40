import { findNextReleaseTime, type Machine } from '../store/instances.ts'
import type { Tx } from '../store/store.ts'
import { findNextSystemEventTime } from '../store/system-events.ts'
import { releaseDue } from './auto-release.ts'
import { carryOutDue, type DueOptions } from './system-events.ts'

/** When the next release or system event is due; instance time, ms. */
export async function findNextPlannedTime(tx: Tx): Promise<number | undefined> {
  const release = await findNextReleaseTime(tx)
  const event = await findNextSystemEventTime(tx)
  return release === undefined || event === undefined ? (release ?? event) : Math.min(release, event)
}

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(tx: Tx, options: DueOptions): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  return { count: released.length + carriedOut.count, released: [...released, ...carriedOut.released] }
}
