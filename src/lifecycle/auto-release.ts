import { giveBackCapacity } from '../services/capacity.ts'
import type { EventLog } from '../services/events.ts'
import { deleteInstances, listReleaseDue, type Machine } from '../store/instances.ts'
import { deleteJobs } from '../store/jobs.ts'
import type { Tx } from '../store/store.ts'

/**
 * Releases the instances whose AutoReleaseTime has come, whatever their status; stopping does not put it off, and
 * release protection does not stand in its way. Returns the machines that are to be destroyed.
 */
export async function releaseDue(
  tx: Tx,
  { now, limit, events }: { now: number; limit: number; events: EventLog },
): Promise<Machine[]> {
  const machines = await listReleaseDue(tx, now, limit)
  if (machines.length === 0) return []
  await deleteJobs(
    tx,
    machines.map(machine => machine.seq),
  )
  await giveBackCapacity(tx, machines)
  await deleteInstances(
    tx,
    machines.map(machine => machine.id),
    { at: now, by: 'auto-release' },
  )
  await events.record(
    tx,
    machines.map(({ id: instanceId, seq: instanceSeq, accountId, regionId }) => ({
      at: now,
      accountId,
      regionId,
      instanceSeq,
      instanceId,
      state: 'Deleted' as const,
      actor: 'auto-release' as const,
      requestId: '',
      reason: 'its AutoReleaseTime has come',
    })),
  )
  return machines
}
