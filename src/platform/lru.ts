/** A map of at most `limit` entries: a new one takes the place of the entry that was used the longest time ago. */
export class Lru<Key, Value extends object | string> {
  /** The most recently used last. */
  readonly #entries = new Map<Key, Value>()
  readonly #limit: number
  readonly #evicted: ((value: Value) => void) | undefined

  /** `evicted` is called with each value that had to make room. */
  constructor(limit: number, evicted?: (value: Value) => void) {
    this.#limit = limit
    this.#evicted = evicted
  }

  get size(): number {
    return this.#entries.size
  }

  /** Counts as a use. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: Key, value: Value): void {
    if (!this.#entries.delete(key) && this.#entries.size >= this.#limit) this.#evict()
    this.#entries.set(key, value)
  }

  delete(key: Key): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  #evict(): void {
    for (const [key, value] of this.#entries) {
      this.#entries.delete(key)
      this.#evicted?.(value)
      return
    }
  }
}
