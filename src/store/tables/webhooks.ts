import sql, { empty } from 'sql-template-tag'
import { json, number, optional, reader, text } from '../columns.ts'
import type { Tx } from '../store.ts'
import { type Row, table } from '../table.ts'
import type { EventState } from './events.ts'

/** Where events are sent, and which. A filter that is undefined lets everything through. */
export const webhooks = table('webhooks', {
  id: text,
  url: text,
  /** `whsec_…`, what its requests are signed with. */
  secret: text,
  instanceId: optional(text),
  accountId: optional(text),
  regionId: optional(text),
  /** Empty: all. */
  states: json<readonly EventState[]>(),
  /** Machine time, ms. */
  createdAt: number,
  /** When its end answered 410 Gone, after which it gets nothing more; machine time, ms. */
  goneAt: optional(number),
})

/** Events that a webhook has not accepted yet. */
export const webhookDeliveries = table('webhook_deliveries', {
  webhookId: text,
  eventSeq: number,
  instanceSeq: number,
})

export type Webhook = Row<typeof webhooks>
export type Delivery = Row<typeof webhookDeliveries>

export async function insertWebhook(tx: Tx, webhook: Webhook): Promise<void> {
  await webhooks.insert(tx, [webhook])
}

/** In the order in which they were added. */
export function listWebhooks(tx: Tx): Promise<Webhook[]> {
  return webhooks.all.list(tx, sql`order by created_at, id`)
}

/** Removes a webhook, or all of them, with what they had still to get; says whether there was one. */
export async function deleteWebhooks(tx: Tx, id?: string): Promise<boolean> {
  await dropDeliveries(tx, id)
  return (await tx.run(sql`delete from webhooks ${id === undefined ? empty : sql`where id = ${id}`}`)) > 0
}

/** Its end is gone for good: it keeps its row, and gets nothing more. */
export async function switchOff(tx: Tx, id: string, at: number): Promise<void> {
  await dropDeliveries(tx, id)
  await webhooks.update(tx, { goneAt: at }, sql`id = ${id}`)
}

async function dropDeliveries(tx: Tx, webhookId?: string): Promise<void> {
  await tx.run(
    sql`delete from webhook_deliveries ${webhookId === undefined ? empty : sql`where webhook_id = ${webhookId}`}`,
  )
}

export async function insertDeliveries(tx: Tx, deliveries: readonly Delivery[]): Promise<void> {
  await webhookDeliveries.insert(tx, deliveries)
}

/** What is still to be sent of the events behind one number, up to another; oldest event first. */
export function listDeliveries(tx: Tx, after: number, upTo: number): Promise<Delivery[]> {
  return webhookDeliveries.all.list(tx, sql`where event_seq > ${after} and event_seq <= ${upTo} order by event_seq`)
}

/** Whether the event is still to be sent: another process may have done it in the meantime. */
export async function isPending(tx: Tx, webhookId: string, eventSeq: number): Promise<boolean> {
  const row = await tx.get(sql`
    select 1 as one from webhook_deliveries where webhook_id = ${webhookId} and event_seq = ${eventSeq}`)
  return row !== undefined
}

const readBacklog = reader({ webhookId: text, pending: number, oldestSeq: number })

/** How many events a webhook has still to get, and the number of the oldest; none where there is nothing to send. */
export async function listBacklogs(tx: Tx): Promise<ReadonlyMap<string, { pending: number; oldestSeq: number }>> {
  const backlogs = await tx.all(
    sql`select webhook_id, count(*), min(event_seq) from webhook_deliveries group by webhook_id`,
    readBacklog,
  )
  return new Map(backlogs.map(({ webhookId, pending, oldestSeq }) => [webhookId, { pending, oldestSeq }]))
}

export async function deleteDelivery(tx: Tx, webhookId: string, eventSeq: number): Promise<void> {
  await tx.run(sql`delete from webhook_deliveries where webhook_id = ${webhookId} and event_seq = ${eventSeq}`)
}
