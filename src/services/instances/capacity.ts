import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { holdsCapacity } from '../../domain/instances/capacity.ts'
import type { InstanceFacts } from '../../domain/instances/types.ts'
import { wallClock } from '../../platform/clock.ts'
import { findHosts, listHostsWith } from '../../store/tables/hosts/hosts.ts'
import { updateCreditsSince, updatePublicIp } from '../../store/tables/instances/attributes.ts'
import { changeStock, lockStock, type Place } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'
import { type HostRoom, loadHostRoom } from '../hosts/host-room.ts'
import type { HostService } from '../hosts/hosts.ts'
import { takePublicAddresses } from '../network/network.ts'

export type Holder = Pick<InstanceFacts, 'zoneId' | 'type' | 'status' | 'operation' | 'stopMode'>
type Placed = Pick<InstanceFacts, 'hostId'>

/** What room there is for instances that have given their capacity back, as one after another takes it. */
export interface Room {
  fits(instance: Place & Placed): boolean
  take(instance: Place & Placed): void
}

export async function loadRoom(tx: Tx, instances: readonly (Holder & Placed)[]): Promise<Room> {
  const without = instances.filter(instance => !holdsCapacity(instance))
  const stock = await lockStock(tx, without)
  const hosts = await findHosts(tx, [...new Set(without.flatMap(({ hostId }) => hostId ?? []))])
  const onHosts = await loadHostRoom(tx, hosts)
  const left = new Map(stock.map(one => [keyOf(one), one.available ?? Infinity]))
  const inZone = (place: Place) => left.get(keyOf(place)) ?? Infinity
  return {
    fits: one => inZone(one) > 0 && (one.hostId === null || onHosts.fits(one.hostId, one.type)),
    take(one) {
      left.set(keyOf(one), inZone(one) - 1)
      if (one.hostId !== null) onHosts.take(one.hostId, one.type)
    },
  }
}

/** A zone has no room for as many instances of a type as were asked for. */
export class NoStock extends Error {
  override readonly name = 'NoStock'
}

export interface Wanted {
  readonly wanted: number
  readonly atLeast: number
  readonly imageId: string
}

/**
 * The hosts of as many of `wanted` new instances as a place has room for, null for each simulated one; throws NoStock when it
 * has none for `atLeast` (help page "RunInstances", MinAmount).
 */
export async function findRoom(
  tx: Tx,
  place: Place,
  { wanted, atLeast, imageId }: Wanted,
  hosts: HostService,
): Promise<readonly (string | null)[]> {
  const stock = await lockStock(tx, [place])
  const inStock = Math.min(wanted, stock[0]?.available ?? Infinity)
  const found = (await hosts.areReal(tx))
    ? takeHosts(await loadHostRoom(tx, await listHostsWith(tx, imageId, wallClock.now())), place.type, inStock)
    : Array<null>(Math.max(inStock, 0)).fill(null)
  if (found.length < atLeast) throw new NoStock()
  return found
}

function takeHosts(room: HostRoom, type: string, count: number): string[] {
  const hosts: string[] = []
  while (hosts.length < count) {
    const host = room.takeAnywhere(type)
    if (host === undefined) break
    hosts.push(host)
  }
  return hosts
}

/** Whether there is room for an instance to become one of another type, giving up the type it has. */
export async function hasRoom(tx: Tx, place: Place, instance: Holder & Placed): Promise<boolean> {
  const stock = await lockStock(tx, [place])
  if ((stock[0]?.available ?? Infinity) <= 0) return false
  const { hostId } = instance
  if (hostId === null) return true
  const room = await loadHostRoom(tx, await findHosts(tx, [hostId]))
  room.giveBack(hostId, instance.type)
  return room.take(hostId, place.type)
}

/**
 * Gives instances that start what an economical stop has taken from them: capacity, another static public address, and,
 * where they are burstable, CPU credits that begin anew.
 */
export async function regain(tx: Tx, instances: readonly InstanceFacts[], at: number): Promise<void> {
  const without = instances.filter(instance => !holdsCapacity(instance))
  for (const { place, count } of countPlaces(without)) await changeStock(tx, place, -count)
  const withoutIp = instances.filter(instance => instance.regainsPublicIp)
  const addresses = withoutIp.length === 0 ? [] : await takePublicAddresses(tx, withoutIp.length)
  for (const [index, { id }] of withoutIp.entries()) await updatePublicIp(tx, id, addresses[index] ?? '')
  const burstable = instances.filter(
    ({ type, stopMode }) => stopMode === 'StopCharging' && findInstanceType(type)?.credits !== undefined,
  )
  if (burstable.length === 0) return
  await updateCreditsSince(
    tx,
    burstable.map(({ id }) => id),
    at,
  )
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
