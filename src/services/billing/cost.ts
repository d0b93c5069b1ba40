import { type Period, segmentsOf, type Segment } from '../../domain/billing/ledger.ts'
import { toYuan } from '../../domain/billing/money.ts'
import {
  type BilledInstance,
  type CostGrouping,
  costItems,
  type CostLine,
  CostReport,
  type CostSummary,
  type ItemAmounts,
  sumOf,
} from '../../domain/billing/report.ts'
import { listStopChanges, type StopChange } from '../../store/tables/events.ts'
import {
  findMeterStart,
  listHeldMeterRows,
  listMeteredNumbers,
  listMeterRows,
  type MeterRow,
} from '../../store/tables/billing/meter.ts'
import { listBilledInstances } from '../../store/tables/instances/release.ts'
import { listPayments, type Payment } from '../../store/tables/billing/payments.ts'
import type { Tx } from '../../store/store.ts'
import { toSeconds } from './metering.ts'

/** Instances read at once. */
const portionSize = 200

export interface CostQuery {
  /** Undefined takes every account. */
  readonly accountId: string | undefined
  /** Instance time, ms; undefined begins with the first thing that cost. */
  readonly from: number | undefined
  /** Instance time, ms; undefined, or a time that lies ahead, is now. */
  readonly until: number | undefined
  /** Instance time, ms. */
  readonly now: number
  readonly by: CostGrouping
}

/** What instances and EIPs cost in a period, in CNY; every figure is added up exactly and rounded for itself. */
export async function readCost(tx: Tx, query: CostQuery) {
  const { accountId } = query
  const now = toSeconds(query.now)
  const until = Math.min(query.until === undefined ? now : toSeconds(query.until), now)
  const from = query.from === undefined ? ((await findMeterStart(tx, accountId)) ?? until) : toSeconds(query.from)
  const period = { from, until }
  // What was paid in this very second is paid.
  const paid = until === now ? { from, until: now + 1 } : period
  const report = new CostReport(period, query.by)
  for (let after = 0; ;) {
    const numbers = await listMeteredNumbers(tx, { accountId, after, limit: portionSize })
    for (const instance of await readInstances(tx, numbers, paid)) report.add(instance)
    if (numbers.length < portionSize) break
    after = numbers.at(-1) ?? after
  }
  return present(query.by, period, report.summary())
}

export type CostAnswer = Awaited<ReturnType<typeof readCost>>

async function readInstances(tx: Tx, numbers: readonly number[], period: Period): Promise<BilledInstance[]> {
  if (numbers.length === 0) return []
  const rows = Map.groupBy(await listMeterRows(tx, { numbers, before: period.until }), row => row.number)
  if (rows.size === 0) return []
  const payments = Map.groupBy(await listPayments(tx, { numbers, ...period }), payment => payment.number)
  const changes = Map.groupBy(await listStopChanges(tx, numbers), change => change.instanceSeq)
  const ids = [...rows.values()].flatMap(([first]) => (first === undefined ? [] : [first.id]))
  const known = new Map((await listBilledInstances(tx, ids)).map(one => [one.id, one]))
  const held = await readHeldEips(tx, numbers, period)
  return [...rows].map(([number, own]) =>
    toBilled(own, {
      payments: payments.get(number) ?? [],
      changes: changes.get(number) ?? [],
      eips: held.get(number) ?? [],
      known,
    }),
  )
}

/** What the EIPs of instances cost while these had them, by the instance's number. */
async function readHeldEips(
  tx: Tx,
  holders: readonly number[],
  period: Period,
): Promise<Map<number | null, Segment[]>> {
  const rows = await listHeldMeterRows(tx, { holders, before: period.until })
  const segments = [...Map.groupBy(rows, row => row.number).values()].flatMap(own => segmentsOf(own, period))
  return Map.groupBy(segments, ({ row }) => row.holder)
}

interface Around extends Pick<BilledInstance, 'eips'> {
  readonly payments: readonly Payment[]
  readonly changes: readonly StopChange[]
  readonly known: ReadonlyMap<string, Pick<BilledInstance, 'name' | 'type' | 'tags'>>
}

function toBilled(rows: readonly MeterRow[], { payments, changes, eips, known }: Around): BilledInstance {
  const { kind = 'instance', id = '' } = rows[0] ?? {}
  const { name, type, tags } = known.get(id) ?? { name: '', type: '', tags: {} }
  const ledgers = Map.groupBy(rows, row => row.kind)
  return {
    id,
    name,
    type,
    tags,
    ledgers: [...ledgers].map(([kind, own]) => ({ kind, rows: own })),
    stops: kind === 'instance' ? stopsOf(rows[0], changes) : [],
    eips,
    payments,
  }
}

/** When an instance was Stopped: between the changes of its status, and from the start where it was made Stopped. */
function stopsOf(first: MeterRow | undefined, changes: readonly StopChange[]): Period[] {
  const madeStopped = first?.state !== 'running' && first !== undefined
  const stops: Period[] = []
  let from = madeStopped ? first.at : undefined
  for (const change of changes) {
    const at = toSeconds(change.at)
    if (change.state === 'Stopped') from ??= at
    else if (from !== undefined) {
      stops.push({ from, until: at })
      from = undefined
    }
  }
  if (from !== undefined) stops.push({ from, until: Infinity })
  return stops
}

function present(by: CostGrouping, period: Period, { items, lines, savings }: CostSummary) {
  const { economical, standard } = savings
  return {
    from: new Date(period.from * 1000).toISOString(),
    until: new Date(period.until * 1000).toISOString(),
    currency: 'CNY',
    total: toYuan(sumOf(items)),
    items: inYuan(items),
    by,
    lines: lines.map(line => describeLine(by, line)),
    savings: {
      saved: toYuan(economical.saved),
      /** Had every stop in economical mode been none, or one in standard mode: on the bill the two are the same. */
      ifAlwaysRunning: toYuan(sumOf(items) + economical.saved),
      ifKeepCharging: toYuan(sumOf(items) + economical.saved),
      economical: {
        instanceSeconds: economical.seconds,
        disksWentOn: toYuan(economical.disks),
        eipsWentOn: toYuan(economical.eips),
      },
      standard: {
        instanceSeconds: standard.seconds,
        cost: toYuan(standard.cost),
        economicalWouldHaveSaved: toYuan(standard.missed),
        ineligibleInstanceSeconds: standard.ineligibleSeconds,
      },
    },
  }
}

function describeLine(by: CostGrouping, { key, name, type, items }: CostLine): CostAnswerLine {
  const line = { key, total: toYuan(sumOf(items)), items: inYuan(items) }
  return by === 'instance' ? { ...line, name, type } : line
}

interface CostAnswerLine {
  readonly key: string
  /** Of an instance. */
  readonly name?: string
  readonly type?: string
  readonly total: number
  readonly items: Partial<Record<keyof ItemAmounts, number>>
}

/** Items that cost something, or of which something was paid back. */
function inYuan(items: ItemAmounts): Partial<Record<keyof ItemAmounts, number>> {
  return Object.fromEntries(costItems.filter(item => items[item] !== 0n).map(item => [item, toYuan(items[item])]))
}
