import { setTimeout as sleep } from 'node:timers/promises'
import type { LoggedEvent } from '../history/history.ts'

const pageSize = 500
/** What is still to be read in the end may take so long. */
const finishLimitMs = 30_000

/** Reads the log of events while it is written, from whichever server answers, each time from the last number on. */
export class Follower {
  readonly events: LoggedEvent[] = []
  #ended = false
  #giveUpAt = Infinity
  #reading: Promise<void> = Promise.resolve()

  start(ports: readonly number[]): void {
    this.#reading = this.#read(ports)
  }

  /** Ends when there is nothing left to read. */
  async finish(): Promise<LoggedEvent[]> {
    this.#giveUpAt = performance.now() + finishLimitMs
    this.#ended = true
    await this.#reading
    return this.events
  }

  async #read(ports: readonly number[]): Promise<void> {
    for (let turn = 0; ; turn++) {
      const wasEnded = this.#ended
      const page = await readPage(ports[turn % ports.length] ?? 0, this.events.at(-1)?.seq ?? 0)
      this.events.push(...(page ?? []))
      if (wasEnded && (page?.length === 0 || performance.now() > this.#giveUpAt)) return
      if (page === undefined || page.length < pageSize) await sleep(60)
    }
  }
}

async function readPage(port: number, after: number): Promise<LoggedEvent[] | undefined> {
  try {
    const url = `http://127.0.0.1:${port}/_localyun/events?after=${after}&limit=${pageSize}`
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    return answer.ok ? ((await answer.json()) as { events: LoggedEvent[] }).events : undefined
  } catch {
    return undefined
  }
}
