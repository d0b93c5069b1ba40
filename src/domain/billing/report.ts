import { daysOf, dayOf, type LedgerRow, overlapOf, type Period, type Segment, segmentsOf } from './ledger.ts'
import { amountOf, fromFen, type Nano } from './money.ts'
import { type RateItem, rateItems, totalOf } from '../prices/rates.ts'

export const costGroupings = ['instance', 'tag', 'item', 'day'] as const
export type CostGrouping = (typeof costGroupings)[number]

export const costItems = [...rateItems, 'eip'] as const
export type CostItem = (typeof costItems)[number]

/** One instance and what goes with it, or one EIP, as the report needs it. */
export interface BilledInstance {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly tags: Readonly<Record<string, string>>
  readonly ledgers: readonly { readonly kind: 'instance' | 'eip'; readonly rows: readonly LedgerRow[] }[]
  /** When it was Stopped, in either mode. */
  readonly stops: readonly Period[]
  /** What EIPs cost while it had them; that is on their own ledgers. */
  readonly eips: readonly Segment[]
  readonly payments: readonly { readonly at: number; readonly item: RateItem; readonly fen: number }[]
}

export type ItemAmounts = Readonly<Record<CostItem, Nano>>

export interface CostLine {
  /** The id of an instance or EIP, `key=value` of a tag, an item, or a day in China. */
  readonly key: string
  /** Of an instance; otherwise empty. */
  readonly name: string
  readonly type: string
  readonly items: ItemAmounts
}

/** What stopping did; seconds are those of instances. */
export interface Savings {
  readonly economical: {
    readonly seconds: number
    /** What the same time would have cost more, running or stopped in standard mode. */
    readonly saved: Nano
    /** What went on meanwhile. */
    readonly disks: Nano
    readonly eips: Nano
  }
  readonly standard: {
    readonly seconds: number
    /** What it cost all the same. */
    readonly cost: Nano
    /** What economical mode would have saved. */
    readonly missed: Nano
    /** Seconds of instances that cannot stop in economical mode. */
    readonly ineligibleSeconds: number
  }
}

export interface CostSummary {
  readonly items: ItemAmounts
  /** The dearest first; days in order. */
  readonly lines: readonly CostLine[]
  readonly savings: Savings
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Adds up what instances cost in a period, one instance at a time; sums are exact. */
export class CostReport {
  readonly #period: Period
  readonly #by: CostGrouping
  readonly #items = noAmounts()
  readonly #lines = new Map<string, Mutable<CostLine> & { items: Mutable<ItemAmounts> }>()
  readonly #economical: Mutable<Savings['economical']> = { seconds: 0, saved: 0n, disks: 0n, eips: 0n }
  readonly #standard: Mutable<Savings['standard']> = { seconds: 0, cost: 0n, missed: 0n, ineligibleSeconds: 0 }

  constructor(period: Period, by: CostGrouping) {
    this.#period = period
    this.#by = by
  }

  add(instance: BilledInstance): void {
    for (const { kind, rows } of instance.ledgers) {
      for (const segment of segmentsOf(rows, this.#period)) {
        const isEip = kind === 'eip'
        this.#addSegment(instance, isEip, segment)
        if (!isEip) this.#addSavings(instance, segment)
      }
    }
    for (const { at, item, fen } of instance.payments) {
      this.#charge(instance, item, dayOf(at), fromFen(fen))
    }
  }

  summary(): CostSummary {
    const lines = [...this.#lines.values()]
    if (this.#by === 'day') lines.sort((one, other) => compare(one.key, other.key))
    else lines.sort((one, other) => compare(sumOf(other.items), sumOf(one.items)) || compare(one.key, other.key))
    return { items: this.#items, lines, savings: { economical: this.#economical, standard: this.#standard } }
  }

  #addSegment(instance: BilledInstance, isEip: boolean, { from, until, row }: Segment): void {
    const parts = this.#by === 'day' ? daysOf({ from, until }) : [{ from, until, day: '' }]
    for (const part of parts) {
      const seconds = part.until - part.from
      for (const item of rateItems) {
        if (row.rates[item] === 0) continue
        this.#charge(instance, isEip ? 'eip' : item, part.day, amountOf(row.rates[item], seconds))
      }
    }
  }

  #charge(instance: BilledInstance, item: CostItem, day: string, amount: Nano): void {
    this.#items[item] += amount
    for (const key of this.#keysOf(instance, item, day)) {
      let line = this.#lines.get(key)
      if (line === undefined) {
        const { name, type } = this.#by === 'instance' ? instance : { name: '', type: '' }
        line = { key, name, type, items: noAmounts() }
        this.#lines.set(key, line)
      }
      line.items[item] += amount
    }
  }

  #keysOf({ id, tags }: BilledInstance, item: CostItem, day: string): string[] {
    switch (this.#by) {
      case 'instance':
        return [id]
      case 'item':
        return [item]
      case 'day':
        return [day]
      case 'tag': {
        const keys = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
        return keys.length === 0 ? [untagged] : keys
      }
    }
  }

  #addSavings(instance: BilledInstance, segment: Segment): void {
    const { from, until, row } = segment
    if (row.state === 'economical') {
      const sum = this.#economical
      sum.seconds += until - from
      sum.saved += amountOf(row.pausable, until - from)
      sum.disks += amountOf(totalOf(row.rates), until - from)
      for (const eip of instance.eips) sum.eips += amountOf(totalOf(eip.row.rates), overlapOf(eip, segment))
      return
    }
    if (totalOf(row.rates) === 0) return
    for (const stop of instance.stops) {
      const seconds = overlapOf(stop, segment)
      if (seconds === 0) continue
      const sum = this.#standard
      sum.seconds += seconds
      sum.cost += amountOf(totalOf(row.rates), seconds)
      sum.missed += amountOf(row.pausable, seconds)
      if (row.pausable === 0) sum.ineligibleSeconds += seconds
    }
  }
}

/** The line of what has no tags. */
const untagged = '(no tag)'

function noAmounts(): Mutable<ItemAmounts> {
  return { compute: 0n, image: 0n, systemDisk: 0n, dataDisk: 0n, bandwidth: 0n, eip: 0n }
}

export function sumOf(items: ItemAmounts): Nano {
  return costItems.reduce((sum, item) => sum + items[item], 0n)
}

function compare<T extends string | bigint>(one: T, other: T): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
