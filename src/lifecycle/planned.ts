import { findNextOtherEvent, findNextReactivation } from '../store/arrears.ts'
import { findNextSettlement } from '../store/balances.ts'
import { findNextReleaseTime, type Machine } from '../store/instances.ts'
import type { Tx } from '../store/store.ts'
import { findNextSystemEventTime } from '../store/system-events.ts'
import { releaseDue } from './auto-release.ts'
import { carryOutDue, type DueOptions } from './system-events.ts'

/** When the next release, system event, settlement or reactivation is due; instance time, ms. */
export async function findNextPlannedTime(tx: Tx): Promise<number | undefined> {
  return earliest([
    await findNextReleaseTime(tx),
    await findNextSystemEventTime(tx),
    await findNextSettlement(tx),
    await findNextReactivation(tx),
  ])
}

/**
 * As findNextPlannedTime, without what only the bill brings: nobody who lets a clock run until all is done wants it to run
 * until his account is empty.
 */
export async function findNextAwaitedTime(tx: Tx): Promise<number | undefined> {
  return earliest([await findNextReleaseTime(tx), await findNextOtherEvent(tx), await findNextReactivation(tx)])
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter(time => time !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/** Does what is planned for instances and due. Returns how much that was, and the machines that are to be destroyed. */
export async function runPlanned(tx: Tx, options: DueOptions): Promise<{ count: number; released: Machine[] }> {
  const released = await releaseDue(tx, options)
  const settled = await options.arrears.settleDue(tx, options)
  const carriedOut = await carryOutDue(tx, options)
  const reactivated = await options.reactivation.reactivateDue(tx, options)
  const count = released.length + settled + carriedOut.count + reactivated
  return { count, released: [...released, ...carriedOut.released] }
}
