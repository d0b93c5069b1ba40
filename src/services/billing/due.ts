import { periodMs, planExpiry } from '../../domain/billing/subscription.ts'
import { totalOf } from '../../domain/prices/rates.ts'
import { canPay } from './payments.ts'
import { withExpiry } from './subscriptions.ts'
import type { Instance, Machine } from '../../store/tables/instances/instances.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'
import { listExpiryDue, postponeExpiry, updateSubscription } from '../../store/tables/billing/subscriptions.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'
import { type DueOptions, lookAgainMs } from '../system-events/due.ts'

/**
 * Deals with subscriptions that have ended: they renew themselves, or the instance is locked and stopped, and released when
 * its time is over. Returns how many were looked at, and the machines that are to be destroyed.
 */
export async function expireDue(tx: Tx, options: DueOptions): Promise<{ count: number; released: Machine[] }> {
  const due = await listExpiryDue(tx, options.now, options.limit)
  const released: Machine[] = []
  for (const instance of due) if (await expire(tx, instance, options)) released.push(instance)
  return { count: due.length, released }
}

/** True when the instance is gone for good. */
async function expire(tx: Tx, instance: Instance, options: DueOptions): Promise<boolean> {
  const { now, meter } = options
  const origin = { at: now, actor: 'platform', by: 'expiry', requestId: '' } as const
  const { id, accountId, expiresAt, renewalStatus, beforeExpiry, details } = instance
  const endedAt = expiresAt ?? now
  const fen = meter.priceOf(instance, periodMs(details.renewal))
  const affordable = renewalStatus === 'AutoRenewal' && (await canPay(tx, accountId, totalOf(fen), now))
  const plan = planExpiry({ ...instance, expired: beforeExpiry !== null, affordable })
  switch (plan) {
    case 'renew': {
      const until = endedAt + periodMs(details.renewal)
      await meter.pay(tx, instance, { fen, note: 'renewed', at: now })
      await updateSubscription(tx, id, { ...instance, expiresAt: until, expiryDueAt: until })
      return false
    }
    case 'wait': {
      const job = await findJob(tx, instance.seq)
      await postponeExpiry(tx, id, Math.max(now + lookAgainMs, job?.dueAt ?? 0))
      return false
    }
    case 'lock':
    case 'lock-and-stop':
      await updateSubscription(tx, id, withExpiry(instance, endedAt))
      if (plan === 'lock-and-stop') {
        const order = { kind: 'stop', machines: [{ instance, force: false, mode: 'KeepCharging' }] } as const
        await orderPower(tx, order, { ...origin, reason: 'its subscription has ended' }, options)
      }
      return false
    case 'release':
      await releaseMachines(
        tx,
        [instance],
        { ...origin, reason: 'its subscription ended and was not renewed' },
        options,
      )
      return true
  }
}
