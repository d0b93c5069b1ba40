import sql, { bulk, join, raw, type Sql } from 'sql-template-tag'
import type { InstanceStatus, StopMode } from '../../../domain/instances/types.ts'
import type { Tx } from '../../store.ts'

/** What queries show of an instance for a while instead of the truth. */
export interface StaleView {
  readonly instanceSeq: number
  /** Instance time, ms; from then on the truth is shown. */
  readonly until: number
  /** Null hides the instance: it was not there yet. */
  readonly status: InstanceStatus | null
  readonly stopMode: StopMode | null
}

export async function putStaleViews(tx: Tx, views: readonly StaleView[], now: number): Promise<void> {
  if (views.length === 0) return
  await tx.run(sql`delete from stale_views where until <= ${now}`)
  const rows = views.map(view => [view.instanceSeq, view.until, view.status, view.stopMode])
  await tx.run(sql`
    insert into stale_views (instance_seq, until, status, stop_mode) values ${bulk(rows)}
    on conflict (instance_seq) do update set until = excluded.until`)
}

/** When the next view ends after `now`; instance time, ms. */
export async function findNextStaleEnd(tx: Tx, now: number): Promise<number | undefined> {
  const row = await tx.get<{ at: number | null }>(sql`select min(until) as at from stale_views where until > ${now}`)
  return row?.at ?? undefined
}

/** The instances as queries show them at `now`, for a FROM clause; the table itself unless a view is in force. */
export async function shownInstances(tx: Tx, now: number): Promise<Sql> {
  const inForce = await tx.get(sql`select 1 as one from stale_views where until > ${now} limit 1`)
  if (inForce === undefined) return sql`instances`
  const shown = (await tx.columns('instances')).map(column => {
    if (column !== 'status' && column !== 'stop_mode') return sql`actual.${raw(column)}`
    return sql`case when stale.until is null then actual.${raw(column)} else stale.${raw(column)} end as ${raw(column)}`
  })
  return sql`(
    select ${join(shown)} from instances as actual
    left join stale_views as stale on stale.instance_seq = actual.seq and stale.until > ${now}
    where stale.until is null or stale.status is not null) as instances`
}
