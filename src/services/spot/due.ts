import type { DueWork } from '../../engine/due-work.ts'
import type { PowerParts } from '../instances/batch.ts'
import { lookAgainAt } from '../instances/look-again.ts'
import { isEligibleForEconomicalMode } from '../../domain/instances/economical-mode.ts'
import { type Instance } from '../../store/tables/instances/instances.ts'
import { updateLocks } from '../../store/tables/instances/attributes.ts'
import { listInstancesByNumber } from '../../store/tables/instances/instances.ts'
import {
  deleteInterruption,
  listDueInterruptions,
  nextInterruption,
  updateInterruption,
} from '../../store/tables/spot/interruptions.ts'
import type { Tx } from '../../store/store.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'

const origin = {
  actor: 'platform',
  by: 'spot-interruption',
  requestId: '',
  reason: 'taken back after its notice (PreemptibleInstanceInterruption)',
} as const

/**
 * Gives notice to spot instances whose protection has ended, and takes back those that had theirs: by `SpotInterruptionBehavior`
 * released, or stopped in economical mode.
 */
export function dueInterruptions(parts: PowerParts): DueWork {
  return {
    name: 'interruptions of spot instances',
    next: nextInterruption,
    awaited: nextInterruption,
    async run(tx, now, limit) {
      const due = await listDueInterruptions(tx, now, limit)
      if (due.length === 0) return 0
      const found = await listInstancesByNumber(
        tx,
        due.map(one => one.instanceSeq),
      )
      const instances = new Map(found.map(one => [one.seq, one]))
      for (const planned of due) {
        const instance = instances.get(planned.instanceSeq)
        if (instance === undefined) await deleteInterruption(tx, planned.instanceSeq)
        else if (planned.noticedAt !== null) await takeBack(tx, instance, { noticedAt: planned.noticedAt, now }, parts)
        else if (!(await parts.market.notify(tx, instance, planned))) await deleteInterruption(tx, instance.seq)
      }
      return due.length
    },
  }
}

async function takeBack(
  tx: Tx,
  instance: Instance,
  { noticedAt, now }: { readonly noticedAt: number; readonly now: number },
  parts: PowerParts,
): Promise<void> {
  const { seq, id, status, details } = instance
  if (details.spotInterruptionBehavior !== 'Stop') {
    return releaseMachines(tx, [instance], { ...origin, at: now }, parts)
  }
  if (status !== 'Running' && status !== 'Stopped') {
    return updateInterruption(tx, { instanceSeq: seq, noticedAt, dueAt: await lookAgainAt(tx, seq, now) })
  }
  await deleteInterruption(tx, seq)
  // From here on its status says what it is; once it is off it may be started again.
  await updateLocks(
    tx,
    id,
    instance.locks.filter(lock => lock !== 'Recycling'),
  )
  if (status === 'Stopped') return
  const mode = isEligibleForEconomicalMode(instance) ? 'StopCharging' : 'KeepCharging'
  const order = { kind: 'stop', machines: [{ instance, force: false, mode }] } as const
  await orderPower(tx, order, { ...origin, at: now }, parts)
}
