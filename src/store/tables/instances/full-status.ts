import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { type Concern, concernOf, concerns, healthOf, type HealthStatus } from '../../../domain/instances/health.ts'
import { systemEventTypeNames } from '../../../domain/system-events/system-events.ts'
import { type InstanceStatus, instanceStatuses } from '../../../domain/instances/types.ts'
import { conditions, type InstanceFilter } from './queries.ts'
import { number, reader, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { count } from '../../table.ts'
import { systemEventConditions, type SystemEventFilter } from '../system-events.ts'

export interface FullStatusFilter {
  readonly instances: InstanceFilter
  readonly health: HealthStatus | undefined
  /** Only instances that have such an event. */
  readonly events: SystemEventFilter | undefined
}

export interface FullStatus {
  readonly id: string
  readonly seq: number
  readonly status: InstanceStatus
  readonly health: HealthStatus
}

const readStatus = reader({ id: text, seq: number, status: textOf<InstanceStatus>(), concern: number })

/** Newest instance first. */
export async function listFullStatuses(
  tx: Tx,
  filter: FullStatusFilter,
  page: { readonly limit: number; readonly skip: number },
): Promise<FullStatus[]> {
  const rows = await tx.all(
    sql`
      select id, seq, status, concern from ${matches(tx, filter, sql`id, seq, status, ${gravest} as concern`)}
      order by seq desc limit ${page.limit} offset ${page.skip}`,
    readStatus,
  )
  return rows.map(({ id, seq, status, concern }) => ({
    id,
    seq,
    status,
    health: healthOf(status, concerns[concern] ?? 'none'),
  }))
}

export function countFullStatuses(tx: Tx, filter: FullStatusFilter): Promise<number> {
  const columns = filter.health === undefined ? sql`1` : sql`status, ${gravest} as concern`
  return count(tx, matches(tx, filter, columns))
}

/** For a FROM clause: the instances that match, with these columns. Health is worked out only where it is asked for. */
function matches(tx: Tx, { instances, events, health }: FullStatusFilter, columns: Sql): Sql {
  const hasEvent =
    events === undefined
      ? empty
      : sql`and exists (
          select 1 from system_events e where e.instance_seq = instances.seq and ${systemEventConditions(tx, events)})`
  const candidates = sql`(select ${columns} from instances where ${conditions(tx, instances)} ${hasEvent}) candidates`
  return health === undefined ? candidates : sql`${candidates} where ${isHealth(health)}`
}

const open = ['Scheduled', 'Executing'] as const

/** `when` an event is of this concern `then` its place in the list. */
function whenOf(concern: Concern, place: number): Sql {
  const kinds = open.flatMap(status =>
    systemEventTypeNames.filter(type => concernOf(type, status) === concern).map(type => ({ status, type })),
  )
  const cases = kinds.map(({ status, type }) => sql`(e.status = ${status} and e.type = ${type})`)
  return sql`when ${join(cases, ' or ')} then ${raw(String(place))}`
}

const none = raw(String(concerns.indexOf('none')))
const gravest = sql`coalesce((
  select min(case ${join(
    concerns.flatMap((concern, place) => (concern === 'none' ? [] : [whenOf(concern, place)])),
    ' ',
  )} else ${none} end)
  from system_events e where e.instance_seq = instances.seq and e.status in ('Scheduled', 'Executing')), ${none})`

/** The pairs of status and concern that come to this health. */
function isHealth(health: HealthStatus): Sql {
  const pairs = instanceStatuses.flatMap(status =>
    concerns.flatMap((concern, place) => (healthOf(status, concern) === health ? [{ status, place }] : [])),
  )
  if (pairs.length === 0) return sql`1 = 0`
  const cases = pairs.map(({ status, place }) => sql`(status = ${status} and concern = ${raw(String(place))})`)
  return sql`(${join(cases, ' or ')})`
}
