import type { EventLog } from '../services/events.ts'
import type { Metering } from '../services/metering.ts'
import { deleteInstances, listReleaseDue, type Machine } from '../store/instances.ts'
import { deleteJobs } from '../store/jobs.ts'
import type { Tx } from '../store/store.ts'

/**
 * Releases the instances whose AutoReleaseTime has come, whatever their status; stopping does not put it off, and
 * release protection does not stand in its way. Returns the machines that are to be destroyed.
 */
export async function releaseDue(
  tx: Tx,
  { now, limit, events, meter }: { now: number; limit: number; events: EventLog; meter: Metering },
): Promise<Machine[]> {
  const machines = await listReleaseDue(tx, now, limit)
  if (machines.length === 0) return []
  const seqs = machines.map(machine => machine.seq)
  await deleteJobs(tx, seqs)
  await deleteInstances(
    tx,
    machines.map(machine => machine.id),
    { at: now, by: 'auto-release' },
  )
  await meter.update(tx, seqs, now)
  await events.record(
    tx,
    machines.map(({ id: instanceId, seq: instanceSeq, accountId, regionId }) => ({
      at: now,
      accountId,
      regionId,
      instanceSeq,
      instanceId,
      state: 'Deleted' as const,
      actor: 'platform' as const,
      requestId: '',
      reason: 'its AutoReleaseTime has come',
    })),
  )
  return machines
}
