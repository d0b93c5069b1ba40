import sql, { empty } from 'sql-template-tag'
import { named, nullable, number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

/** What is limited in some zones. */
export const stock = table(
  'stock',
  {
    zoneId: text,
    type: named('instance_type', text),
    /** A number of instances, or null for no limit. */
    available: nullable(number),
  },
  ['zoneId', 'type'],
)

export type Stock = Row<typeof stock>
/** A type in a zone: what capacity is counted by. */
export type Place = Pick<Stock, 'zoneId' | 'type'>

/** What is limited in some zones; what is not listed is there without limit. */
export function listStock(tx: Tx, zoneIds: readonly string[]): Promise<Stock[]> {
  return stock.all.list(tx, sql`where ${tx.dialect.oneOf(sql`zone_id`, zoneIds)} order by zone_id, instance_type`)
}

export function listAllStock(tx: Tx): Promise<Stock[]> {
  return stock.all.list(tx, sql`order by zone_id, instance_type`)
}

/** What there is of these places, as far as it is limited; the rows stay locked. */
export async function lockStock(tx: Tx, places: readonly Place[]): Promise<Stock[]> {
  if (places.length === 0) return []
  const { dialect } = tx
  return stock.all.list(
    tx,
    sql`where ${dialect.oneOf(sql`zone_id`, distinct(places.map(place => place.zoneId)))}
      and ${dialect.oneOf(sql`instance_type`, distinct(places.map(place => place.type)))} and available is not null
    order by zone_id, instance_type ${tx.mode === 'write' ? dialect.forUpdate : empty}`,
  )
}

export function putStock(tx: Tx, rows: readonly Stock[]): Promise<void> {
  return stock.put(tx, rows)
}

/** Adds to what a place has, or takes away; a place without limit stays so. */
export async function changeStock(tx: Tx, { zoneId, type }: Place, difference: number): Promise<void> {
  await stock.update(
    tx,
    { available: sql`available + ${difference}` },
    sql`zone_id = ${zoneId} and instance_type = ${type} and available is not null`,
  )
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
