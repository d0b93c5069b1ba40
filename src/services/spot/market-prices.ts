import { marketPrice, type PriceList } from '../../domain/prices/prices.ts'
import { listSpotPrices } from '../../store/tables/spot/prices.ts'
import type { Place } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'

/** What the market asks now in these places, CNY an hour: what was set there, or its part of the list price. */
export async function loadMarketPrices(
  tx: Tx,
  places: readonly Place[],
  prices: PriceList,
): Promise<(place: Place) => number> {
  const set = new Map((await listSpotPrices(tx, places)).map(one => [keyOf(one), one.microPerHour / 1e6]))
  return place => set.get(keyOf(place)) ?? marketPrice(place.type, place.zoneId, prices)
}

function keyOf({ zoneId, type }: Place): string {
  return `${zoneId} ${type}`
}
