import sql from 'sql-template-tag'
import { nextHour } from '../../../domain/billing/arrears.ts'
import { bigInteger, nullable, number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

/** The money of accounts that can run dry. Those without a row never do. */
export const balances = table(
  'balances',
  {
    accountId: text,
    /** All that was ever paid in: what is left is this less what the account owes, so that no sum is ever rounded. Nano-yuan. */
    paidIn: bigInteger,
    /** The first hour in arrears; instance time, ms. */
    inArrearsSince: nullable(number),
    /** When the account is to be settled; instance time, ms. Until then nothing but a change of costs can make it run dry. */
    settleAt: nullable(number),
  },
  ['accountId'],
)

export type Balance = Row<typeof balances>

export function findBalance(tx: Tx, accountId: string): Promise<Balance | undefined> {
  return balances.all.find(tx, sql`where account_id = ${accountId}`)
}

export function putBalance(tx: Tx, balance: Balance): Promise<void> {
  return balances.put(tx, [balance])
}

export async function deleteBalance(tx: Tx, accountId: string): Promise<void> {
  await tx.run(sql`delete from balances where account_id = ${accountId}`)
}

/** When the next account is to be settled; instance time, ms. */
export const nextSettlement = sql`select min(settle_at) as at from balances`

/** The account that is to be settled next, if one is by now; its row stays locked. */
export function findDueBalance(tx: Tx, now: number): Promise<Balance | undefined> {
  return balances.all.find(
    tx,
    sql`where settle_at <= ${now} order by settle_at, account_id limit 1 ${tx.dialect.skipLocked}`,
  )
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
  const noted = await balances.update(
    tx,
    { settleAt },
    sql`${tx.dialect.oneOf(sql`account_id`, accounts)} and (settle_at is null or settle_at > ${settleAt})`,
  )
  return noted === 0 ? undefined : settleAt
}
