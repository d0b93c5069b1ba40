import sql, { join } from 'sql-template-tag'
import type { Place } from '../instances/stock.ts'
import type { Tx } from '../../store.ts'

/** What the market asks for a type in a zone from a time on (instance time, ms), in millionths of a yuan an hour. */
export interface SpotPrice extends Place {
  readonly at: number
  readonly microPerHour: number
}

export async function putSpotPrice(tx: Tx, { zoneId, type, at, microPerHour }: SpotPrice): Promise<void> {
  await tx.run(sql`
    insert into spot_prices (zone_id, instance_type, at, price_micro) values (${zoneId}, ${type}, ${at}, ${microPerHour})
    on conflict (zone_id, instance_type, at) do update set price_micro = excluded.price_micro`)
}

/** The newest price of each of these places that has one. */
export async function listSpotPrices(tx: Tx, places: readonly Place[]): Promise<SpotPrice[]> {
  if (places.length === 0) return []
  const rows = await tx.all<SpotPriceRow>(sql`
    select p.zone_id, p.instance_type, p.at, p.price_micro from spot_prices p
    where p.zone_id in (${join([...new Set(places.map(place => place.zoneId))])})
      and p.instance_type in (${join([...new Set(places.map(place => place.type))])})
      and p.at = (select max(o.at) from spot_prices o where o.zone_id = p.zone_id and o.instance_type = p.instance_type)
    order by p.zone_id, p.instance_type`)
  return rows.map(toSpotPrice)
}

/** Every price there was in these zones until a time, oldest first. */
export async function listSpotPriceHistory(
  tx: Tx,
  query: { readonly zoneIds: readonly string[]; readonly type: string; readonly until: number },
): Promise<SpotPrice[]> {
  const rows = await tx.all<SpotPriceRow>(sql`
    select zone_id, instance_type, at, price_micro from spot_prices
    where zone_id in (${join([...query.zoneIds])}) and instance_type = ${query.type} and at <= ${query.until}
    order by at, zone_id`)
  return rows.map(toSpotPrice)
}

/** Numbers of the spot instances of a place, oldest first. */
export async function listSpotInstances(tx: Tx, { zoneId, type }: Place): Promise<number[]> {
  const rows = await tx.all<{ seq: number }>(sql`
    select seq from instances where zone_id = ${zoneId} and type = ${type} and spot_strategy <> 'NoSpot' order by seq`)
  return rows.map(row => row.seq)
}

interface SpotPriceRow {
  zone_id: string
  instance_type: string
  at: number | string
  price_micro: number | string
}

function toSpotPrice(row: SpotPriceRow): SpotPrice {
  return {
    zoneId: row.zone_id,
    type: row.instance_type,
    at: Number(row.at),
    microPerHour: Number(row.price_micro),
  }
}
