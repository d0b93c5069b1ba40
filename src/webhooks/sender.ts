import { backoffMs } from '../platform/backoff.ts'
import { after, type Cancel, wallClock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { DeliveryResult, Metrics } from '../platform/metrics.ts'
import { findEvent } from '../store/tables/events.ts'
import type { Store } from '../store/store.ts'
import { deleteDelivery, isPending, switchOff, type Webhook } from '../store/tables/webhooks.ts'
import { cloudEventType, eventId, toCloudEvent } from './cloud-event.ts'
import { type Posted, Poster, type PostRequest } from './post.ts'
import { signedHeaders } from './sign.ts'

export interface SenderTiming {
  /** Before the second try, about; doubled with each further one, ms. */
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  /** For one try, ms. */
  readonly timeoutMs: number
}

export const usualTiming: SenderTiming = { firstRetryMs: 1_000, longestRetryMs: 300_000, timeoutMs: 10_000 }
/** Requests of one webhook at a time. */
const concurrency = 8
/** What `Retry-After` can ask for at most; a wrong date must not mean never. */
const longestRetryAfterMs = 3_600_000

export type Post = (request: PostRequest) => Promise<Posted>

export interface SenderOptions {
  readonly webhook: Webhook
  readonly store: Store
  readonly metrics: Metrics
  readonly timing: SenderTiming
  /** A number in [0, 1), for the jitter. */
  readonly chance: () => number
  /** Whether no other process sends in our place; while it is not, nothing new is sent. */
  readonly isOurTurn: () => boolean
  readonly log: Log
  /** Sends a request; undefined, over the network. */
  readonly post: Post | undefined
}

/** The last try that failed. */
export interface DeliveryFailure {
  /** Machine time, ms. */
  readonly at: number
  readonly eventId: string
  readonly message: string
}

/** One instance's events on their way: the first is sent until it is accepted, then the next. */
interface Lane {
  readonly instanceSeq: number
  readonly seqs: number[]
  tries: number
  /** Set while it waits for its next try; machine time, ms. */
  nextTryAt: number | undefined
  cancel: Cancel
}

/**
 * Sends one webhook's events: those of one instance one after the other, those of different instances side by side.
 * An event leaves the store only after it was accepted, and before the instance's next one is sent.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #poster = new Poster()
  readonly #lanes = new Map<number, Lane>()
  /** Lanes whose first event may be sent now, in the order of their turn. */
  readonly #ready = new Set<Lane>()
  readonly #sending = new Set<Promise<void>>()
  readonly #aborter = new AbortController()
  #lastFailure: DeliveryFailure | undefined
  /** Lanes whose first event was tried in vain. */
  readonly #troubled = new Set<Lane>()
  #ended = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Takes an event that is committed; in the order of their numbers. */
  push(instanceSeq: number, eventSeq: number): void {
    if (this.#ended) return
    const lane = this.#lanes.get(instanceSeq)
    if (lane !== undefined) return void lane.seqs.push(eventSeq)
    const opened: Lane = { instanceSeq, seqs: [eventSeq], tries: 0, nextTryAt: undefined, cancel: () => undefined }
    this.#lanes.set(instanceSeq, opened)
    this.#ready.add(opened)
    this.#fill()
  }

  /** Goes on with what had to wait because it was not our turn for a moment. */
  resume(): void {
    this.#fill()
  }

  /** How sending goes. */
  progress() {
    let nextTryAt: number | undefined
    for (const lane of this.#lanes.values()) nextTryAt = least(nextTryAt, lane.nextTryAt)
    return { nextTryAt, lastFailure: this.#lastFailure }
  }

  /** Sends nothing new, and gives what is on its way this long; what has no answer then stays in the store. */
  async end(graceMs: number): Promise<void> {
    this.#ended = true
    for (const lane of this.#lanes.values()) lane.cancel()
    this.#ready.clear()
    const cancel = after(graceMs, () => this.#aborter.abort())
    await Promise.all(this.#sending)
    cancel()
    this.#poster.close()
  }

  /** Forgets everything at once: the rows it worked on are no longer there. */
  drop(): void {
    this.#aborter.abort()
    void this.end(0)
  }

  #fill(): void {
    for (const lane of this.#ready) {
      if (this.#ended || this.#sending.size >= concurrency || !this.#options.isOurTurn()) return
      this.#ready.delete(lane)
      const sending: Promise<void> = this.#sendFirst(lane).finally(() => {
        this.#sending.delete(sending)
        this.#fill()
      })
      this.#sending.add(sending)
    }
  }

  /** One try with a lane's first event. Never throws. */
  async #sendFirst(lane: Lane): Promise<void> {
    const { webhook, store } = this.#options
    const seq = lane.seqs[0] ?? 0
    try {
      const answer = await this.#post(seq)
      if (this.#aborter.signal.aborted) return
      if (answer?.status === 410) return await this.#switchOff()
      if (answer !== undefined && resultOf(answer) === 'refused') {
        return this.#retry(lane, seq, `answered ${answer.status}`, answer.retryAfterMs)
      }
      await store.transaction('write', tx => deleteDelivery(tx, webhook.id, seq))
      this.#advance(lane)
    } catch (reason) {
      this.#retry(lane, seq, reason instanceof Error ? describe(reason) : String(reason))
    }
  }

  /** The answer; undefined when the event is not to be sent any more. */
  async #post(seq: number): Promise<Posted | undefined> {
    const { webhook, store, metrics, timing } = this.#options
    const change = await store.transaction('read', async tx =>
      (await isPending(tx, webhook.id, seq)) ? findEvent(tx, seq) : undefined,
    )
    if (change === undefined) return undefined
    const body = JSON.stringify(toCloudEvent(change))
    const now = wallClock.now()
    const headers = {
      'content-type': cloudEventType,
      'user-agent': 'localyun',
      ...signedHeaders(webhook.secret, { id: eventId(change), at: now, body }),
    }
    const { timeoutMs } = timing
    const request = { url: webhook.url, headers, body, timeoutMs, now, signal: this.#aborter.signal }
    let result: DeliveryResult = 'unreachable'
    try {
      const posted = await (this.#options.post?.(request) ?? this.#poster.post(request))
      result = resultOf(posted)
      return posted
    } finally {
      if (!request.signal.aborted) metrics.deliveryEnded(result)
    }
  }

  #advance(lane: Lane): void {
    lane.seqs.shift()
    lane.tries = 0
    this.#troubled.delete(lane)
    if (lane.seqs.length > 0 && !this.#ended) this.#ready.add(lane)
    else if (lane.seqs.length === 0) this.#lanes.delete(lane.instanceSeq)
  }

  #retry(lane: Lane, seq: number, message: string, retryAfterMs = 0): void {
    if (this.#ended) return
    const { webhook, timing, chance, log } = this.#options
    const now = wallClock.now()
    lane.tries++
    const waitMs = Math.max(retryDelayMs(lane.tries, timing, chance()), Math.min(retryAfterMs, longestRetryAfterMs))
    lane.nextTryAt = now + waitMs
    lane.cancel = after(waitMs, () => {
      lane.nextTryAt = undefined
      this.#ready.add(lane)
      this.#fill()
    })
    this.#lastFailure = { at: now, eventId: eventId({ seq }), message }
    const fields = { webhook: webhook.id, event: seq, tries: lane.tries, waitMs, problem: message }
    // One line when trouble begins; the rest is what retrying means.
    if (this.#troubled.size > 0) log.debug(fields, 'A webhook did not accept an event.')
    else log.warn(fields, 'A webhook does not accept events; they are kept and sent again.')
    this.#troubled.add(lane)
  }

  async #switchOff(): Promise<void> {
    const { webhook, store, log } = this.#options
    await store.transaction('write', tx => switchOff(tx, webhook.id, wallClock.now()))
    log.warn({ webhook: webhook.id }, 'A webhook answered 410 Gone and is switched off.')
    this.#lanes.clear()
    this.drop()
  }
}

function resultOf({ status }: Posted): DeliveryResult {
  if (status === 410) return 'gone'
  return status >= 200 && status < 300 ? 'accepted' : 'refused'
}

/** Doubles from the first wait to the longest, give or take a fifth, so that lanes do not knock together. */
export function retryDelayMs(tries: number, { firstRetryMs, longestRetryMs }: SenderTiming, chance: number): number {
  const windowMs = backoffMs(tries, firstRetryMs, longestRetryMs)
  return Math.round(windowMs * (0.8 + 0.4 * chance))
}

/** A connection tried at several addresses says nothing by itself. */
function describe(reason: Error): string {
  if (reason.message !== '') return reason.message
  return (reason as NodeJS.ErrnoException).code ?? reason.name
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
