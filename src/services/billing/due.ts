import { periodMs, planExpiry } from '../../domain/billing/subscription.ts'
import type { DueWork } from '../../engine/due-work.ts'
import { totalOf } from '../../domain/prices/rates.ts'
import type { PowerParts } from '../instances/batch.ts'
import { lookAgainAt } from '../instances/look-again.ts'
import type { ArrearsService } from './arrears.ts'
import { canPay } from './payments.ts'
import { nextSettlement } from '../../store/tables/billing/balances.ts'
import { withExpiry } from './subscriptions.ts'
import type { Instance } from '../../store/tables/instances/instances.ts'
import type { Tx } from '../../store/store.ts'
import {
  listExpiryDue,
  nextExpiry,
  postponeExpiry,
  updateSubscription,
} from '../../store/tables/billing/subscriptions.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'

/** Settles the accounts that may be empty. */
export function dueSettlements(arrears: ArrearsService): DueWork {
  return {
    name: 'settlements of accounts',
    next: nextSettlement,
    awaited: undefined,
    run: (tx, now, limit) => arrears.settleDue(tx, { now, limit }),
  }
}

/**
 * Deals with subscriptions that have ended: they renew themselves, or the instance is locked and stopped, and released when
 * its time is over.
 */
export function dueExpiries(parts: PowerParts): DueWork {
  return {
    name: 'ends of subscriptions',
    next: nextExpiry,
    awaited: undefined,
    async run(tx, now, limit) {
      const due = await listExpiryDue(tx, now, limit)
      for (const instance of due) await expire(tx, instance, now, parts)
      return due.length
    },
  }
}

async function expire(tx: Tx, instance: Instance, now: number, parts: PowerParts): Promise<void> {
  const { meter } = parts
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
      await updateSubscription(tx, id, { expiresAt: until, expiryDueAt: until })
      return
    }
    case 'wait':
      return postponeExpiry(tx, id, await lookAgainAt(tx, instance.seq, now))
    case 'lock':
    case 'lock-and-stop':
      await updateSubscription(tx, id, withExpiry(instance, endedAt))
      if (plan === 'lock-and-stop') {
        const order = { kind: 'stop', machines: [{ instance, force: false, mode: 'KeepCharging' }] } as const
        await orderPower(tx, order, { ...origin, reason: 'its subscription has ended' }, parts)
      }
      return
    case 'release':
      await releaseMachines(tx, [instance], { ...origin, reason: 'its subscription ended and was not renewed' }, parts)
      return
  }
}
