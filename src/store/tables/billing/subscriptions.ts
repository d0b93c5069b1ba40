import sql from 'sql-template-tag'
import { type Instance, type InstanceRow, toInstance } from '../instances/instances.ts'
import type { Tx } from '../../store.ts'

/** When the next subscription ends, or is to be released after that; instance time, ms. */
export const nextExpiry = sql`select min(expiry_due_at) as at from instances where expiry_due_at is not null`

/** Subscriptions whose end is to be dealt with (instance time, ms), the oldest first; the rows stay locked. */
export async function listExpiryDue(tx: Tx, now: number, limit: number): Promise<Instance[]> {
  const rows = await tx.all<InstanceRow>(sql`
    select * from instances where expiry_due_at is not null and expiry_due_at <= ${now}
    order by expiry_due_at, seq limit ${limit} ${tx.dialect.skipLocked}`)
  return rows.map(toInstance)
}

export async function postponeExpiry(tx: Tx, id: string, dueAt: number): Promise<void> {
  await tx.run(sql`update instances set expiry_due_at = ${dueAt} where id = ${id}`)
}

type Subscription = Pick<
  Instance,
  'chargeType' | 'expiresAt' | 'renewalStatus' | 'expiryDueAt' | 'beforeExpiry' | 'locks' | 'details'
>

/** Writes how an instance is charged, and what its subscription has come to. */
export async function updateSubscription(tx: Tx, id: string, subscription: Subscription): Promise<void> {
  const { chargeType, expiresAt, renewalStatus, expiryDueAt, beforeExpiry, locks, details } = subscription
  await tx.run(sql`
    update instances set charge_type = ${chargeType}, expires_at = ${expiresAt}, renewal_status = ${renewalStatus},
      expiry_due_at = ${expiryDueAt}, before_expiry = ${beforeExpiry}, locks = ${JSON.stringify(locks)},
      details = ${JSON.stringify(details)}
    where id = ${id}`)
}
