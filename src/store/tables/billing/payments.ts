import sql from 'sql-template-tag'
import type { RateItem } from '../../../domain/prices/rates.ts'
import { named, number, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'
import { takeNumbers } from '../world/counters.ts'
import { noteCosts } from './balances.ts'
import type { MeteredKind } from './meter.ts'

/** What a subscription was paid for, or paid back. */
export type PaymentNote = 'bought' | 'renewed' | 'refunded'

/** Prices that were paid at once, for subscriptions; negative when they were paid back. */
export const payments = table('payments', {
  seq: number,
  accountId: text,
  regionId: text,
  kind: textOf<MeteredKind>(),
  number: named('resource_number', number),
  id: named('resource_id', text),
  /** Seconds since the epoch. */
  at: named('at_s', number),
  item: textOf<RateItem>(),
  fen: named('amount_fen', number),
  note: textOf<PaymentNote>(),
})

const withoutSeq = payments.except('seq')
export type Payment = Omit<Row<typeof payments>, 'seq'>

/** Returns what noteCosts does. */
export async function insertPayments(tx: Tx, rows: readonly Payment[]): Promise<number | undefined> {
  if (rows.length === 0) return undefined
  const firstSeq = 1 + (await takeNumbers(tx, 'payments', rows.length))
  await payments.insert(
    tx,
    rows.map((row, index) => ({ ...row, seq: firstSeq + index })),
  )
  return noteCosts(tx, rows)
}

/** Payments for these resources, oldest first. */
export function listPayments(
  tx: Tx,
  query: { numbers: readonly number[]; from: number; until: number },
): Promise<Payment[]> {
  return withoutSeq.list(
    tx,
    sql`where ${tx.dialect.oneOf(sql`resource_number`, query.numbers)}
      and at_s >= ${query.from} and at_s < ${query.until} order by seq`,
  )
}
