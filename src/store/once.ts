/** What a transaction did outside of itself, for when it is run again. */
export class Once {
  #done: Map<string, unknown> | undefined

  async do<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#done ??= new Map<string, unknown>())
    if (!done.has(name)) done.set(name, await work())
    return done.get(name) as T
  }
}
