import sql from 'sql-template-tag'
import { named, number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { firstNumber, type Row, table } from '../../table.ts'
import type { Place } from '../instances/stock.ts'

/** What the market asks for a type in a zone from a time on. */
export const spotPrices = table(
  'spot_prices',
  {
    zoneId: text,
    type: named('instance_type', text),
    /** Instance time, ms. */
    at: number,
    /** Millionths of a yuan an hour. */
    microPerHour: named('price_micro', number),
  },
  ['zoneId', 'type', 'at'],
)

export type SpotPrice = Row<typeof spotPrices>

export function putSpotPrice(tx: Tx, price: SpotPrice): Promise<void> {
  return spotPrices.put(tx, [price])
}

/** The newest price of each of these places that has one. */
export async function listSpotPrices(tx: Tx, places: readonly Place[]): Promise<SpotPrice[]> {
  if (places.length === 0) return []
  const { dialect } = tx
  return tx.all(
    sql`
      select ${spotPrices.all.of('p')} from spot_prices p
      where ${dialect.oneOf(sql`p.zone_id`, [...new Set(places.map(place => place.zoneId))])}
        and ${dialect.oneOf(sql`p.instance_type`, [...new Set(places.map(place => place.type))])}
        and p.at = (select max(o.at) from spot_prices o where o.zone_id = p.zone_id and o.instance_type = p.instance_type)
      order by p.zone_id, p.instance_type`,
    spotPrices.all.read,
  )
}

/** Every price there was in these zones until a time, oldest first. */
export function listSpotPriceHistory(
  tx: Tx,
  query: { readonly zoneIds: readonly string[]; readonly type: string; readonly until: number },
): Promise<SpotPrice[]> {
  return spotPrices.all.list(
    tx,
    sql`where ${tx.dialect.oneOf(sql`zone_id`, query.zoneIds)} and instance_type = ${query.type} and at <= ${query.until}
      order by at, zone_id`,
  )
}

/** Numbers of the spot instances of a place, oldest first. */
export function listSpotInstances(tx: Tx, { zoneId, type }: Place): Promise<number[]> {
  return tx.all(
    sql`select seq from instances where zone_id = ${zoneId} and type = ${type} and spot_strategy <> 'NoSpot' order by seq`,
    firstNumber,
  )
}
