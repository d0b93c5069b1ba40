import { giveBackCapacity } from './capacity.ts'
import type { EventLog } from '../events/events.ts'
import type { Actor } from '../../store/tables/events.ts'
import type { Metering } from '../billing/metering.ts'
import { deleteInstances, listReleaseDue, type Machine } from '../../store/tables/instances/instances.ts'
import { deleteJobs } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'

/**
 * Releases the instances whose AutoReleaseTime has come, whatever their status; stopping does not put it off, and
 * release protection does not stand in its way. Returns the machines that are to be destroyed.
 */
export async function releaseDue(
  tx: Tx,
  { now, limit, events, meter }: { now: number; limit: number; events: EventLog; meter: Metering },
): Promise<Machine[]> {
  const machines = await listReleaseDue(tx, now, limit)
  if (machines.length > 0) {
    await releaseMachines(tx, machines, {
      now,
      events,
      meter,
      by: 'auto-release',
      actor: 'auto-release',
      reason: 'its AutoReleaseTime has come',
    })
  }
  return machines
}

interface PlatformRelease {
  /** Instance time, ms. */
  readonly now: number
  readonly events: EventLog
  readonly meter: Metering
  /** For the tombstone. */
  readonly by: string
  readonly actor: Actor
  readonly reason: string
}

/** Releases by the platform, at once and for good. */
export async function releaseMachines(
  tx: Tx,
  machines: readonly Machine[],
  { now, events, meter, by, actor, reason }: PlatformRelease,
): Promise<void> {
  await deleteJobs(
    tx,
    machines.map(machine => machine.seq),
  )
  await giveBackCapacity(tx, machines)
  const freed = await deleteInstances(
    tx,
    machines.map(machine => machine.id),
    { at: now, by },
  )
  await meter.update(tx, [...machines.map(({ seq }) => ({ seq, at: now })), ...freed])
  await events.record(
    tx,
    machines.map(({ id: instanceId, seq: instanceSeq, accountId, regionId }) => ({
      at: now,
      accountId,
      regionId,
      instanceSeq,
      instanceId,
      state: 'Deleted' as const,
      actor,
      requestId: '',
      reason,
    })),
  )
}
