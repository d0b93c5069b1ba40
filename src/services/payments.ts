import { findAccount } from '../store/accounts.ts'
import { takeNumbers } from '../store/counters.ts'
import type { Tx } from '../store/store.ts'

/** Whether an account has the money for something that is paid at once. */
export async function canPay(tx: Tx, accountId: string, fen: number): Promise<boolean> {
  const account = await findAccount(tx, accountId)
  return account !== undefined && account.balanceFen >= fen
}

/** Orders are numbered; the API shows 15 digits. */
export async function nextOrderId(tx: Tx): Promise<string> {
  return String(200_000_000_000_001 + (await takeNumbers(tx, 'orders', 1)))
}
