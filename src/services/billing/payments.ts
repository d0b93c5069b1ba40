import { fromFen, type Nano } from '../../domain/billing/money.ts'
import { type Balance, findBalance } from '../../store/tables/billing/balances.ts'
import { takeNumbers } from '../../store/tables/world/counters.ts'
import { totalUpTo } from '../../store/tables/billing/meter.ts'
import type { Tx } from '../../store/store.ts'
import { toSeconds } from './metering.ts'

/** Whether an account has the money for something that is paid at once, `now`; instance time, ms. */
export async function canPay(tx: Tx, accountId: string, fen: number, now: number): Promise<boolean> {
  const balance = await findBalance(tx, accountId)
  return balance === undefined || (await leftOf(tx, balance, toSeconds(now))) >= fromFen(fen)
}

/** What is left of an account's money at a second. */
export async function leftOf(tx: Tx, { accountId, paidIn }: Balance, seconds: number): Promise<Nano> {
  return paidIn - (await totalUpTo(tx, accountId, seconds))
}

/** Orders are numbered; the API shows 15 digits. */
export async function nextOrderId(tx: Tx): Promise<string> {
  return String(200_000_000_000_001 + (await takeNumbers(tx, 'orders', 1)))
}
