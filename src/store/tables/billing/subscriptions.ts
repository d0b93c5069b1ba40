import sql from 'sql-template-tag'
import type { Tx } from '../../store.ts'
import { type Instance, instances } from '../instances/instances.ts'

/** When the next subscription ends, or is to be released after that; instance time, ms. */
export const nextExpiry = sql`select min(expiry_due_at) as at from instances where expiry_due_at is not null`

/** Subscriptions whose end is to be dealt with (instance time, ms), the oldest first; the rows stay locked. */
export function listExpiryDue(tx: Tx, now: number, limit: number): Promise<Instance[]> {
  return instances.all.list(
    tx,
    sql`where expiry_due_at is not null and expiry_due_at <= ${now}
      order by expiry_due_at, seq limit ${limit} ${tx.dialect.skipLocked}`,
  )
}

export async function postponeExpiry(tx: Tx, id: string, dueAt: number): Promise<void> {
  await instances.update(tx, { expiryDueAt: dueAt }, sql`id = ${id}`)
}

type Subscription = Pick<
  Instance,
  'chargeType' | 'expiresAt' | 'renewalStatus' | 'expiryDueAt' | 'beforeExpiry' | 'locks' | 'details'
>

/** Writes how an instance is charged, and what its subscription has come to; what is left out stays as it is. */
export async function updateSubscription(
  tx: Tx,
  id: string,
  { chargeType, expiresAt, renewalStatus, expiryDueAt, beforeExpiry, locks, details }: Partial<Subscription>,
): Promise<void> {
  const changes = { chargeType, expiresAt, renewalStatus, expiryDueAt, beforeExpiry, locks, details }
  await instances.update(tx, changes, sql`id = ${id}`)
}
