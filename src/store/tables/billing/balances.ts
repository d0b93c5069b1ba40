import sql, { join } from 'sql-template-tag'
import { nextHour } from '../../../domain/billing/arrears.ts'
import type { Nano } from '../../../domain/billing/money.ts'
import type { Tx } from '../../store.ts'

/** The money of an account that can run dry. Accounts without a row never do. */
export interface Balance {
  readonly accountId: string
  /** All that was ever paid in: what is left is this less what the account owes, so that no sum is ever rounded. */
  readonly paidIn: Nano
  /** The first hour in arrears; instance time, ms. */
  readonly inArrearsSince: number | null
  /** When the account is to be settled; instance time, ms. Until then nothing but a change of costs can make it run dry. */
  readonly settleAt: number | null
}

export async function findBalance(tx: Tx, accountId: string): Promise<Balance | undefined> {
  const row = await tx.get<BalanceRow>(sql`select * from balances where account_id = ${accountId}`)
  return row === undefined ? undefined : toBalance(row)
}

export async function putBalance(tx: Tx, { accountId, paidIn, inArrearsSince, settleAt }: Balance): Promise<void> {
  await tx.run(sql`
    insert into balances (account_id, paid_in, in_arrears_since, settle_at)
    values (${accountId}, ${paidIn.toString()}, ${inArrearsSince}, ${settleAt})
    on conflict (account_id) do update set paid_in = excluded.paid_in, in_arrears_since = excluded.in_arrears_since,
      settle_at = excluded.settle_at`)
}

export async function deleteBalance(tx: Tx, accountId: string): Promise<void> {
  await tx.run(sql`delete from balances where account_id = ${accountId}`)
}

/** When the next account is to be settled; instance time, ms. */
export const nextSettlement = sql`select min(settle_at) as at from balances`

/** The account that is to be settled next, if one is by now; its row stays locked. */
export async function findDueBalance(tx: Tx, now: number): Promise<Balance | undefined> {
  const row = await tx.get<BalanceRow>(sql`
    select * from balances where settle_at <= ${now} order by settle_at, account_id limit 1 ${tx.dialect.skipLocked}`)
  return row === undefined ? undefined : toBalance(row)
}

/**
 * What accounts cost changes at these seconds, or they have paid something: those that can run dry are settled at the next
 * whole hour. Returns when that is (instance time, ms), undefined when it concerns none of them.
 */
export async function noteCosts(
  tx: Tx,
  changes: readonly { readonly accountId: string; readonly at: number }[],
): Promise<number | undefined> {
  const [first] = changes
  if (first === undefined) return undefined
  const settleAt = nextHour(changes.reduce((earliest, { at }) => Math.min(earliest, at), first.at))
  const accounts = [...new Set(changes.map(({ accountId }) => accountId))]
  const noted = await tx.run(sql`
    update balances set settle_at = ${settleAt}
    where account_id in (${join(accounts)}) and (settle_at is null or settle_at > ${settleAt})`)
  return noted === 0 ? undefined : settleAt
}

interface BalanceRow {
  account_id: string
  paid_in: string
  in_arrears_since: number | null
  settle_at: number | null
}

function toBalance(row: BalanceRow): Balance {
  return {
    accountId: row.account_id,
    paidIn: BigInt(row.paid_in),
    inArrearsSince: row.in_arrears_since,
    settleAt: row.settle_at,
  }
}
