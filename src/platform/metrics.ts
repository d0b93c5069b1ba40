/** Seconds; from half a millisecond, an answer from memory, to ten seconds, where clients give up. */
const durationBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const
const sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const

export type Labels = Readonly<Record<string, string>>

/** Counts by labels. */
export class Counts {
  readonly #cells = new Map<string, { readonly labels: Labels; value: number }>()

  /** `key` stands for the labels, which are made only once. */
  add(key: string, labels: () => Labels): void {
    const cell = this.#cells.get(key)
    if (cell === undefined) this.#cells.set(key, { labels: labels(), value: 1 })
    else cell.value++
  }

  list(): Iterable<{ readonly labels: Labels; readonly value: number }> {
    return this.#cells.values()
  }
}

/** How often a value was at most so large. */
export class Distribution {
  readonly bounds: readonly number[]
  /** For each bound the values that are above the one before it; at the end those above all. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = [...bounds, 0].map(() => 0)
  }

  observe(value: number): void {
    let at = 0
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

export type DeliveryResult = 'accepted' | 'refused' | 'unreachable' | 'gone'

/** What the program counts while it works: plain numbers, made into text only when somebody asks. */
export class Metrics {
  readonly calls = new Counts()
  readonly callSeconds = new Map<string, Distribution>()
  callsInFlight = 0
  readonly events = new Counts()
  readonly deliveries = new Counts()
  readonly commitSeconds = new Distribution(durationBounds)
  readonly commitTransactions = new Distribution(sizeBounds)

  /** Returns what `callEnds` measures the duration from. */
  callBegins(): number {
    this.callsInFlight++
    return performance.now()
  }

  /** `code` is that of the error; `OK` when there was none. */
  callEnds(begun: number, product: string, action: string, code: string): void {
    this.callsInFlight--
    this.calls.add(`${product} ${action} ${code}`, () => ({ product, action, code }))
    let seconds = this.callSeconds.get(action)
    if (seconds === undefined) this.callSeconds.set(action, (seconds = new Distribution(durationBounds)))
    seconds.observe((performance.now() - begun) / 1000)
  }

  eventHappened(state: string, actor: string): void {
    this.events.add(`${state} ${actor}`, () => ({ state, actor }))
  }

  deliveryEnded(result: DeliveryResult): void {
    this.deliveries.add(result, () => ({ result }))
  }

  commitEnded(begun: number, transactions: number): void {
    this.commitSeconds.observe((performance.now() - begun) / 1000)
    this.commitTransactions.observe(transactions)
  }
}
