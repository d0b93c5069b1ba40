import sql, { join } from 'sql-template-tag'
import { type SystemEventType, systemEventTypeNames } from '../../../domain/system-events/system-events.ts'
import type { LockReason } from '../../../domain/instances/types.ts'
import type { Tx } from '../../store.ts'

/** What an account in arrears can lose: a pay-as-you-go instance, spot ones among them. */
export interface Debtor {
  readonly id: string
  readonly seq: number
  readonly accountId: string
  readonly regionId: string
  readonly locks: readonly LockReason[]
}

const debtorColumns = sql`id, seq, account_id, region_id, locks`
const financial = JSON.stringify('financial' satisfies LockReason)

/** System events that arrears bring. */
const arrearsTypes: readonly SystemEventType[] = systemEventTypeNames.filter(type =>
  type.startsWith('AccountUnbalanced'),
)
const stopType: SystemEventType = 'AccountUnbalanced.Stop'

/** Those that are to be stopped and have no event yet that says so. */
export async function listUnannounced(tx: Tx, accountId: string, limit: number): Promise<Debtor[]> {
  const rows = await tx.all<DebtorRow>(sql`
    select ${debtorColumns} from instances i
    where account_id = ${accountId} and charge_type = 'PostPaid' and status <> 'Stopped'
      and not (${tx.dialect.contains(sql`locks`, financial)}) and not exists (
        select 1 from system_events e where e.instance_seq = i.seq and e.type = ${stopType}
          and e.status in ('Scheduled', 'Executing'))
    order by seq limit ${limit}`)
  return rows.map(toDebtor)
}

/** Those that have the lock `financial`, or have not; the rows stay locked. */
export async function listDebtors(
  tx: Tx,
  { accountId, locked, limit }: { accountId: string; locked: boolean; limit: number },
): Promise<Debtor[]> {
  const hasLock = tx.dialect.contains(sql`locks`, financial)
  const rows = await tx.all<DebtorRow>(sql`
    select ${debtorColumns} from instances
    where account_id = ${accountId} and charge_type = 'PostPaid' and ${locked ? hasLock : sql`not (${hasLock})`}
    order by seq limit ${limit} ${tx.dialect.forUpdate}`)
  return rows.map(toDebtor)
}

/** What was still to come over an account's instances need not happen any more. */
export async function cancelArrearsEvents(tx: Tx, accountId: string, at: number): Promise<void> {
  await tx.run(sql`
    update system_events set status = 'Canceled', finished_at = ${at}
    where account_id = ${accountId} and status = 'Scheduled' and type in (${join([...arrearsTypes])})`)
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

/** Has the account's instances that were stopped for arrears, or are about to be off for them, started from `dueAt` on. */
export async function queueReactivations(tx: Tx, accountId: string, dueAt: number): Promise<void> {
  await tx.run(sql`
    insert into reactivations (instance_seq, account_id, due_at)
    select seq, account_id, cast(${dueAt} as bigint) from instances
    where account_id = ${accountId} and charge_type = 'PostPaid' and ${stoppedForArrears}
    on conflict (instance_seq) do update set due_at = excluded.due_at`)
}

export interface Reactivation {
  readonly instanceSeq: number
  readonly accountId: string
}

/** When the next instance is to be brought back; instance time, ms. */
export const nextReactivation = sql`select min(due_at) as at from reactivations`

/** Those that are due, in order; the rows stay locked. */
export async function listDueReactivations(tx: Tx, now: number, limit: number): Promise<Reactivation[]> {
  const rows = await tx.all<{ instance_seq: number; account_id: string }>(sql`
    select instance_seq, account_id from reactivations where due_at <= ${now}
    order by due_at, instance_seq limit ${limit} ${tx.dialect.skipLocked}`)
  return rows.map(row => ({ instanceSeq: row.instance_seq, accountId: row.account_id }))
}

export async function postponeReactivation(tx: Tx, instanceSeq: number, dueAt: number): Promise<void> {
  await tx.run(sql`update reactivations set due_at = ${dueAt} where instance_seq = ${instanceSeq}`)
}

export async function deleteReactivations(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  if (instanceSeqs.length === 0) return
  await tx.run(sql`delete from reactivations where instance_seq in (${join([...instanceSeqs])})`)
}

interface DebtorRow {
  id: string
  seq: number
  account_id: string
  region_id: string
  locks: string
}

function toDebtor(row: DebtorRow): Debtor {
  return {
    id: row.id,
    seq: row.seq,
    accountId: row.account_id,
    regionId: row.region_id,
    locks: JSON.parse(row.locks) as LockReason[],
  }
}
