import { wallClock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Metrics } from '../platform/metrics.ts'
import { createRandom } from '../platform/random.ts'
import type { EventState, StateChange } from '../store/events.ts'
import type { Store, Tx } from '../store/store.ts'
import {
  type Delivery,
  deleteWebhooks,
  insertDeliveries,
  insertWebhook,
  listDeliveries,
  listWebhooks,
  type Webhook,
} from '../store/webhooks.ts'
import type { Sender, SenderTiming } from './sender.ts'

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
  readonly lastError: { readonly at: string; readonly eventId: string; readonly message: string } | null
  /** When the next of the events that were not accepted is sent again. */
  readonly nextTryAt: string | null
}

/**
 * Sends events to webhooks. What is to be sent is written in the transaction of the event, and deleted once it was
 * accepted, so that neither a crash nor a restart loses one.
 */
export class Webhooks {
  readonly #store: Store
  readonly #metrics: Metrics
  readonly #log: Log
  readonly #timing: Partial<SenderTiming>
  readonly #random = createRandom(undefined, 'webhooks')
  /** One for each webhook that is not gone; while it is empty, an event costs nothing more. */
  #senders = new Map<string, Sender>()
  #reloading = 0

  constructor(store: Store, metrics: Metrics, log: Log, timing: Partial<SenderTiming> = {}) {
    this.#store = store
    this.#metrics = metrics
    this.#log = log
    this.#timing = timing
    // Each process sends the events that it wrote itself, so it has to know all webhooks.
    store.shared?.listen(topic => {
      if (topic === 'webhooks') this.#reloadInBackground()
    })
  }

  /** Takes up what an earlier process left. */
  start(): Promise<void> {
    return this.#reload()
  }

  /** Keeps the events for those who want them, in the transaction of the events. */
  async put(tx: Tx, changes: readonly StateChange[]): Promise<void> {
    if (this.#senders.size === 0 && this.#reloading === 0) return
    const webhooks = (await listWebhooks(tx)).filter(one => one.goneAt === undefined)
    const deliveries = changes.flatMap(change =>
      webhooks
        .filter(webhook => wants(webhook, change))
        .map(({ id }): Delivery => ({ webhookId: id, eventSeq: change.seq, instanceSeq: change.instanceSeq })),
    )
    await insertDeliveries(tx, deliveries)
    tx.afterCommit(() => this.#push(deliveries))
  }

  /** Events that are committed from now on go to it, too. */
  async add(definition: WebhookDefinition): Promise<{ id: string; secret: string }> {
    const { newSecret } = await import('./sign.ts')
    const createSender = await this.#senderFactory()
    const { url, secret = newSecret(), instanceId, account, region, states = [] } = definition
    const webhook: Webhook = {
      id: `wh-${this.#random.token(16)}`,
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
      tx.afterCommit(() => this.#senders.set(webhook.id, createSender(webhook)))
    })
    this.#store.shared?.tell('webhooks')
    return { id: webhook.id, secret }
  }

  /** Removes it with all that it had still to get; says whether there was one. */
  remove(id: string): Promise<boolean> {
    return this.#store.transaction('write', async tx => {
      const found = await deleteWebhooks(tx, id)
      tx.afterCommit(() => {
        this.#senders.get(id)?.drop()
        this.#senders.delete(id)
        this.#store.shared?.tell('webhooks')
      })
      return found
    })
  }

  async list(): Promise<WebhookStatus[]> {
    const webhooks = await this.#store.transaction('read', listWebhooks)
    return webhooks.map(webhook => describe(webhook, this.#senders.get(webhook.id)))
  }

  /** All rows are being replaced: when that is committed, what is on its way is forgotten, and what they say begins. */
  reload(tx: Tx): void {
    tx.afterCommit(() => {
      if (this.#senders.size > 0) this.#adopt(new Map(), [])
      this.#reloadInBackground()
      this.#store.shared?.tell('webhooks')
    })
  }

  #reloadInBackground(): void {
    this.#reload().catch((error: unknown) => {
      this.#log.error({ err: error }, 'Webhooks could not be read; they get nothing until a restart.')
    })
  }

  /** Sends nothing new; what is on its way has `graceMs` to be accepted, and what is not stays for the next process. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#senders.values()].map(sender => sender.end(graceMs)))
  }

  async #reload(): Promise<void> {
    this.#reloading++
    try {
      const webhooks = await this.#store.transaction('read', listWebhooks)
      if (webhooks.length === 0) {
        if (this.#senders.size > 0) this.#adopt(new Map(), [])
        return
      }
      const createSender = await this.#senderFactory()
      // A write, so that it has its place in the order of commits: whoever commits later finds what it leaves.
      await this.#store.transaction('write', async tx => {
        const active = (await listWebhooks(tx)).filter(one => one.goneAt === undefined)
        const deliveries = await listDeliveries(tx)
        tx.afterCommit(() => {
          this.#adopt(new Map(active.map(webhook => [webhook.id, createSender(webhook)])), deliveries)
        })
      })
    } finally {
      this.#reloading--
    }
  }

  #adopt(senders: Map<string, Sender>, deliveries: readonly Delivery[]): void {
    for (const sender of this.#senders.values()) sender.drop()
    this.#senders = senders
    this.#push(deliveries)
  }

  #push(deliveries: readonly Delivery[]): void {
    for (const one of deliveries) this.#senders.get(one.webhookId)?.push(one.instanceSeq, one.eventSeq)
  }

  /** What sends is loaded with the first webhook. */
  async #senderFactory(): Promise<(webhook: Webhook) => Sender> {
    const { Sender, usualTiming } = await import('./sender.ts')
    const timing = { ...usualTiming, ...this.#timing }
    const chance = () => this.#random.next()
    const common = { store: this.#store, metrics: this.#metrics, log: this.#log, timing, chance }
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

function describe(webhook: Webhook, sender: Sender | undefined): WebhookStatus {
  const { pending = 0, oldestSeq, nextTryAt, lastFailure } = sender?.progress() ?? {}
  return {
    id: webhook.id,
    url: webhook.url,
    instanceId: webhook.instanceId ?? null,
    account: webhook.accountId ?? null,
    region: webhook.regionId ?? null,
    states: webhook.states,
    createdAt: isoTime(webhook.createdAt),
    status: webhook.goneAt === undefined ? 'active' : 'gone',
    pending,
    oldestPending: oldestSeq ?? null,
    lastError: lastFailure === undefined ? null : { ...lastFailure, at: isoTime(lastFailure.at) },
    nextTryAt: nextTryAt === undefined ? null : isoTime(nextTryAt),
  }
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}
