import sql, { bulk, empty, join } from 'sql-template-tag'
import type { LedgerRow } from '../../../domain/billing/ledger.ts'
import { fromFen, type Nano } from '../../../domain/billing/money.ts'
import { type MeterState, type RateItem, totalOf } from '../../../domain/prices/rates.ts'
import { noteCosts } from './balances.ts'
import { takeNumbers } from '../world/counters.ts'
import { type Instance, type InstanceRow, toInstance } from '../instances/instances.ts'
import type { Tx } from '../../store.ts'

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
export interface MeterRow extends MeteredResource, LedgerRow {
  /** The number of the instance that an EIP is bound to. */
  readonly holder: number | null
}

/**
 * `delta` is how much the total rate of the resource changes with the row, so that an account's bill is one sum. Returns
 * what noteCosts does.
 */
export async function insertMeterRows(
  tx: Tx,
  rows: readonly (MeterRow & { readonly delta: number })[],
): Promise<number | undefined> {
  if (rows.length === 0) return undefined
  const firstSeq = 1 + (await takeNumbers(tx, 'meter', rows.length))
  for (let start = 0; start < rows.length; start += 100) {
    const values = rows
      .slice(start, start + 100)
      .map(({ rates, ...row }, index) => [
        firstSeq + start + index,
        row.accountId,
        row.regionId,
        row.kind,
        row.number,
        row.id,
        row.holder,
        row.at,
        row.state,
        rates.compute,
        rates.image,
        rates.systemDisk,
        rates.dataDisk,
        rates.bandwidth,
        row.pausable,
        row.delta,
      ])
    await tx.run(sql`
      insert into meter (seq, account_id, region_id, kind, resource_number, resource_id, holder_number, at_s, state, compute, image,
        system_disk, data_disk, bandwidth, pausable, delta)
      values ${bulk(values)}`)
  }
  return noteCosts(tx, rows)
}

/** The newest row of each resource with one of these numbers. */
export async function listLastMeterRows(tx: Tx, numbers: readonly number[]): Promise<MeterRow[]> {
  const rows = await tx.all<StoredRow>(sql`
    select * from meter where seq in (
      select max(seq) from meter where resource_number in (${join([...numbers])}) group by resource_number, kind)`)
  return rows.map(toMeterRow)
}

/** All rows of these resources that begin before a second, in the order they were written. */
export async function listMeterRows(
  tx: Tx,
  query: { numbers: readonly number[]; before: number },
): Promise<MeterRow[]> {
  const rows = await tx.all<StoredRow>(sql`
    select * from meter where resource_number in (${join([...query.numbers])}) and at_s < ${query.before} order by seq`)
  return rows.map(toMeterRow)
}

/** All rows, up to a second, of the EIPs that were ever bound to these instances, in the order they were written. */
export async function listHeldMeterRows(
  tx: Tx,
  query: { holders: readonly number[]; before: number },
): Promise<MeterRow[]> {
  const rows = await tx.all<StoredRow>(sql`
    select * from meter where at_s < ${query.before} and resource_number in (
      select resource_number from meter where holder_number in (${join([...query.holders])}))
    order by seq`)
  return rows.map(toMeterRow)
}

/** Numbers of resources that the meter knows, of one account or of all, in order. */
export async function listMeteredNumbers(
  tx: Tx,
  query: { accountId: string | undefined; after: number; limit: number },
): Promise<number[]> {
  const ofAccount = query.accountId === undefined ? empty : sql`and account_id = ${query.accountId}`
  const rows = await tx.all<{ resource_number: number }>(sql`
    select distinct resource_number from meter where resource_number > ${query.after} ${ofAccount}
    order by resource_number limit ${query.limit}`)
  return rows.map(row => row.resource_number)
}

/** When the meter began, seconds since the epoch; undefined when it has nothing. */
export async function findMeterStart(tx: Tx, accountId: string | undefined): Promise<number | undefined> {
  const ofAccount = accountId === undefined ? empty : sql`where account_id = ${accountId}`
  const row = await tx.get<{ first: number | null }>(sql`select min(at_s) as first from meter ${ofAccount}`)
  return row?.first ?? undefined
}

/** What a subscription was paid for, or paid back. */
export type PaymentNote = 'bought' | 'renewed' | 'refunded'

/** A price that was paid at once, for a subscription; negative when it was paid back. */
export interface Payment extends MeteredResource {
  /** Seconds since the epoch. */
  readonly at: number
  readonly item: RateItem
  readonly fen: number
  readonly note: PaymentNote
}

/** Returns what noteCosts does. */
export async function insertPayments(tx: Tx, payments: readonly Payment[]): Promise<number | undefined> {
  if (payments.length === 0) return undefined
  const firstSeq = 1 + (await takeNumbers(tx, 'payments', payments.length))
  for (let start = 0; start < payments.length; start += 100) {
    const values = payments
      .slice(start, start + 100)
      .map((one, index) => [
        firstSeq + start + index,
        one.accountId,
        one.regionId,
        one.kind,
        one.number,
        one.id,
        one.at,
        one.item,
        one.fen,
        one.note,
      ])
    await tx.run(sql`
      insert into payments (seq, account_id, region_id, kind, resource_number, resource_id, at_s, item, amount_fen, note)
      values ${bulk(values)}`)
  }
  return noteCosts(tx, payments)
}

/** Payments for these resources, oldest first. */
export async function listPayments(
  tx: Tx,
  query: { numbers: readonly number[]; from: number; until: number },
): Promise<Payment[]> {
  const rows = await tx.all<
    Omit<StoredRow, 'state' | 'holder_number'> & { item: RateItem; amount_fen: number | string; note: PaymentNote }
  >(sql`
    select * from payments where resource_number in (${join([...query.numbers])})
      and at_s >= ${query.from} and at_s < ${query.until} order by seq`)
  return rows.map(row => {
    const { item, note } = row
    return Object.assign(toResource(row), { at: Number(row.at_s), item, fen: Number(row.amount_fen), note })
  })
}

/**
 * What an account owes for everything up to a second: exact, in one pass over the meter, however large. The sums are
 * split, since products of rate and time soon leave 64 bits, and read as text, since they leave 53 before that.
 */
export async function totalUpTo(tx: Tx, accountId: string, at: number): Promise<Nano> {
  const metered = await tx.get<Record<'high' | 'low', string | null>>(sql`
    select cast(sum(delta / 1000 * (cast(${at} as bigint) - at_s)) as text) as high,
      cast(sum(delta % 1000 * (cast(${at} as bigint) - at_s)) as text) as low
    from meter where account_id = ${accountId} and at_s <= ${at}`)
  const paid = await tx.get<{ fen: string | null }>(sql`
    select cast(sum(amount_fen) as text) as fen from payments where account_id = ${accountId} and at_s <= ${at}`)
  const sumOf = (text: string | null | undefined) => BigInt(text ?? 0)
  return sumOf(metered?.high) * 1000n + sumOf(metered?.low) + sumOf(paid?.fen) * fromFen(1)
}

/** Nano-yuan per second that an account costs from a second on. */
export async function rateAt(tx: Tx, accountId: string, at: number): Promise<Nano> {
  const row = await tx.get<{ rate: string | null }>(sql`
    select cast(sum(delta) as text) as rate from meter where account_id = ${accountId} and at_s <= ${at}`)
  return BigInt(row?.rate ?? 0)
}

/** Instances by their numbers, those that were released left out. */
export async function listInstancesByNumber(tx: Tx, numbers: readonly number[]): Promise<Instance[]> {
  const rows = await tx.all<InstanceRow>(sql`select * from instances where seq in (${join([...numbers])}) order by seq`)
  return rows.map(toInstance)
}

/** Those whose rates change when they are Stopped: a plain stop in standard mode goes on costing. */
export async function listCheaperWhenStopped(tx: Tx, numbers: readonly number[]): Promise<number[]> {
  const rows = await tx.all<{ seq: number }>(sql`
    select seq from instances where seq in (${join([...numbers])}) and (stop_mode = 'StopCharging' or locks <> '[]')`)
  return rows.map(row => row.seq)
}

/** What is known of resources by their ids, also of instances that were released, but not of EIPs that were. */
export async function listBilledInstances(
  tx: Tx,
  ids: readonly string[],
): Promise<{ id: string; name: string; type: string; tags: Readonly<Record<string, string>> }[]> {
  const rows = await tx.all<{ id: string; name: string; type: string; tags: string }>(sql`
    select id, name, type, tags from instances where id in (${join([...ids])})
    union all select id, name, type, tags from released_instances where id in (${join([...ids])})
    union all select id, name, '' as type, tags from eips where id in (${join([...ids])})`)
  return rows.map(row => Object.assign(row, { tags: JSON.parse(row.tags) as Record<string, string> }))
}

interface StoredRow {
  account_id: string
  region_id: string
  kind: MeteredKind
  resource_number: number
  resource_id: string
  holder_number: number | null
  at_s: number | string
  state: MeterState
  compute: number | string
  image: number | string
  system_disk: number | string
  data_disk: number | string
  bandwidth: number | string
  pausable: number | string
}

function toResource(row: Omit<StoredRow, 'state' | 'holder_number'>): MeteredResource {
  return {
    kind: row.kind,
    number: row.resource_number,
    id: row.resource_id,
    accountId: row.account_id,
    regionId: row.region_id,
  }
}

function toMeterRow(row: StoredRow): MeterRow {
  return {
    ...toResource(row),
    holder: row.holder_number,
    at: Number(row.at_s),
    state: row.state,
    rates: {
      compute: Number(row.compute),
      image: Number(row.image),
      systemDisk: Number(row.system_disk),
      dataDisk: Number(row.data_disk),
      bandwidth: Number(row.bandwidth),
    },
    pausable: Number(row.pausable),
  }
}

/** How much a resource's total rate changes from one row to the next. */
export function deltaOf(before: LedgerRow | undefined, after: Pick<LedgerRow, 'rates'>): number {
  return totalOf(after.rates) - (before === undefined ? 0 : totalOf(before.rates))
}
