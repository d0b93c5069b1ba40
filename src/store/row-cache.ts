import { wallClock } from '../platform/clock.ts'
import { Lru } from '../platform/lru.ts'

/** Values kept, at most. */
const limit = 10_000

interface Entry {
  readonly value: object
  readonly keptAt: number
}

/** Keeps what was read of rows that hardly ever change. Each key stands for a value of one type. */
export class RowCache {
  readonly #entries = new Lru<string, Entry>(limit)
  readonly #maxAgeMs: number
  /** Grows whenever rows may have changed: what was being read then is not kept. */
  #generation = 0
  #suspended = false

  /** `maxAgeMs`: for how long a value is good although another process may have changed its rows. */
  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs
  }

  /** The value that is kept, or what `load` reads; undefined is not kept. */
  async read<T extends object>(key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.#suspended) return load()
    const entry = this.#entries.get(key)
    if (entry !== undefined && this.#isFresh(entry)) return entry.value as T
    const [generation, keptAt] = [this.#generation, wallClock.now()]
    const value = await load()
    if (value !== undefined && generation === this.#generation) this.#entries.set(key, { value, keptAt })
    return value
  }

  /** Forgets everything. */
  clear(): void {
    this.#generation++
    this.#entries.clear()
  }

  /** Forgets everything and keeps nothing until `resume`: rows are different in a transaction that is not over. */
  suspend(): void {
    this.#suspended = true
    this.clear()
  }

  resume(): void {
    this.#suspended = false
  }

  #isFresh({ keptAt }: Entry): boolean {
    return this.#maxAgeMs === Infinity || Math.abs(wallClock.now() - keptAt) < this.#maxAgeMs
  }
}
