import { getInstanceType, type InstanceType } from '../catalogue/instance-types.ts'
import { nanoPerSecond } from '../billing/money.ts'

/** Prices in CNY; per hour where nothing else is said. */
export interface PriceList {
  /** By family (`g7`): what a vCPU, a GiB of memory and a GPU cost; local disks are part of the vCPU. */
  readonly families: Readonly<Record<string, FamilyPrice>>
  /** By type (`ecs.g7.large`), in place of what its family says. */
  readonly types: Readonly<Record<string, number>>
  /** Per GiB, by category; ESSDs by category and performance level (`cloud_essd-PL1`). */
  readonly disks: Readonly<Record<string, number>>
  /** Image licence, per vCPU. */
  readonly licences: { readonly windows: number }
  /** Fixed bandwidth per Mbit/s: the first five, and each further one. */
  readonly bandwidth: { readonly upTo5: number; readonly above5: number }
  /** Configuration fee of an EIP that no instance has. */
  readonly eip: number
  /** A subscription costs this part of the same time on a pay-as-you-go basis. */
  readonly subscription: number
  /** The market price of spot instances as a part of the list price; by zone and type where it is another. */
  readonly spot: { readonly factor: number; readonly zones: Readonly<Record<string, Readonly<Record<string, number>>>> }
}

export interface FamilyPrice {
  readonly vcpu: number
  readonly gib: number
  readonly gpu?: number | undefined
}

/** What a type costs an hour, CNY. */
export function priceOfType(type: InstanceType, prices: PriceList): number {
  const own = prices.types[type.id]
  if (own !== undefined) return own
  const family = prices.families[type.family.slice('ecs.'.length)]
  if (family === undefined) throw new Error(`The price list has no family ${type.family}.`)
  return type.cpuCores * family.vcpu + type.memoryGiB * family.gib + (type.gpu?.amount ?? 0) * (family.gpu ?? 0)
}

/** What a spot instance of the type costs an hour in the zone, CNY. */
export function marketPrice(typeId: string, zoneId: string, prices: PriceList): number {
  const { factor, zones } = prices.spot
  return priceOfType(getInstanceType(typeId), prices) * (zones[zoneId]?.[typeId] ?? factor)
}

export function priceOfDisk(disk: PricedDisk, prices: PriceList): number {
  const name = diskPriceName(disk)
  const price = prices.disks[name] ?? prices.disks[disk.category]
  if (price === undefined) throw new Error(`The price list has no disk ${name}.`)
  return price * disk.sizeGiB
}

export interface PricedDisk {
  readonly kind: 'system' | 'data'
  readonly category: string
  readonly performanceLevel: string
  readonly sizeGiB: number
}

export function diskPriceName({ category, performanceLevel }: PricedDisk): string {
  return performanceLevel === '' ? category : `${category}-${performanceLevel}`
}

export function priceOfBandwidth(mbps: number, { bandwidth }: PriceList): number {
  return Math.min(mbps, 5) * bandwidth.upTo5 + Math.max(mbps - 5, 0) * bandwidth.above5
}

/**
 * What an EIP costs, in nano-yuan per second: its bandwidth where that is fixed (traffic is not metered), and a
 * configuration fee, which is waived while an instance has it. Source: help page "Pay-as-you-go" of EIP.
 */
export function eipRate(
  { chargeType, mbps, bound }: { chargeType: string; mbps: number; bound: boolean },
  prices: PriceList,
): number {
  const fixed = chargeType === 'PayByBandwidth' ? nanoPerSecond(priceOfBandwidth(mbps, prices)) : 0
  return fixed + (bound ? 0 : nanoPerSecond(prices.eip))
}
