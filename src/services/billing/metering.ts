import { eipRate, type PriceList } from '../../domain/prices/prices.ts'
import {
  type BilledFacts,
  noRates,
  rateItems,
  type Rates,
  ratesOf,
  subscriptionPrice,
} from '../../domain/prices/rates.ts'
import { type Eip, listEipsByNumber } from '../../store/tables/network/eips.ts'
import type { Instance } from '../../store/tables/instances/instances.ts'
import {
  deltaOf,
  insertMeterRows,
  listLastMeterRows,
  type MeteredResource,
  type MeterRow,
} from '../../store/tables/billing/meter.ts'
import { insertPayments, type Payment, type PaymentNote } from '../../store/tables/billing/payments.ts'
import { listCheaperWhenStopped } from '../../store/tables/instances/power.ts'
import { listInstancesByNumber } from '../../store/tables/instances/instances.ts'
import type { Place } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'
import { loadMarketPrices } from '../spot/market-prices.ts'

/** An instance or EIP, by its number, and when it changed; instance time, ms. */
export interface Change {
  readonly seq: number
  readonly at: number
}

/** What a resource costs, without the time it costs that from. */
type Priced = Omit<MeterRow, 'at'>

const gone = { state: 'released', rates: noRates, pausable: 0, holder: null } as const

/**
 * The meter of what everything costs. It is told in the transaction of a change, and writes a row where that changes
 * the rates: a stop in standard mode writes nothing. Times are instance time in ms.
 */
export class Metering {
  readonly #prices: PriceList

  constructor(prices: PriceList) {
    this.#prices = prices
  }

  /** Instances begin to cost; subscriptions are paid. */
  async open(tx: Tx, instances: readonly Instance[]): Promise<void> {
    const market = await this.#loadMarket(tx, instances)
    const rows = instances.map(instance => firstRow(this.#priceInstance(instance, market), instance.createdAt))
    notifySettlement(tx, await insertMeterRows(tx, rows))
    const purchases = instances.flatMap(instance => {
      const { chargeType, createdAt: at, expiresAt } = instance
      if (chargeType !== 'PrePaid' || expiresAt === null) return []
      return paymentsFor(instance, { fen: this.priceOf(instance, expiresAt - at), note: 'bought', at })
    })
    notifySettlement(tx, await insertPayments(tx, purchases))
  }

  /** What an instance costs as a subscription for so many ms, in fen per item. */
  priceOf(instance: BilledFacts, ms: number): Rates {
    return subscriptionPrice(instance, toSeconds(ms), this.#prices)
  }

  /** Something is paid at once, or paid back where the amounts are negative. */
  async pay(tx: Tx, instance: Instance, payment: OneOff): Promise<void> {
    notifySettlement(tx, await insertPayments(tx, paymentsFor(instance, payment)))
  }

  /** EIPs begin to cost. */
  async openEips(tx: Tx, eips: readonly Eip[]): Promise<void> {
    const rows = eips.map(eip => firstRow(this.#priceEip(eip), eip.allocatedAt))
    notifySettlement(tx, await insertMeterRows(tx, rows))
  }

  /** Something that the rates of instances or EIPs depend on has changed, or they were released. */
  async update(tx: Tx, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const times = new Map(changes.map(({ seq, at }) => [seq, at]))
    const numbers = [...times.keys()]
    const last = new Map((await listLastMeterRows(tx, numbers)).map(row => [keyOf(row), row]))
    const instances = await listInstancesByNumber(tx, numbers)
    const market = await this.#loadMarket(tx, instances)
    const now: Priced[] = instances.map(instance => this.#priceInstance(instance, market))
    const eips = [...last.values()].filter(row => row.kind === 'eip').map(row => row.number)
    if (eips.length > 0) now.push(...(await listEipsByNumber(tx, eips)).map(eip => this.#priceEip(eip)))
    const left = new Set(now.map(keyOf))
    for (const row of last.values()) if (!left.has(keyOf(row))) now.push({ ...row, ...gone })
    const changed = now.flatMap(part => {
      const before = last.get(keyOf(part))
      if (before !== undefined && isSame(before, part)) return []
      // A clock of a machine may be set back; the meter never is.
      const since = Math.max(toSeconds(times.get(part.number) ?? 0), before?.at ?? 0)
      return [{ ...part, at: since, delta: deltaOf(before, part) }]
    })
    notifySettlement(tx, await insertMeterRows(tx, changed))
  }

  /** As update, for machines that are off now; those that go on costing are passed over. */
  async stopped(tx: Tx, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const numbers = changes.map(({ seq }) => seq)
    const cheaper = new Set(await listCheaperWhenStopped(tx, numbers))
    await this.update(
      tx,
      changes.filter(({ seq }) => cheaper.has(seq)),
    )
  }

  /** What the market asks where these are, as far as they are spot instances. */
  #loadMarket(tx: Tx, instances: readonly Instance[]): Promise<(place: Place) => number> {
    const spot = instances.filter(instance => instance.spotStrategy !== 'NoSpot')
    return loadMarketPrices(tx, spot, this.#prices)
  }

  #priceInstance(instance: Instance, market: (place: Place) => number): Priced {
    const { seq: number, id, accountId, regionId } = instance
    const priceOnMarket = instance.spotStrategy === 'NoSpot' ? undefined : market(instance)
    const metered = ratesOf(instance, this.#prices, priceOnMarket)
    return { kind: 'instance', number, id, accountId, regionId, holder: null, ...metered }
  }

  #priceEip(eip: Eip): Priced {
    const { seq: number, id, accountId, regionId, instanceSeq: holder } = eip
    const facts = { chargeType: eip.internetChargeType, mbps: eip.bandwidth, bound: holder !== null }
    const rates = { ...noRates, bandwidth: eipRate(facts, this.#prices) }
    return { kind: 'eip', number, id, accountId, regionId, holder, state: 'running', rates, pausable: 0 }
  }
}

interface OneOff {
  /** Per item. */
  readonly fen: Rates
  readonly note: PaymentNote
  /** Instance time, ms. */
  readonly at: number
}

function paymentsFor({ seq: number, id, accountId, regionId }: Instance, { fen, note, at }: OneOff): Payment[] {
  const common = { kind: 'instance', number, id, accountId, regionId, at: toSeconds(at), note } as const
  return rateItems.filter(item => fen[item] !== 0).map(item => Object.assign({ item, fen: fen[item] }, common))
}

/** The meter counts whole seconds. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function keyOf({ kind, number }: MeteredResource): string {
  return `${kind} ${number}`
}

function firstRow(resource: Priced, bornAt: number) {
  return { ...resource, at: toSeconds(bornAt), delta: deltaOf(undefined, resource) }
}

function isSame(before: MeterRow, after: Priced): boolean {
  return (
    before.holder === after.holder &&
    (before.state === 'released') === (after.state === 'released') &&
    before.pausable === after.pausable &&
    rateItems.every(item => before.rates[item] === after.rates[item])
  )
}

/** An account that can run dry is to be settled then; instance time, ms. */
function notifySettlement(tx: Tx, settleAt: number | undefined): void {
  if (settleAt !== undefined) tx.notifyDue(settleAt)
}
