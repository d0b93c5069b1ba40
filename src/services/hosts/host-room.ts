import type { HostCapacity } from '../../compute/driver.ts'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { type Host, holdHosts } from '../../store/tables/hosts/hosts.ts'
import { countHolders } from '../../store/tables/instances/placement.ts'
import type { Tx } from '../../store/store.ts'

/** What is free on hosts, as a transaction uses it up. */
export interface HostRoom {
  fits(hostId: string, type: string): boolean
  /** False when there is no room for another one of this type. */
  take(hostId: string, type: string): boolean
  /** Takes it where most is free; undefined when there is room nowhere. */
  takeAnywhere(type: string): string | undefined
  giveBack(hostId: string, type: string): void
}

/** What instances hold is counted afresh each time, so that nothing has to be given back. */
export async function loadHostRoom(tx: Tx, hosts: readonly Host[]): Promise<HostRoom> {
  const free = new Map<string, HostCapacity>(hosts.map(host => [host.id, host]))
  const change = (hostId: string, typeId: string, count: number) => {
    const left = free.get(hostId)
    const needs = needsOf(typeId)
    if (left === undefined) return
    free.set(hostId, {
      vcpus: left.vcpus + needs.vcpus * count,
      memoryMiB: left.memoryMiB + needs.memoryMiB * count,
    })
  }
  if (hosts.length > 0) await holdHosts(tx)
  const holders = await countHolders(
    tx,
    hosts.map(host => host.id),
  )
  for (const { hostId, type, count } of holders) change(hostId, type, -count)
  const fits = (hostId: string, type: string) => timesIn(free.get(hostId), type) >= 1
  const take = (hostId: string, type: string) => {
    if (!fits(hostId, type)) return false
    change(hostId, type, -1)
    return true
  }
  return {
    fits,
    take,
    takeAnywhere(type) {
      const [most] = [...free.keys()].sort((a, b) => timesIn(free.get(b), type) - timesIn(free.get(a), type))
      return most !== undefined && take(most, type) ? most : undefined
    },
    giveBack: (hostId, type) => change(hostId, type, 1),
  }
}

/** How many of a type fit in, in fractions. */
function timesIn(left: HostCapacity | undefined, type: string): number {
  if (left === undefined) return 0
  const { vcpus, memoryMiB } = needsOf(type)
  return Math.min(left.vcpus / vcpus, left.memoryMiB / memoryMiB)
}

function needsOf(typeId: string): HostCapacity {
  const type = findInstanceType(typeId)
  return { vcpus: type?.cpuCores ?? 0, memoryMiB: (type?.memoryGiB ?? 0) * 1024 }
}
