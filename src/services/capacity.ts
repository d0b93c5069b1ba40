import { holdsCapacity } from '../domain/instance/capacity.ts'
import type { InstanceFacts } from '../domain/instance/types.ts'
import { changeStock, lockStock, type Place } from '../store/stock.ts'
import type { Tx } from '../store/store.ts'

type Holder = Pick<InstanceFacts, 'zoneId' | 'type' | 'status' | 'operation' | 'stopMode'>

/** How to take room for one instance after another in this transaction: false when there is none left. */
export async function loadRoom(tx: Tx, instances: readonly Holder[]): Promise<(place: Place) => boolean> {
  const stock = await lockStock(
    tx,
    instances.filter(instance => !holdsCapacity(instance)),
  )
  const left = new Map(stock.map(one => [keyOf(one), one.available ?? Infinity]))
  return place => {
    const room = left.get(keyOf(place)) ?? Infinity
    if (room <= 0) return false
    left.set(keyOf(place), room - 1)
    return true
  }
}

/** A zone has no room for as many instances of a type as were asked for. */
export class NoStock extends Error {
  override readonly name = 'NoStock'
}

/**
 * How many of `wanted` new instances a place has room for; throws NoStock when it has none for `atLeast` (help page
 * "RunInstances", MinAmount).
 */
export async function findRoom(tx: Tx, place: Place, { wanted, atLeast }: { wanted: number; atLeast: number }) {
  const stock = await lockStock(tx, [place])
  const count = Math.min(wanted, stock[0]?.available ?? Infinity)
  if (count < atLeast) throw new NoStock()
  return count
}

export async function hasRoom(tx: Tx, place: Place): Promise<boolean> {
  const stock = await lockStock(tx, [place])
  return (stock[0]?.available ?? Infinity) > 0
}

/** Takes the capacity that instances do not hold and are about to. */
export async function takeCapacity(tx: Tx, instances: readonly Holder[]): Promise<void> {
  const without = instances.filter(instance => !holdsCapacity(instance))
  for (const { place, count } of countPlaces(without)) await changeStock(tx, place, -count)
}

/** Gives back what instances hold that are released, or whose economical stop has come to its end. */
export async function giveBackCapacity(tx: Tx, instances: readonly Holder[]): Promise<void> {
  for (const { place, count } of countPlaces(instances.filter(holdsCapacity))) await changeStock(tx, place, count)
}

function countPlaces(places: readonly Place[]): { place: Place; count: number }[] {
  const counts = new Map<string, { place: Place; count: number }>()
  for (const place of places) {
    const found = counts.get(keyOf(place))
    if (found === undefined) counts.set(keyOf(place), { place, count: 1 })
    else found.count++
  }
  return [...counts.values()]
}

function keyOf({ zoneId, type }: Place): string {
  return `${zoneId} ${type}`
}
