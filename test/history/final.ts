import sql from 'sql-template-tag'
import type { Store } from '../../src/store/store.ts'
import { listEvents } from '../../src/store/tables/events.ts'
import type { FinalInstance, LoggedEvent, MeteredRow } from './history.ts'

/** What a store holds in the end. */
export interface Final {
  readonly events: readonly LoggedEvent[]
  readonly meter: readonly MeteredRow[]
  readonly instances: readonly FinalInstance[]
  readonly jobs: number
}

export function readFinal(store: Store): Promise<Final> {
  return store.transaction('read', async tx => {
    const meter = await tx.all<Record<string, any>>(sql`
      select resource_id, at_s, compute, compute + image + system_disk + data_disk + bandwidth as total, delta
      from meter where kind = 'instance' order by seq`)
    const instances = await tx.all<Record<string, any>>(sql`
      select id, status, operation, stop_mode from instances order by seq`)
    const jobs = await tx.get<{ count: number }>(sql`select count(*) as count from jobs`)
    return {
      events: await listEvents(tx, { after: 0, limit: 100_000_000 }),
      meter: meter.map(row => ({
        instanceId: row['resource_id'],
        at: Number(row['at_s']),
        compute: Number(row['compute']),
        total: Number(row['total']),
        delta: Number(row['delta']),
      })),
      instances: instances.map(row => ({
        id: row['id'],
        status: row['status'],
        stoppedMode: row['stop_mode'] ?? '',
        operation: row['operation'],
      })),
      jobs: Number(jobs?.count),
    }
  })
}

/** How much is under way: changes of power, and events for webhooks. */
export async function countPending(store: Store): Promise<number> {
  const row = await store.transaction('read', tx =>
    tx.get<{ count: number }>(sql`
      select (select count(*) from jobs) + (select count(*) from webhook_deliveries) as count`),
  )
  return Number(row?.count)
}
