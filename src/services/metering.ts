import { eipRate, type PriceList } from '../domain/billing/prices.ts'
import { type Metered, noRates, rateItems, ratesOf, subscriptionPrice } from '../domain/billing/rates.ts'
import type { Instance } from '../store/instances.ts'
import {
  deltaOf,
  insertMeterRows,
  insertPayments,
  listCheaperWhenStopped,
  listInstancesByNumber,
  listLastMeterRows,
  type MeteredResource,
  type MeterRow,
} from '../store/meter.ts'
import type { Tx } from '../store/store.ts'

/** An instance, by its number, and when it changed; instance time, ms. */
export interface Change {
  readonly seq: number
  readonly at: number
}

const gone: Metered = { state: 'released', rates: noRates, pausable: 0 }

/**
 * The meter of what everything costs. It is told in the transaction of a change, and writes a row where that changes
 * the rates: a stop in standard mode writes nothing. Numbers are those of instances; times are instance time in ms.
 */
export class Metering {
  readonly #prices: PriceList
  readonly #wake: (dueAt: number) => void

  /** `wake` is told when an account that can run dry is to be settled; instance time, ms. */
  constructor(prices: PriceList, wake: (dueAt: number) => void = () => undefined) {
    this.#prices = prices
    this.#wake = wake
  }

  /** Instances begin to cost; subscriptions are paid. */
  async open(tx: Tx, instances: readonly Instance[]): Promise<void> {
    const rows = instances.flatMap(instance =>
      this.#pricedParts(instance).map(part =>
        Object.assign(part, { at: toSeconds(instance.createdAt), delta: deltaOf(undefined, part) }),
      ),
    )
    this.#wakeAt(tx, await insertMeterRows(tx, rows))
    const subscriptions = instances.filter(instance => instance.chargeType === 'PrePaid')
    const payments = subscriptions.flatMap(instance => this.#purchase(instance))
    this.#wakeAt(tx, await insertPayments(tx, payments))
  }

  /** Something that the rates of instances depend on has changed, or they were released. */
  async update(tx: Tx, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const times = new Map(changes.map(({ seq, at }) => [seq, at]))
    const numbers = [...times.keys()]
    const last = new Map((await listLastMeterRows(tx, numbers)).map(row => [keyOf(row), row]))
    const now = (await listInstancesByNumber(tx, numbers)).flatMap(instance => this.#pricedParts(instance))
    const left = new Set(now.map(keyOf))
    for (const row of last.values()) if (!left.has(keyOf(row))) now.push({ ...row, ...gone })
    const changed = now.flatMap(part => {
      const before = last.get(keyOf(part))
      if (before !== undefined && isSame(before, part)) return []
      // A clock of a machine may be set back; the meter never is.
      const since = Math.max(toSeconds(times.get(part.number) ?? 0), before?.at ?? 0)
      return [{ ...part, at: since, delta: deltaOf(before, part) }]
    })
    this.#wakeAt(tx, await insertMeterRows(tx, changed))
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

  #wakeAt(tx: Tx, settleAt: number | undefined): void {
    if (settleAt !== undefined) tx.afterCommit(() => this.#wake(settleAt))
  }

  /** What an instance is billed as: itself, and the EIP it came with. */
  #pricedParts(instance: Instance): (MeteredResource & Metered)[] {
    const { seq: number, id, accountId, regionId } = instance
    const owner = { number, accountId, regionId }
    const parts: (MeteredResource & Metered)[] = [
      { kind: 'instance', id, ...owner, ...ratesOf(instance, this.#prices) },
    ]
    if (instance.eip !== '') {
      const eip = { chargeType: instance.internetChargeType, mbps: instance.details.internetMaxBandwidthOut }
      const rates = { ...noRates, bandwidth: eipRate(eip, this.#prices) }
      parts.push({ kind: 'eip', id: instance.eip, ...owner, state: 'running', rates, pausable: 0 })
    }
    return parts
  }

  #purchase(instance: Instance) {
    const { seq: number, id, accountId, regionId, createdAt, expiresAt } = instance
    const fen = subscriptionPrice(instance, toSeconds((expiresAt ?? createdAt) - createdAt), this.#prices)
    return rateItems
      .filter(item => fen[item] > 0)
      .map(item => ({
        kind: 'instance' as const,
        number,
        id,
        accountId,
        regionId,
        at: toSeconds(createdAt),
        item,
        fen: fen[item],
        note: 'bought',
      }))
  }
}

/** The meter counts whole seconds. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function keyOf({ kind, number }: MeteredResource): string {
  return `${kind} ${number}`
}

function isSame(before: MeterRow, after: Metered): boolean {
  return (
    (before.state === 'released') === (after.state === 'released') &&
    before.pausable === after.pausable &&
    rateItems.every(item => before.rates[item] === after.rates[item])
  )
}
