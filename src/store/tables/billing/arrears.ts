import sql, { join } from 'sql-template-tag'
import { type SystemEventType, systemEventTypeNames } from '../../../domain/system-events/system-events.ts'
import type { LockReason } from '../../../domain/instances/types.ts'
import { number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'
import { instances } from '../instances/instances.ts'
import { systemEvents } from '../system-events.ts'

const debtors = instances.select('id', 'seq', 'accountId', 'regionId', 'locks')
/** What an account in arrears can lose: a pay-as-you-go instance, spot ones among them. */
export type Debtor = Pick<Row<typeof instances>, 'id' | 'seq' | 'accountId' | 'regionId' | 'locks'>

const financial = JSON.stringify('financial' satisfies LockReason)

/** System events that arrears bring. */
const arrearsTypes: readonly SystemEventType[] = systemEventTypeNames.filter(type =>
  type.startsWith('AccountUnbalanced'),
)
const stopType: SystemEventType = 'AccountUnbalanced.Stop'

/** Those that are to be stopped and have no event yet that says so. */
export function listUnannounced(tx: Tx, accountId: string, limit: number): Promise<Debtor[]> {
  return debtors.list(
    tx,
    sql`where account_id = ${accountId} and charge_type = 'PostPaid' and status <> 'Stopped'
      and not (${tx.dialect.contains(sql`locks`, financial)}) and not exists (
        select 1 from system_events e where e.instance_seq = instances.seq and e.type = ${stopType}
          and e.status in ('Scheduled', 'Executing'))
    order by seq limit ${limit}`,
  )
}

/** Those that have the lock `financial`, or have not; the rows stay locked. */
export function listDebtors(
  tx: Tx,
  { accountId, locked, limit }: { accountId: string; locked: boolean; limit: number },
): Promise<Debtor[]> {
  const hasLock = tx.dialect.contains(sql`locks`, financial)
  return debtors.list(
    tx,
    sql`where account_id = ${accountId} and charge_type = 'PostPaid' and ${locked ? hasLock : sql`not (${hasLock})`}
      order by seq limit ${limit} ${tx.dialect.forUpdate}`,
  )
}

/** What was still to come over an account's instances need not happen any more. */
export async function cancelArrearsEvents(tx: Tx, accountId: string, at: number): Promise<void> {
  await systemEvents.update(
    tx,
    { status: 'Canceled', finishedAt: at },
    sql`account_id = ${accountId} and status = 'Scheduled' and type in (${join([...arrearsTypes])})`,
  )
}

/** When the next event is due that does not follow from arrears; instance time, ms. */
export const nextOtherEvent = sql`
  select min(due_at) as at from system_events where status = 'Scheduled'
    and not (type in (${join([...arrearsTypes])})
      and account_id in (select account_id from balances where in_arrears_since is not null))`

/** Whether what an instance is off for is a stop for arrears: nobody has said anything else of its power since. */
const stoppedForArrears = sql`
  intent_power = 'off' and intent_by in (select id from system_events where type = ${stopType})`

export async function isStoppedForArrears(tx: Tx, instanceSeq: number): Promise<boolean> {
  const row = await tx.get(sql`select 1 from instances where seq = ${instanceSeq} and ${stoppedForArrears}`)
  return row !== undefined
}

/** Instances that are to be brought back. */
export const reactivations = table('reactivations', {
  instanceSeq: number,
  accountId: text,
  /** Instance time, ms. */
  dueAt: number,
})

const withoutTime = reactivations.except('dueAt')
export type Reactivation = Omit<Row<typeof reactivations>, 'dueAt'>

/** Has the account's instances that were stopped for arrears, or are about to be off for them, started from `dueAt` on. */
export async function queueReactivations(tx: Tx, accountId: string, dueAt: number): Promise<void> {
  await tx.run(sql`
    insert into reactivations (instance_seq, account_id, due_at)
    select seq, account_id, cast(${dueAt} as bigint) from instances
    where account_id = ${accountId} and charge_type = 'PostPaid' and ${stoppedForArrears}
    on conflict (instance_seq) do update set due_at = excluded.due_at`)
}

/** When the next instance is to be brought back; instance time, ms. */
export const nextReactivation = sql`select min(due_at) as at from reactivations`

/** Those that are due, in order; the rows stay locked. */
export function listDueReactivations(tx: Tx, now: number, limit: number): Promise<Reactivation[]> {
  return withoutTime.list(
    tx,
    sql`where due_at <= ${now} order by due_at, instance_seq limit ${limit} ${tx.dialect.skipLocked}`,
  )
}

export async function postponeReactivation(tx: Tx, instanceSeq: number, dueAt: number): Promise<void> {
  await reactivations.update(tx, { dueAt }, sql`instance_seq = ${instanceSeq}`)
}

export async function deleteReactivations(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  if (instanceSeqs.length === 0) return
  await tx.run(sql`delete from reactivations where ${tx.dialect.oneOf(sql`instance_seq`, instanceSeqs)}`)
}
