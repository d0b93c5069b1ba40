import sql, { empty } from 'sql-template-tag'
import type { LedgerRow } from '../../../domain/billing/ledger.ts'
import { fromFen, type Nano } from '../../../domain/billing/money.ts'
import { type MeterState, totalOf } from '../../../domain/prices/rates.ts'
import { named, nullable, number, optional, reader, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { firstNumber, firstText, type Row, table } from '../../table.ts'
import { takeNumbers } from '../world/counters.ts'
import { noteCosts } from './balances.ts'

export type MeteredKind = 'instance' | 'eip'

/** Whose rates changed. */
export interface MeteredResource {
  readonly kind: MeteredKind
  /** Instances and EIPs are numbered together, so that a number names one of them. */
  readonly number: number
  /** As the API shows it. */
  readonly id: string
  readonly accountId: string
  readonly regionId: string
}

/** The meter is append-only: what a resource costs from a second on. Written when that changes, and never touched again. */
export const meter = table('meter', {
  seq: number,
  accountId: text,
  regionId: text,
  kind: textOf<MeteredKind>(),
  number: named('resource_number', number),
  id: named('resource_id', text),
  /** The number of the instance that an EIP is bound to. */
  holder: named('holder_number', nullable(number)),
  /** Seconds since the epoch. */
  at: named('at_s', number),
  state: textOf<MeterState>(),
  compute: number,
  image: number,
  systemDisk: number,
  dataDisk: number,
  bandwidth: number,
  pausable: number,
  /** How much the total rate of the resource changes with the row, so that an account's bill is one sum. */
  delta: number,
})

const stored = meter.except('seq', 'delta')
type StoredRow = Omit<Row<typeof meter>, 'seq' | 'delta'>

export interface MeterRow extends MeteredResource, LedgerRow {
  /** The number of the instance that an EIP is bound to. */
  readonly holder: number | null
}

/** Returns what noteCosts does. */
export async function insertMeterRows(
  tx: Tx,
  rows: readonly (MeterRow & { readonly delta: number })[],
): Promise<number | undefined> {
  if (rows.length === 0) return undefined
  const firstSeq = 1 + (await takeNumbers(tx, 'meter', rows.length))
  await meter.insert(
    tx,
    rows.map(({ rates, ...row }, index) => ({ ...row, ...rates, seq: firstSeq + index })),
  )
  return noteCosts(tx, rows)
}

/** The newest row of each resource with one of these numbers. */
export async function listLastMeterRows(tx: Tx, numbers: readonly number[]): Promise<MeterRow[]> {
  const rows = await stored.list(
    tx,
    sql`where seq in (
      select max(seq) from meter where ${tx.dialect.oneOf(sql`resource_number`, numbers)} group by resource_number, kind)`,
  )
  return rows.map(toMeterRow)
}

/** All rows of these resources that begin before a second, in the order they were written. */
export async function listMeterRows(
  tx: Tx,
  query: { numbers: readonly number[]; before: number },
): Promise<MeterRow[]> {
  const ofThese = tx.dialect.oneOf(sql`resource_number`, query.numbers)
  const rows = await stored.list(tx, sql`where ${ofThese} and at_s < ${query.before} order by seq`)
  return rows.map(toMeterRow)
}

/** All rows, up to a second, of the EIPs that were ever bound to these instances, in the order they were written. */
export async function listHeldMeterRows(
  tx: Tx,
  query: { holders: readonly number[]; before: number },
): Promise<MeterRow[]> {
  const rows = await stored.list(
    tx,
    sql`where at_s < ${query.before} and resource_number in (
      select resource_number from meter where ${tx.dialect.oneOf(sql`holder_number`, query.holders)})
    order by seq`,
  )
  return rows.map(toMeterRow)
}

/** Numbers of resources that the meter knows, of one account or of all, in order. */
export function listMeteredNumbers(
  tx: Tx,
  query: { accountId: string | undefined; after: number; limit: number },
): Promise<number[]> {
  const ofAccount = query.accountId === undefined ? empty : sql`and account_id = ${query.accountId}`
  return tx.all(
    sql`
      select distinct resource_number from meter where resource_number > ${query.after} ${ofAccount}
      order by resource_number limit ${query.limit}`,
    firstNumber,
  )
}

const readStart = reader({ at: optional(number) })

/** When the meter began, seconds since the epoch; undefined when it has nothing. */
export async function findMeterStart(tx: Tx, accountId: string | undefined): Promise<number | undefined> {
  const ofAccount = accountId === undefined ? empty : sql`where account_id = ${accountId}`
  return (await tx.get(sql`select min(at_s) from meter ${ofAccount}`, readStart))?.at
}

const readSums = reader({ high: nullable(text), low: nullable(text) })

/**
 * What an account owes for everything up to a second: exact, in one pass over the meter, however large. The sums are
 * split, since products of rate and time soon leave 64 bits, and read as text, since they leave 53 before that.
 */
export async function totalUpTo(tx: Tx, accountId: string, at: number): Promise<Nano> {
  const metered = await tx.get(
    sql`
      select cast(sum(delta / 1000 * (cast(${at} as bigint) - at_s)) as text),
        cast(sum(delta % 1000 * (cast(${at} as bigint) - at_s)) as text)
      from meter where account_id = ${accountId} and at_s <= ${at}`,
    readSums,
  )
  const paid = await tx.get(
    sql`
      select coalesce(cast(sum(amount_fen) as text), '0') from payments
      where account_id = ${accountId} and at_s <= ${at}`,
    firstText,
  )
  return BigInt(metered?.high ?? 0) * 1000n + BigInt(metered?.low ?? 0) + BigInt(paid ?? 0) * fromFen(1)
}

/** Nano-yuan per second that an account costs from a second on. */
export async function rateAt(tx: Tx, accountId: string, at: number): Promise<Nano> {
  const rate = await tx.get(
    sql`
      select coalesce(cast(sum(delta) as text), '0') from meter where account_id = ${accountId} and at_s <= ${at}`,
    firstText,
  )
  return BigInt(rate ?? 0)
}

function toMeterRow(row: StoredRow): MeterRow {
  const { compute, image, systemDisk, dataDisk, bandwidth, ...rest } = row
  return { ...rest, rates: { compute, image, systemDisk, dataDisk, bandwidth } }
}

/** How much a resource's total rate changes from one row to the next. */
export function deltaOf(before: LedgerRow | undefined, after: Pick<LedgerRow, 'rates'>): number {
  return totalOf(after.rates) - (before === undefined ? 0 : totalOf(before.rates))
}
