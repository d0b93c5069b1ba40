import { getInstanceType } from '../../domain/catalogue/instance-types.ts'
import { marketPrice, type PriceList, priceOfType } from '../../domain/prices/prices.ts'
import { interruptionNoticeMs, isInterruptible, isOutbid, protectedUntil, toMicro } from '../../domain/spot/spot.ts'
import type { InstanceFacts } from '../../domain/instances/types.ts'
import type { Clock } from '../../platform/clock.ts'
import { findInstance, type Instance } from '../../store/tables/instances/instances.ts'
import { updateLocks } from '../../store/tables/instances/attributes.ts'
import { listInstancesByNumber } from '../../store/tables/instances/instances.ts'
import {
  findInterruption,
  insertInterruption,
  type InterruptionCause,
  type SpotInterruption,
  updateInterruption,
} from '../../store/tables/spot/interruptions.ts'
import { listSpotInstances, listSpotPriceHistory, putSpotPrice } from '../../store/tables/spot/prices.ts'
import type { Place } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'
import type { EventLog } from '../events/events.ts'
import { loadMarketPrices } from './market-prices.ts'
import type { Metering } from '../billing/metering.ts'

export interface SpotMarketOptions {
  readonly clock: Clock
  readonly prices: PriceList
  readonly meter: Metering
  readonly events: EventLog
}

/** A price in CNY an hour, or as a part of the list price. */
export type NewSpotPrice = { readonly price: number } | { readonly factor: number }

const because = {
  price: 'the market price is above its limit',
  capacity: 'its capacity is needed elsewhere',
} as const satisfies Record<InterruptionCause, string>

/** Instances of one statement. */
const portionSize = 500

/** What spot instances cost, and who has to go; due.ts carries it out. */
export class SpotMarket {
  readonly #options: SpotMarketOptions

  constructor(options: SpotMarketOptions) {
    this.#options = options
  }

  /** What the market asks in a place, CNY an hour. */
  async priceOf(tx: Tx, place: Place): Promise<number> {
    return (await loadMarketPrices(tx, [place], this.#options.prices))(place)
  }

  /** What the market asked in these zones from a time on, and each change until another; oldest first. CNY an hour. */
  async listPrices(
    tx: Tx,
    { zoneIds, type, from, until }: { zoneIds: readonly string[]; type: string; from: number; until: number },
  ): Promise<{ listPrice: number; prices: readonly { zoneId: string; at: number; price: number }[] }> {
    const { prices } = this.#options
    const byZone = Map.groupBy(await listSpotPriceHistory(tx, { zoneIds, type, until }), one => one.zoneId)
    const shown = zoneIds.flatMap(zoneId => {
      const set = (byZone.get(zoneId) ?? []).map(({ at, microPerHour }) => ({ zoneId, at, price: microPerHour / 1e6 }))
      const before = set.findLast(one => one.at <= from)?.price ?? marketPrice(type, zoneId, prices)
      return [{ zoneId, at: from, price: before }, ...set.filter(one => one.at > from)]
    })
    return {
      listPrice: priceOfType(getInstanceType(type), prices),
      prices: shown.toSorted((one, other) => one.at - other.at),
    }
  }

  /** Sets what the market asks from now on: meters follow, and instances whose limit is below have to go. */
  async setPrice(tx: Tx, place: Place, wanted: NewSpotPrice): Promise<number> {
    const { clock, prices, meter } = this.#options
    const price = 'price' in wanted ? wanted.price : priceOfType(getInstanceType(place.type), prices) * wanted.factor
    const at = clock.now()
    await putSpotPrice(tx, { ...place, at, microPerHour: toMicro(price) })
    const numbers = await listSpotInstances(tx, place)
    for (let start = 0; start < numbers.length; start += portionSize) {
      const portion = numbers.slice(start, start + portionSize)
      await meter.update(
        tx,
        portion.map(seq => ({ seq, at })),
      )
      for (const instance of await listInstancesByNumber(tx, portion)) {
        if (isInterruptible(instance) && isOutbid(instance, price)) await this.#plan(tx, instance, 'price')
      }
    }
    return price
  }

  /** Which of these the market has outbid, with the time until which they are protected nevertheless. */
  async findOutbid(tx: Tx, instances: readonly InstanceFacts[]): Promise<ReadonlyMap<string, number>> {
    const limited = instances.filter(instance => instance.spotStrategy === 'SpotWithPriceLimit')
    if (limited.length === 0) return new Map()
    const price = await loadMarketPrices(tx, limited, this.#options.prices)
    const found = await listInstancesByNumber(
      tx,
      limited.map(instance => instance.seq),
    )
    return new Map(found.filter(one => isOutbid(one, price(one))).map(one => [one.id, protectedUntil(one)]))
  }

  /** Plans to take back those that were started although the market has outbid them. */
  async watch(tx: Tx, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const instance = await findInstance(tx, id)
      if (instance !== undefined) await this.#plan(tx, instance, 'price')
    }
  }

  /**
   * Takes an instance back because somebody wants it so; its protection is respected. Says when notice is, or was, given and
   * when it is carried out; or what stands against it.
   */
  async interrupt(
    tx: Tx,
    id: string,
  ): Promise<'not-found' | 'not-spot' | 'off' | { readonly noticeAt: number; readonly interruptAt: number }> {
    const instance = await findInstance(tx, id)
    if (instance === undefined) return 'not-found'
    if (instance.spotStrategy === 'NoSpot') return 'not-spot'
    if (!isInterruptible(instance)) return 'off'
    await this.#plan(tx, instance, 'capacity')
    const planned = await findInterruption(tx, instance.seq)
    if (planned === undefined) throw new Error(`The interruption of ${id} was not written.`)
    const noticeAt = planned.noticedAt ?? planned.dueAt
    return { noticeAt, interruptAt: noticeAt + interruptionNoticeMs }
  }

  /** Locks an instance and says that it goes in five minutes, because of what was planned; nothing when that is void. */
  async notify(tx: Tx, instance: Instance, planned: SpotInterruption): Promise<boolean> {
    if (!isInterruptible(instance)) return false
    if (planned.cause === 'price' && !isOutbid(instance, await this.priceOf(tx, instance))) return false
    await this.#notify(tx, instance, planned.cause)
    return true
  }

  async #plan(tx: Tx, instance: Instance, cause: InterruptionCause): Promise<void> {
    const { clock } = this.#options
    const known = await findInterruption(tx, instance.seq)
    if (known !== undefined) return
    const now = clock.now()
    const dueAt = Math.max(now, protectedUntil(instance))
    await insertInterruption(tx, { instanceSeq: instance.seq, instanceId: instance.id, cause, noticedAt: null, dueAt })
    if (dueAt > now) tx.notifyDue(dueAt)
    else await this.#notify(tx, instance, cause)
  }

  async #notify(tx: Tx, instance: Instance, cause: InterruptionCause): Promise<void> {
    const { clock, events } = this.#options
    const at = clock.now()
    const { accountId, regionId, seq: instanceSeq, id: instanceId, locks } = instance
    const dueAt = at + interruptionNoticeMs
    await updateInterruption(tx, { instanceSeq, noticedAt: at, dueAt })
    if (!locks.includes('Recycling')) await updateLocks(tx, instanceId, [...locks, 'Recycling'])
    const what = instance.details.spotInterruptionBehavior === 'Stop' ? 'stopped' : 'released'
    const reason = `it is going to be ${what} in 5 minutes: ${because[cause]}`
    const origin = { accountId, regionId, instanceSeq, instanceId, actor: 'platform', requestId: '' } as const
    await events.record(tx, [{ ...origin, at, state: 'Interruption', reason }])
    tx.notifyDue(dueAt)
  }
}
