import { type Cancel, every, wallClock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Random } from '../platform/random.ts'
import { type EventState, findLatestEvent, type StateChange } from '../store/tables/events.ts'
import type { Store, Tx } from '../store/store.ts'
import {
  type Delivery,
  deleteWebhooks,
  insertDeliveries,
  insertWebhook,
  listBacklogs,
  listDeliveries,
  listWebhooks,
  type Webhook,
} from '../store/tables/webhooks.ts'
import type { Post, Sender, SenderTiming } from './sender.ts'
import { Turn } from './turn.ts'

/** How often a process looks, where several share the store: whose turn it is, and what the others wrote; ms. */
const lookEveryMs = 1_000

export interface WebhookDefinition {
  /** http or https. */
  readonly url: string
  /** `whsec_` and 24 to 64 bytes in base64; made up when it is left out. */
  readonly secret?: string | undefined
  /** Only events of this instance, account, region; only changes to these states. */
  readonly instanceId?: string | undefined
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly states?: readonly EventState[] | undefined
}

/** A webhook as it is shown: never with its secret. Times are the machine's. */
export interface WebhookStatus {
  readonly id: string
  readonly url: string
  readonly instanceId: string | null
  readonly account: string | null
  readonly region: string | null
  /** Empty: all. */
  readonly states: readonly EventState[]
  readonly createdAt: string
  /** `gone`: its end answered 410, and it gets nothing more. */
  readonly status: 'active' | 'gone'
  /** Events that it has not accepted yet, and the number of the oldest. */
  readonly pending: number
  readonly oldestPending: number | null
  /** Of several servers only the one that sends knows this and the next try. */
  readonly lastError: { readonly at: string; readonly eventId: string; readonly message: string } | null
  /** When the next of the events that were not accepted is sent again. */
  readonly nextTryAt: string | null
}

export interface WebhookOptions {
  readonly store: Store
  readonly metrics: Metrics
  readonly log: Log
  readonly random: Random
  readonly webhookTiming?: Partial<SenderTiming> | undefined
  /** Sends a request; absent, over the network. */
  readonly post?: Post | undefined
}

/**
 * Sends events to webhooks. What is to be sent is written in the transaction of the event, and deleted once it was
 * accepted, so that neither a crash nor a restart loses one.
 */
export class Webhooks {
  readonly #options: WebhookOptions
  readonly #store: Store
  readonly #log: Log
  readonly #turn: Turn
  /** See Outbox. While it is being read which webhooks there are, somebody may want events. */
  isIdle = true
  /** One for each webhook that is not gone. */
  #senders = new Map<string, Sender>()
  /** Whether they have what is to be sent. */
  #sends = false
  /** On a shared store, the number of the last event that they were given. */
  #seen = 0
  #reloading = 0
  #isLookPlanned = false
  #closed = false
  /** Reading goes one after the other, so that no event overtakes another. */
  #reading: Promise<unknown> = Promise.resolve()
  #stopLooking: Cancel = () => undefined

  constructor(options: WebhookOptions) {
    const { store, log } = options
    this.#options = options
    this.#store = store
    this.#log = log
    this.#turn = new Turn(store.shared)
    // Whoever writes an event keeps it for all webhooks, so each process has to know them.
    store.shared?.listen(topic => {
      if (topic === 'webhooks') this.#reloadInBackground()
      if (topic === 'events' && this.#sends) this.#lookSoon()
    })
  }

  /** Takes up what an earlier process left. */
  async start(): Promise<void> {
    await this.#reload()
    if (this.#store.shared !== undefined) this.#stopLooking = every(lookEveryMs, () => this.#lookSoon())
  }

  /** Keeps the events for those who want them, in the transaction of the events. */
  async put(tx: Tx, changes: readonly StateChange[]): Promise<void> {
    const webhooks = (await listWebhooks(tx)).filter(one => one.goneAt === undefined)
    const deliveries = changes.flatMap(change =>
      webhooks
        .filter(webhook => wants(webhook, change))
        .map(({ id }): Delivery => ({ webhookId: id, eventSeq: change.seq, instanceSeq: change.instanceSeq })),
    )
    await insertDeliveries(tx, deliveries)
    tx.afterCommit(() => {
      if (this.#store.shared === undefined) this.#push(deliveries)
      else if (this.#sends) this.#lookSoon()
    })
  }

  /** Events that are committed from now on go to it, too. */
  async add(definition: WebhookDefinition): Promise<{ id: string; secret: string }> {
    const { newSecret } = await import('./sign.ts')
    const createSender = await this.#senderFactory()
    const { url, secret = newSecret(), instanceId, account, region, states = [] } = definition
    const webhook: Webhook = {
      id: `wh-${this.#options.random.token(16)}`,
      url,
      secret,
      instanceId,
      accountId: account,
      regionId: region,
      states: [...new Set(states)],
      createdAt: wallClock.now(),
      goneAt: undefined,
    }
    await this.#store.transaction('write', async tx => {
      await insertWebhook(tx, webhook)
      tx.afterCommit(() => {
        this.#senders.set(webhook.id, createSender(webhook))
        this.#noteIdle()
      })
    })
    this.#tellOthers()
    if (this.#store.shared !== undefined) await this.#reload()
    return { id: webhook.id, secret }
  }

  /** Removes it with all that it had still to get; says whether there was one. */
  remove(id: string): Promise<boolean> {
    return this.#store.transaction('write', async tx => {
      const found = await deleteWebhooks(tx, id)
      tx.afterCommit(() => {
        this.#senders.get(id)?.drop()
        this.#senders.delete(id)
        this.#noteIdle()
        this.#tellOthers()
      })
      return found
    })
  }

  async list(): Promise<WebhookStatus[]> {
    return this.#store.transaction('read', async tx => {
      const backlogs = await listBacklogs(tx)
      return (await listWebhooks(tx)).map(one => describe(one, backlogs.get(one.id), this.#senders.get(one.id)))
    })
  }

  /** All rows are being replaced: when that is committed, what is on its way is forgotten, and what they say begins. */
  reload(tx: Tx): void {
    tx.afterCommit(() => {
      this.#adopt(new Map())
      this.#reloadInBackground()
      this.#tellOthers()
    })
  }

  /** Sends nothing new; what is on its way has `graceMs` to be accepted, and what is not stays for the next process. */
  async close(graceMs: number): Promise<void> {
    this.#stopLooking()
    this.#closed = true
    await this.#reading
    await Promise.all([...this.#senders.values()].map(sender => sender.end(graceMs)))
    if (!this.#turn.isOurs) return
    // When the store is out of reach the turn ends by itself.
    await this.#turn.giveBack().catch(() => undefined)
    this.#tellOthers()
  }

  #tellOthers(): void {
    this.#store.shared?.notify('webhooks')
  }

  #reloadInBackground(): void {
    this.#reload().catch((error: unknown) => {
      this.#log.error({ err: error }, 'Webhooks could not be read; they get nothing until a restart.')
    })
  }

  /** Reads all webhooks anew and, when it is our turn, what is to be sent. */
  async #reload(): Promise<void> {
    this.#reloading++
    this.#noteIdle()
    try {
      await this.#inOrder(() => this.#readAll())
    } finally {
      this.#reloading--
      this.#noteIdle()
    }
  }

  async #readAll(): Promise<void> {
    const webhooks = await this.#store.transaction('read', listWebhooks)
    if (webhooks.length === 0) return this.#adopt(new Map())
    const createSender = await this.#senderFactory()
    const isOurTurn = await this.#turn.take()
    // A write, so that it has its place in the order of commits: whoever commits later finds what it leaves.
    await this.#store.transaction('write', async tx => {
      const active = (await listWebhooks(tx)).filter(one => one.goneAt === undefined)
      const latest = await findLatestEvent(tx)
      const deliveries = isOurTurn ? await listDeliveries(tx, 0, latest) : []
      tx.afterCommit(() => {
        this.#adopt(new Map(active.map(webhook => [webhook.id, createSender(webhook)])))
        this.#sends = isOurTurn
        this.#seen = latest
        this.#push(deliveries)
      })
    })
  }

  #adopt(senders: Map<string, Sender>): void {
    for (const sender of this.#senders.values()) sender.drop()
    this.#senders = senders
    this.#noteIdle()
    this.#sends = false
  }

  #noteIdle(): void {
    this.isIdle = this.#senders.size === 0 && this.#reloading === 0
  }

  /** Looks for what others did; where many things happen at once, once for all. */
  #lookSoon(): void {
    if (this.#isLookPlanned || this.#senders.size === 0) return
    this.#isLookPlanned = true
    const look = () => {
      this.#isLookPlanned = false
      return this.#look()
    }
    this.#inOrder(look).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'The store could not be asked for events to send.')
    })
  }

  /** Keeps the turn, or takes it when it is free, and hands on the events that were written since. */
  async #look(): Promise<void> {
    const hadTurn = this.#turn.isOurs
    const hasTurn = await this.#turn.take()
    if (hasTurn !== this.#sends || (hasTurn && !hadTurn)) return this.#readAll()
    if (!hasTurn) return
    for (const sender of this.#senders.values()) sender.resume()
    const { latest, deliveries } = await this.#store.transaction('read', async tx => {
      const newest = await findLatestEvent(tx)
      return { latest: newest, deliveries: await listDeliveries(tx, this.#seen, newest) }
    })
    // One that was added elsewhere, of which we have not been told yet.
    if (deliveries.some(one => !this.#senders.has(one.webhookId))) return this.#readAll()
    this.#seen = Math.max(this.#seen, latest)
    this.#push(deliveries)
  }

  /** Waits for what is being read, then reads; nothing more once we end. */
  #inOrder(read: () => Promise<void>): Promise<void> {
    const reading = this.#reading.then(() => (this.#closed ? undefined : read()))
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  #push(deliveries: readonly Delivery[]): void {
    for (const one of deliveries) this.#senders.get(one.webhookId)?.push(one.instanceSeq, one.eventSeq)
  }

  /** What sends is loaded with the first webhook. */
  async #senderFactory(): Promise<(webhook: Webhook) => Sender> {
    const { Sender, usualTiming } = await import('./sender.ts')
    const { store, metrics, log, random, post, webhookTiming } = this.#options
    const timing = { ...usualTiming, ...webhookTiming }
    const chance = () => random.next()
    const isOurTurn = () => this.#turn.isOurs
    const common = { store, metrics, log, timing, chance, isOurTurn, post }
    return webhook => new Sender({ webhook, ...common })
  }
}

function wants(webhook: Webhook, change: StateChange): boolean {
  const { instanceId, accountId, regionId, states } = webhook
  return (
    (instanceId === undefined || instanceId === change.instanceId) &&
    (accountId === undefined || accountId === change.accountId) &&
    (regionId === undefined || regionId === change.regionId) &&
    (states.length === 0 || states.includes(change.state))
  )
}

function describe(
  webhook: Webhook,
  backlog: { pending: number; oldestSeq: number } | undefined,
  sender: Sender | undefined,
): WebhookStatus {
  const { nextTryAt, lastFailure } = sender?.progress() ?? {}
  return {
    id: webhook.id,
    url: webhook.url,
    instanceId: webhook.instanceId ?? null,
    account: webhook.accountId ?? null,
    region: webhook.regionId ?? null,
    states: webhook.states,
    createdAt: isoTime(webhook.createdAt),
    status: webhook.goneAt === undefined ? 'active' : 'gone',
    pending: backlog?.pending ?? 0,
    oldestPending: backlog?.oldestSeq ?? null,
    lastError: lastFailure === undefined ? null : { ...lastFailure, at: isoTime(lastFailure.at) },
    nextTryAt: nextTryAt === undefined ? null : isoTime(nextTryAt),
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}
