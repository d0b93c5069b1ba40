import { getInstanceType } from '../catalogue/instance-types.ts'
import { findImage } from '../catalogue/images.ts'
import { isEligibleForEconomicalMode } from '../instances/economical-mode.ts'
import type { InstanceFacts } from '../instances/types.ts'
import { nanoPerSecond } from '../billing/money.ts'
import { marketPrice, priceOfBandwidth, priceOfDisk, type PricedDisk, type PriceList, priceOfType } from './prices.ts'

/** What the bill of an instance is made up of. */
export const rateItems = ['compute', 'image', 'systemDisk', 'dataDisk', 'bandwidth'] as const
export type RateItem = (typeof rateItems)[number]
/** Nano-yuan per second. */
export type Rates = Readonly<Record<RateItem, number>>

export const noRates: Rates = { compute: 0, image: 0, systemDisk: 0, dataDisk: 0, bandwidth: 0 }

/** How an instance is billed: `stopped` (in standard mode) costs as `running` does. */
export type MeterState = 'running' | 'stopped' | 'economical' | 'locked' | 'released'

/** What the price of an instance depends on. */
export interface BilledFacts extends Pick<
  InstanceFacts,
  'type' | 'zoneId' | 'status' | 'stopMode' | 'chargeType' | 'spotStrategy' | 'networkType' | 'locks'
> {
  readonly imageId: string
  readonly internetChargeType: string
  readonly details: { readonly internetMaxBandwidthOut: number; readonly disks: readonly PricedDisk[] }
}

/** What an instance costs now, and what of its running costs economical mode would take (or takes) off. */
export interface Metered {
  readonly state: MeterState
  readonly rates: Rates
  /** Nano-yuan per second; 0 where economical mode is not to be had. */
  readonly pausable: number
}

/**
 * `market` is what a spot instance of its type costs an hour in its zone, CNY; absent, its part of the list price.
 * Sources: lifecycle of the bill as in the help pages "StopInstances", "Economical mode" and "Billing FAQ".
 */
export function ratesOf(instance: BilledFacts, prices: PriceList, market?: number): Metered {
  const state = stateOf(instance)
  // A subscription is paid when it is bought; what is locked for arrears and off costs nothing.
  if (instance.chargeType === 'PrePaid' || state === 'locked') return { state, rates: noRates, pausable: 0 }
  const running = runningRates(instance, prices, market)
  const paused: Rates = { ...running, compute: 0, image: 0, bandwidth: 0 }
  return {
    state,
    rates: state === 'economical' ? paused : running,
    pausable: state === 'economical' || isEligibleForEconomicalMode(instance) ? totalOf(running) - totalOf(paused) : 0,
  }
}

export function totalOf(rates: Rates): number {
  return rateItems.reduce((sum, item) => sum + rates[item], 0)
}

/** What a subscription of that length costs, in fen per item: the price on its tag. */
export function subscriptionPrice(instance: BilledFacts, seconds: number, prices: PriceList): Rates {
  const running = runningRates(instance, prices)
  const fenOf = (rate: number) => Math.round((rate * seconds * prices.subscription) / 1e7)
  return {
    compute: fenOf(running.compute),
    image: fenOf(running.image),
    systemDisk: fenOf(running.systemDisk),
    dataDisk: fenOf(running.dataDisk),
    bandwidth: fenOf(running.bandwidth),
  }
}

function stateOf({ status, stopMode, locks }: BilledFacts): MeterState {
  if (status !== 'Stopped') return 'running'
  if (locks.includes('financial')) return 'locked'
  return stopMode === 'StopCharging' ? 'economical' : 'stopped'
}

function runningRates(instance: BilledFacts, prices: PriceList, market?: number): Rates {
  const type = getInstanceType(instance.type)
  const { disks, internetMaxBandwidthOut } = instance.details
  const isSpot = instance.spotStrategy !== 'NoSpot'
  const hasLicence = findImage(instance.imageId)?.osType === 'windows'
  // Traffic is not metered.
  const hasFixedBandwidth = instance.internetChargeType === 'PayByBandwidth'
  const disksOf = (kind: PricedDisk['kind']) =>
    disks.reduce((sum, disk) => (disk.kind === kind ? sum + nanoPerSecond(priceOfDisk(disk, prices)) : sum), 0)
  return {
    compute: nanoPerSecond(
      isSpot ? (market ?? marketPrice(type.id, instance.zoneId, prices)) : priceOfType(type, prices),
    ),
    image: hasLicence ? nanoPerSecond(type.cpuCores * prices.licences.windows) : 0,
    systemDisk: disksOf('system'),
    dataDisk: disksOf('data'),
    bandwidth: hasFixedBandwidth ? nanoPerSecond(priceOfBandwidth(internetMaxBandwidthOut, prices)) : 0,
  }
}
