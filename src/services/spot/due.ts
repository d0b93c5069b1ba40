import { isEligibleForEconomicalMode } from '../../domain/instances/economical-mode.ts'
import type { SpotMarket } from './market.ts'
import { type Instance, type Machine, updateLocks } from '../../store/tables/instances/instances.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'
import { listInstancesByNumber } from '../../store/tables/billing/meter.ts'
import { deleteInterruption, listDueInterruptions, updateInterruption } from '../../store/tables/spot/interruptions.ts'
import type { Tx } from '../../store/store.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'
import type { DueOptions } from '../system-events/due.ts'

/** How soon an interruption looks again at an instance that is in the middle of something; instance time, ms. */
const lookAgainMs = 1_000
const origin = {
  actor: 'platform',
  by: 'spot-interruption',
  requestId: '',
  reason: 'taken back after its notice (PreemptibleInstanceInterruption)',
} as const

/**
 * Gives notice to spot instances whose protection has ended, and takes back those that had theirs: by `SpotInterruptionBehavior`
 * released, or stopped in economical mode. Returns how many were looked at, and the machines that are to be destroyed.
 */
export async function interruptDue(
  tx: Tx,
  market: SpotMarket,
  options: DueOptions,
): Promise<{ count: number; released: Machine[] }> {
  const due = await listDueInterruptions(tx, options.now, options.limit)
  if (due.length === 0) return { count: 0, released: [] }
  const found = await listInstancesByNumber(
    tx,
    due.map(one => one.instanceSeq),
  )
  const instances = new Map(found.map(one => [one.seq, one]))
  const released: Machine[] = []
  for (const planned of due) {
    const instance = instances.get(planned.instanceSeq)
    if (instance === undefined) await deleteInterruption(tx, planned.instanceSeq)
    else if (planned.noticedAt !== null) {
      if ((await takeBack(tx, instance, planned.noticedAt, options)) === 'released') released.push(instance)
    } else if (!(await market.notify(tx, instance, planned))) await deleteInterruption(tx, instance.seq)
  }
  return { count: due.length, released }
}

async function takeBack(
  tx: Tx,
  instance: Instance,
  noticedAt: number,
  options: DueOptions,
): Promise<'released' | 'stopped' | 'waits' | 'off'> {
  const { now } = options
  const { seq, id, status, details } = instance
  if (details.spotInterruptionBehavior !== 'Stop') {
    await releaseMachines(tx, [instance], { ...origin, at: now }, options)
    return 'released'
  }
  if (status !== 'Running' && status !== 'Stopped') {
    const job = await findJob(tx, seq)
    await updateInterruption(tx, { instanceSeq: seq, noticedAt, dueAt: Math.max(now + lookAgainMs, job?.dueAt ?? 0) })
    return 'waits'
  }
  await deleteInterruption(tx, seq)
  // From here on its status says what it is; once it is off it may be started again.
  await updateLocks(
    tx,
    id,
    instance.locks.filter(lock => lock !== 'Recycling'),
  )
  if (status === 'Stopped') return 'off'
  const mode = isEligibleForEconomicalMode(instance) ? 'StopCharging' : 'KeepCharging'
  const order = { kind: 'stop', machines: [{ instance, force: false, mode }] } as const
  await orderPower(tx, order, { ...origin, at: now }, options)
  return 'stopped'
}
