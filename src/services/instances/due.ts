import { listReleaseDue, type Machine } from '../../store/tables/instances/instances.ts'
import type { Tx } from '../../store/store.ts'
import type { EventLog } from '../events/events.ts'
import type { Metering } from '../billing/metering.ts'
import { releaseMachines } from './release.ts'

/**
 * Releases the instances whose AutoReleaseTime has come, whatever their status; stopping does not put it off, and
 * release protection does not stand in its way. Returns the machines that are to be destroyed.
 */
export async function releaseDue(
  tx: Tx,
  options: { now: number; limit: number; events: EventLog; meter: Metering },
): Promise<Machine[]> {
  const { now, limit } = options
  const machines = await listReleaseDue(tx, now, limit)
  const reason = 'its AutoReleaseTime has come'
  const origin = { at: now, actor: 'auto-release', by: 'auto-release', requestId: '', reason } as const
  await releaseMachines(tx, machines, origin, options)
  return machines
}
