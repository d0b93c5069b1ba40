import sql, { bulk, empty } from 'sql-template-tag'
import type { EventState } from './events.ts'
import type { Tx } from '../store.ts'

/** Where events are sent, and which. A filter that is undefined lets everything through. */
export interface Webhook {
  readonly id: string
  readonly url: string
  /** `whsec_…`, what its requests are signed with. */
  readonly secret: string
  readonly instanceId: string | undefined
  readonly accountId: string | undefined
  readonly regionId: string | undefined
  /** Empty: all. */
  readonly states: readonly EventState[]
  /** Machine time, ms. */
  readonly createdAt: number
  /** When its end answered 410 Gone, after which it gets nothing more; machine time, ms. */
  readonly goneAt: number | undefined
}

/** An event that a webhook has not accepted yet. */
export interface Delivery {
  readonly webhookId: string
  readonly eventSeq: number
  readonly instanceSeq: number
}

export async function insertWebhook(tx: Tx, webhook: Webhook): Promise<void> {
  const { id, url, secret, instanceId = null, accountId = null, regionId = null, states, createdAt } = webhook
  await tx.run(sql`
    insert into webhooks (id, url, secret, instance_id, account_id, region_id, states, created_at)
    values ${bulk([[id, url, secret, instanceId, accountId, regionId, JSON.stringify(states), createdAt]])}`)
}

/** In the order in which they were added. */
export async function listWebhooks(tx: Tx): Promise<Webhook[]> {
  const rows = await tx.all<WebhookRow>(sql`
    select id, url, secret, instance_id, account_id, region_id, states, created_at, gone_at from webhooks
    order by created_at, id`)
  return rows.map(row => ({
    id: row.id,
    url: row.url,
    secret: row.secret,
    instanceId: row.instance_id ?? undefined,
    accountId: row.account_id ?? undefined,
    regionId: row.region_id ?? undefined,
    states: JSON.parse(row.states) as EventState[],
    createdAt: Number(row.created_at),
    goneAt: row.gone_at === null ? undefined : Number(row.gone_at),
  }))
}

/** Removes a webhook, or all of them, with what they had still to get; says whether there was one. */
export async function deleteWebhooks(tx: Tx, id?: string): Promise<boolean> {
  await dropDeliveries(tx, id)
  return (await tx.run(sql`delete from webhooks ${id === undefined ? empty : sql`where id = ${id}`}`)) > 0
}

/** Its end is gone for good: it keeps its row, and gets nothing more. */
export async function switchOff(tx: Tx, id: string, at: number): Promise<void> {
  await dropDeliveries(tx, id)
  await tx.run(sql`update webhooks set gone_at = ${at} where id = ${id}`)
}

async function dropDeliveries(tx: Tx, webhookId?: string): Promise<void> {
  await tx.run(
    sql`delete from webhook_deliveries ${webhookId === undefined ? empty : sql`where webhook_id = ${webhookId}`}`,
  )
}

export async function insertDeliveries(tx: Tx, deliveries: readonly Delivery[]): Promise<void> {
  for (let start = 0; start < deliveries.length; start += 100) {
    const rows = deliveries.slice(start, start + 100).map(one => [one.webhookId, one.eventSeq, one.instanceSeq])
    await tx.run(sql`insert into webhook_deliveries (webhook_id, event_seq, instance_seq) values ${bulk(rows)}`)
  }
}

/** What is still to be sent of the events behind one number, up to another; oldest event first. */
export async function listDeliveries(tx: Tx, after: number, upTo: number): Promise<Delivery[]> {
  const rows = await tx.all<{ webhook_id: string; event_seq: number; instance_seq: number }>(sql`
    select webhook_id, event_seq, instance_seq from webhook_deliveries
    where event_seq > ${after} and event_seq <= ${upTo} order by event_seq`)
  return rows.map(row => ({ webhookId: row.webhook_id, eventSeq: row.event_seq, instanceSeq: row.instance_seq }))
}

/** Whether the event is still to be sent: another process may have done it in the meantime. */
export async function isPending(tx: Tx, webhookId: string, eventSeq: number): Promise<boolean> {
  const row = await tx.get(sql`
    select 1 as one from webhook_deliveries where webhook_id = ${webhookId} and event_seq = ${eventSeq}`)
  return row !== undefined
}

/** How many events a webhook has still to get, and the number of the oldest; none where there is nothing to send. */
export async function listBacklogs(tx: Tx): Promise<ReadonlyMap<string, { pending: number; oldestSeq: number }>> {
  const rows = await tx.all<{ id: string; pending: number | string; oldest: number | string }>(sql`
    select webhook_id as id, count(*) as pending, min(event_seq) as oldest from webhook_deliveries group by webhook_id`)
  return new Map(rows.map(({ id, pending, oldest }) => [id, { pending: Number(pending), oldestSeq: Number(oldest) }]))
}

export async function deleteDelivery(tx: Tx, webhookId: string, eventSeq: number): Promise<void> {
  await tx.run(sql`delete from webhook_deliveries where webhook_id = ${webhookId} and event_seq = ${eventSeq}`)
}

interface WebhookRow {
  id: string
  url: string
  secret: string
  instance_id: string | null
  account_id: string | null
  region_id: string | null
  states: string
  created_at: number | string
  gone_at: number | string | null
}
