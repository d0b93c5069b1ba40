import sql, { raw, type Sql } from 'sql-template-tag'
import type { InstanceStatus, StopMode } from '../../../domain/instances/types.ts'
import { nullable, number, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'
import { instances } from './instances.ts'

/** What queries show of an instance for a while instead of the truth. */
export const staleViews = table('stale_views', {
  instanceSeq: number,
  /** Instance time, ms; from then on the truth is shown. */
  until: number,
  /** Null hides the instance: it was not there yet. */
  status: nullable(textOf<InstanceStatus>()),
  stopMode: nullable(textOf<StopMode>()),
})

export type StaleView = Row<typeof staleViews>

export async function putStaleViews(tx: Tx, views: readonly StaleView[], now: number): Promise<void> {
  if (views.length === 0) return
  await tx.run(sql`delete from stale_views where until <= ${now}`)
  await staleViews.insert(tx, views, sql`on conflict (instance_seq) do update set until = excluded.until`)
}

/** When the next view ends after `now`; instance time, ms. */
export async function findNextStaleEnd(tx: Tx, now: number): Promise<number | undefined> {
  const row = await tx.get<{ at: number | null }>(sql`select min(until) as at from stale_views where until > ${now}`)
  return row?.at ?? undefined
}

/** What a view shows in place of the truth; its revision is none that a row has. */
const staleValues: Readonly<Record<string, string>> = {
  status: 'stale.status',
  stop_mode: 'stale.stop_mode',
  revision: '-1 - actual.revision',
}
const shownColumns = raw(
  instances.columns
    .map(column => {
      const shown = staleValues[column]
      if (shown === undefined) return `actual.${column}`
      return `case when stale.until is null then actual.${column} else ${shown} end as ${column}`
    })
    .join(', '),
)

/** The instances as queries show them at `now`, for a FROM clause; the table itself unless a view is in force. */
export async function shownInstances(tx: Tx, now: number): Promise<Sql> {
  const inForce = await tx.get(sql`select 1 as one from stale_views where until > ${now} limit 1`)
  if (inForce === undefined) return sql`instances`
  return sql`(
    select ${shownColumns} from instances as actual
    left join stale_views as stale on stale.instance_seq = actual.seq and stale.until > ${now}
    where stale.until is null or stale.status is not null) as instances`
}
