import type { HostCapacity } from '../compute/driver.ts'
import { findInstanceType } from '../domain/catalogue/instance-types.ts'
import { holdsCapacity } from '../domain/instance/capacity.ts'
import type { InstanceFacts } from '../domain/instance/types.ts'
import { countHolders } from '../store/instances.ts'
import { changeStock, lockStock, type Place } from '../store/stock.ts'
import type { Tx } from '../store/store.ts'

type Holder = Pick<InstanceFacts, 'zoneId' | 'type' | 'status' | 'operation' | 'stopMode'>

/** The host on which machines really run; undefined where they exist on paper. */
export type Host = HostCapacity | undefined

/** How to take room for one instance after another in this transaction: false when there is none left. */
export async function loadRoom(tx: Tx, instances: readonly Holder[], host: Host): Promise<(place: Place) => boolean> {
  const without = instances.filter(instance => !holdsCapacity(instance))
  const stock = await lockStock(tx, without)
  const takeOfHost = without.length === 0 ? () => true : await loadHostRoom(tx, host)
  const left = new Map(stock.map(one => [keyOf(one), one.available ?? Infinity]))
  return place => {
    const room = left.get(keyOf(place)) ?? Infinity
    if (room <= 0 || !takeOfHost(place.type)) return false
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
export async function findRoom(
  tx: Tx,
  place: Place,
  { wanted, atLeast, host }: { wanted: number; atLeast: number; host: Host },
) {
  const stock = await lockStock(tx, [place])
  const takeOfHost = await loadHostRoom(tx, host)
  const inStock = Math.min(wanted, stock[0]?.available ?? Infinity)
  let count = 0
  while (count < inStock && takeOfHost(place.type)) count++
  if (count < atLeast) throw new NoStock()
  return count
}

/** Whether there is room for a machine to become one of this type, giving up the type it has. */
export async function hasRoom(tx: Tx, place: Place, { from, host }: { from: string; host: Host }): Promise<boolean> {
  const stock = await lockStock(tx, [place])
  const takeOfHost = await loadHostRoom(tx, host, from)
  return (stock[0]?.available ?? Infinity) > 0 && takeOfHost(place.type)
}

/**
 * As loadRoom, of the host: what instances hold is counted afresh each time, so that nothing has to be given back.
 * `leaving` is a type of which one instance less is counted.
 */
async function loadHostRoom(tx: Tx, host: Host, leaving?: string): Promise<(type: string) => boolean> {
  if (host === undefined) return () => true
  let { vcpus, memoryMiB } = host
  const take = (typeId: string, count: number) => {
    const type = findInstanceType(typeId)
    vcpus -= (type?.cpuCores ?? 0) * count
    memoryMiB -= (type?.memoryGiB ?? 0) * 1024 * count
  }
  for (const { type, count } of await countHolders(tx)) take(type, type === leaving ? count - 1 : count)
  return type => {
    take(type, 1)
    if (vcpus >= 0 && memoryMiB >= 0) return true
    take(type, -1)
    return false
  }
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
