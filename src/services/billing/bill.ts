import { type Period } from '../../domain/billing/ledger.ts'
import { type StatementLine, statementOf } from '../../domain/billing/statement.ts'
import type { Instance } from '../../store/tables/instances/instances.ts'
import { listBilledInstances } from '../../store/tables/instances/release.ts'
import { listInstancesByNumber } from '../../store/tables/instances/instances.ts'
import {
  listMeteredNumbers,
  listMeterRows,
  type MeteredKind,
  type MeteredResource,
} from '../../store/tables/billing/meter.ts'
import { listPayments } from '../../store/tables/billing/payments.ts'
import type { Tx } from '../../store/store.ts'

/** Resources read at once. */
const portionSize = 200

export interface BillQuery {
  readonly accountId: string
  readonly period: Period
  /** The second that it is; what lies ahead is left out. */
  readonly now: number
  readonly byItem: boolean
}

/** A line of the bill, and whose it is. */
export interface BillLine extends StatementLine {
  readonly resource: MeteredResource
  readonly name: string
  readonly type: string
  readonly tags: Readonly<Record<string, string>>
  /** While it exists. */
  readonly instance: Instance | undefined
}

/** What an account's instances and EIPs cost in a period, the oldest first; lines of nothing included. */
export async function readBill(
  tx: Tx,
  { accountId, period: { from, until }, now, byItem }: BillQuery,
): Promise<BillLine[]> {
  const used = { from, until: Math.min(until, now) }
  // What was paid in this very second is paid.
  const paid = { from, until: Math.min(until, now + 1) }
  const lines: BillLine[] = []
  for (let after = 0; ;) {
    const numbers = await listMeteredNumbers(tx, { accountId, after, limit: portionSize })
    if (numbers.length > 0) lines.push(...(await readPortion(tx, numbers, { used, paid, byItem })))
    if (numbers.length < portionSize) return lines
    after = numbers.at(-1) ?? after
  }
}

async function readPortion(
  tx: Tx,
  numbers: readonly number[],
  { used, paid, byItem }: { used: Period; paid: Period; byItem: boolean },
): Promise<BillLine[]> {
  const rows = await listMeterRows(tx, { numbers, before: paid.until })
  const payments = Map.groupBy(await listPayments(tx, { numbers, ...paid }), keyOf)
  const instances = new Map((await listInstancesByNumber(tx, numbers)).map(one => [one.seq, one]))
  const ids = [...new Set(rows.filter(row => row.kind === 'instance').map(row => row.id))]
  const known = ids.length === 0 ? [] : await listBilledInstances(tx, ids)
  const about = new Map(known.map(one => [one.id, one]))
  return [...Map.groupBy(rows, keyOf)].flatMap(([key, own]) => {
    const [resource] = own
    if (resource === undefined) return []
    const { kind, number, id } = resource
    const { name, type, tags } = about.get(id) ?? { name: '', type: '', tags: {} }
    const lines = statementOf({ kind, rows: own, payments: payments.get(key) ?? [] }, used, byItem)
    const common = { resource, name, type, tags, instance: instances.get(number) }
    return lines.map((line): BillLine => Object.assign(line, common))
  })
}

function keyOf({ kind, number }: { readonly kind: MeteredKind; readonly number: number }): string {
  return `${kind} ${number}`
}
