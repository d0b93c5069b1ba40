import { type LedgerRow, type Period, segmentsOf } from './ledger.ts'
import { amountOf, fromFen, type Nano } from './money.ts'
import { type RateItem, rateItems } from '../prices/rates.ts'
import type { CostItem } from './report.ts'

export const statementKinds = ['PayAsYouGoBill', 'SubscriptionOrder', 'Refund'] as const
export type StatementKind = (typeof statementKinds)[number]

/** What one resource cost in a period, as one kind of bill. */
export interface StatementLine {
  readonly kind: StatementKind
  /** Undefined for all items together. */
  readonly item: CostItem | undefined
  readonly amount: Nano
  /** Seconds that are billed; 0 for what is paid at once. */
  readonly seconds: number
}

interface BilledResource {
  readonly kind: 'instance' | 'eip'
  readonly rows: readonly LedgerRow[]
  readonly payments: readonly { readonly item: RateItem; readonly fen: number }[]
}

/** The bill of a resource, in lines per kind, or per kind and item. A subscription has no line while it runs. */
export function statementOf(resource: BilledResource, period: Period, byItem: boolean): StatementLine[] {
  const lines = new Map<string, { -readonly [K in keyof StatementLine]: StatementLine[K] }>()
  const add = (kind: StatementKind, item: CostItem, amount: Nano, seconds: number) => {
    const key = byItem ? `${kind} ${item}` : kind
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { kind, item: byItem ? item : undefined, amount, seconds })
    else {
      line.amount += amount
      line.seconds += seconds
    }
  }
  for (const { from, until, row } of segmentsOf(resource.rows, period)) {
    let counted = false
    for (const item of rateItems) {
      if (row.rates[item] === 0) continue
      const seconds = until - from
      // Items share their time where they share a line.
      add(
        'PayAsYouGoBill',
        resource.kind === 'eip' ? 'eip' : item,
        amountOf(row.rates[item], seconds),
        byItem || !counted ? seconds : 0,
      )
      counted = true
    }
  }
  for (const { item, fen } of resource.payments) {
    add(fen < 0 ? 'Refund' : 'SubscriptionOrder', item, fromFen(fen), 0)
  }
  return [...lines.values()]
}
