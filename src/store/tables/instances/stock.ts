import sql, { bulk, join } from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** A type in a zone: what capacity is counted by. */
export interface Place {
  readonly zoneId: string
  readonly type: string
}

/** `available` is a number of instances, or null for no limit. */
export interface Stock extends Place {
  readonly available: number | null
}

/** What is limited in some zones; what is not listed is there without limit. */
export async function listStock(tx: Tx, zoneIds: readonly string[]): Promise<Stock[]> {
  const rows = await tx.all<StockRow>(sql`
    select zone_id, instance_type, available from stock where zone_id in (${join([...zoneIds])})
    order by zone_id, instance_type`)
  return rows.map(toStock)
}

export async function listAllStock(tx: Tx): Promise<Stock[]> {
  const rows = await tx.all<StockRow>(
    sql`select zone_id, instance_type, available from stock order by zone_id, instance_type`,
  )
  return rows.map(toStock)
}

/** What there is of these places, as far as it is limited; the rows stay locked. */
export async function lockStock(tx: Tx, places: readonly Place[]): Promise<Stock[]> {
  if (places.length === 0) return []
  const rows = await tx.all<StockRow>(sql`
    select zone_id, instance_type, available from stock
    where zone_id in (${join(distinct(places.map(place => place.zoneId)))})
      and instance_type in (${join(distinct(places.map(place => place.type)))}) and available is not null
    order by zone_id, instance_type ${tx.mode === 'write' ? tx.dialect.forUpdate : sql``}`)
  return rows.map(toStock)
}

export async function putStock(tx: Tx, rows: readonly Stock[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(sql`
    insert into stock (zone_id, instance_type, available)
    values ${bulk(rows.map(row => [row.zoneId, row.type, row.available]))}
    on conflict (zone_id, instance_type) do update set available = excluded.available`)
}

/** Adds to what a place has, or takes away; a place without limit stays so. */
export async function changeStock(tx: Tx, { zoneId, type }: Place, difference: number): Promise<void> {
  await tx.run(sql`
    update stock set available = available + ${difference}
    where zone_id = ${zoneId} and instance_type = ${type} and available is not null`)
}

interface StockRow {
  zone_id: string
  instance_type: string
  available: number | null
}

function toStock(row: StockRow): Stock {
  return { zoneId: row.zone_id, type: row.instance_type, available: row.available }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
