import { isEligible } from '../../domain/prices/rates.ts'
import { transition } from '../../domain/instances/transitions.ts'
import type { SpotMarket } from './market.ts'
import { type Instance, type Machine, updateLocks, updatePower } from '../../store/tables/instances/instances.ts'
import { findJob, putJobs } from '../../store/tables/instances/jobs.ts'
import { listInstancesByNumber } from '../../store/tables/billing/meter.ts'
import { deleteInterruption, listDueInterruptions, updateInterruption } from '../../store/tables/spot/interruptions.ts'
import type { Tx } from '../../store/store.ts'
import { releaseMachines } from '../instances/auto-release.ts'
import { newJob } from '../instances/steps.ts'
import type { DueOptions } from '../system-events/due.ts'

/** How soon an interruption looks again at an instance that is in the middle of something; instance time, ms. */
const lookAgainMs = 1_000
const by = 'spot-interruption'
const reason = 'taken back after its notice (PreemptibleInstanceInterruption)'

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
  const { now, events, meter } = options
  const { seq, id, status, details } = instance
  if (details.spotInterruptionBehavior !== 'Stop') {
    await releaseMachines(tx, [instance], { now, events, meter, by, actor: 'platform', reason })
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
  await stop(tx, instance, options)
  return 'stopped'
}

/** As InstanceService orders a stop, by the platform. */
async function stop(tx: Tx, instance: Instance, { driver, now, graceMs, events }: DueOptions): Promise<void> {
  const next = transition(instance.status, 'stop-ordered')
  if (next === undefined) throw new Error(`A stop was planned for ${instance.status}.`)
  const { accountId, regionId, seq: instanceSeq, id: instanceId } = instance
  await updatePower(tx, [instanceId], {
    ...next,
    intent: { power: 'off', by, at: now },
    stopMode: isEligible(instance) ? 'StopCharging' : 'KeepCharging',
  })
  await putJobs(tx, [newJob(driver, 'stop', instance, { at: now, force: false, graceMs, requestId: '' })])
  const state = { at: now, accountId, regionId, instanceSeq, instanceId, state: 'Stopping' } as const
  await events.record(tx, [{ ...state, actor: 'platform', requestId: '', reason }])
}
