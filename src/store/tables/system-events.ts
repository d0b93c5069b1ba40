import sql, { join, type Sql } from 'sql-template-tag'
import {
  avoidableType,
  type FinishedStatus,
  type SystemEventStatus,
  type SystemEventType,
} from '../../domain/system-events/system-events.ts'
import { takeNumbers } from './world/counters.ts'
import { lockMachines } from './instances/instances.ts'
import type { Tx } from '../store.ts'

/** Something that the platform does to an instance. Times are instance time in ms. */
export interface SystemEvent {
  /** Grows with every event. */
  readonly seq: number
  readonly id: string
  readonly accountId: string
  readonly regionId: string
  readonly instanceSeq: number
  readonly instanceId: string
  readonly type: SystemEventType
  readonly status: SystemEventStatus
  readonly reason: string
  readonly publishedAt: number
  readonly notBefore: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
}

export type NewSystemEvent = Omit<SystemEvent, 'seq' | 'status' | 'startedAt' | 'finishedAt'>

export async function insertSystemEvent(tx: Tx, event: NewSystemEvent): Promise<SystemEvent> {
  const seq = 1 + (await takeNumbers(tx, 'system_events', 1))
  await tx.run(sql`
    insert into system_events (seq, id, account_id, region_id, instance_seq, instance_id, type, status, reason,
      published_at, not_before, due_at)
    values (${seq}, ${event.id}, ${event.accountId}, ${event.regionId}, ${event.instanceSeq}, ${event.instanceId},
      ${event.type}, 'Scheduled', ${event.reason}, ${event.publishedAt}, ${event.notBefore}, ${event.notBefore})`)
  await noteAvoidable(tx, [event.instanceSeq])
  return { ...event, seq, status: 'Scheduled', startedAt: null, finishedAt: null }
}

/** When the next event is to be carried out; instance time, ms. */
export const nextSystemEvent = sql`select min(due_at) as at from system_events where status = 'Scheduled'`

/** Those that are to be carried out by now, the oldest first; the rows stay locked. */
export async function listDueSystemEvents(tx: Tx, now: number, limit: number): Promise<SystemEvent[]> {
  const rows = await tx.all<SystemEventRow>(sql`
    select * from system_events where status = 'Scheduled' and due_at <= ${now}
    order by due_at, seq limit ${limit} ${tx.dialect.skipLocked}`)
  return rows.map(toSystemEvent)
}

/** Has all events of an instance that are due looked at again at `dueAt`; their order stays. */
export async function postponeSystemEvents(
  tx: Tx,
  instanceSeq: number,
  { now, dueAt }: { readonly now: number; readonly dueAt: number },
): Promise<void> {
  await tx.run(sql`
    update system_events set due_at = ${dueAt}
    where instance_seq = ${instanceSeq} and status = 'Scheduled' and due_at <= ${now}`)
}

export async function beginSystemEvent(tx: Tx, { seq, instanceSeq }: SystemEvent, at: number): Promise<void> {
  await tx.run(sql`update system_events set status = 'Executing', started_at = ${at} where seq = ${seq}`)
  await noteAvoidable(tx, [instanceSeq])
}

/** Cancels an event unless it has begun, or is over; returns whether it did. */
export async function cancelSystemEvent(tx: Tx, { seq, instanceSeq }: SystemEvent, at: number): Promise<boolean> {
  const changed = await tx.run(sql`
    update system_events set status = 'Canceled', finished_at = ${at} where seq = ${seq} and status = 'Scheduled'`)
  if (changed > 0) await noteAvoidable(tx, [instanceSeq])
  return changed > 0
}

export async function finishSystemEvents(
  tx: Tx,
  ids: readonly string[],
  outcome: { readonly status: FinishedStatus; readonly at: number },
): Promise<void> {
  if (ids.length === 0) return
  const rows = await tx.all<{ instance_seq: number }>(sql`
    update system_events set status = ${outcome.status}, finished_at = ${outcome.at} where id in (${join([...ids])})
    returning instance_seq`)
  const seqs = rows.map(row => row.instance_seq)
  if (seqs.length > 0) await noteAvoidable(tx, seqs)
}

/** The planned reboots of these instances need not happen any more. */
export async function avoidSystemEvents(tx: Tx, instanceSeqs: readonly number[], at: number): Promise<void> {
  if (instanceSeqs.length === 0) return
  await tx.run(sql`
    update system_events set status = 'Avoided', finished_at = ${at}
    where instance_seq in (${join([...instanceSeqs])}) and status = 'Scheduled' and type = ${avoidableType}`)
  await noteAvoidable(tx, instanceSeqs)
}

/** Keeps with the instances whether they have an event to avoid, so that a stop or reboot need not look for one. */
async function noteAvoidable(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  // First, so that what is counted then is all that those have written who changed the same.
  await lockMachines(tx, instanceSeqs)
  await tx.run(sql`
    update instances set reboot_planned = case when exists (
      select 1 from system_events e where e.instance_seq = instances.seq and e.status = 'Scheduled'
        and e.type = ${avoidableType}) then 1 else 0 end
    where seq in (${join([...instanceSeqs])})`)
}

/** Conditions on events; all that are given must hold. */
export interface SystemEventFilter {
  readonly accountId?: string
  readonly regionId?: string
  readonly ids?: readonly string[]
  readonly instanceIds?: readonly string[]
  readonly instanceSeqs?: readonly number[]
  readonly types?: readonly string[]
  readonly statuses?: readonly SystemEventStatus[]
  readonly notBefore?: Period
  readonly publishedAt?: Period
  /** Not those that were finished earlier than this. */
  readonly finishedSince?: number
  /** Of instances that are in this resource group. */
  readonly resourceGroupId?: string
}

/** Both ends belong to it. */
export interface Period {
  readonly from: number | undefined
  readonly until: number | undefined
}

/** Newest first. */
export async function listSystemEvents(
  tx: Tx,
  filter: SystemEventFilter,
  page: { readonly limit: number; readonly skip?: number; readonly before?: number } = { limit: 1000 },
): Promise<SystemEvent[]> {
  const before = page.before === undefined ? sql`1 = 1` : sql`e.seq < ${page.before}`
  const rows = await tx.all<SystemEventRow>(sql`
    select * from system_events e where ${systemEventConditions(filter)} and ${before}
    order by e.seq desc limit ${page.limit} offset ${page.skip ?? 0}`)
  return rows.map(toSystemEvent)
}

export async function countSystemEvents(tx: Tx, filter: SystemEventFilter): Promise<number> {
  const row = await tx.get<{ total: number | string }>(
    sql`select count(*) as total from system_events e where ${systemEventConditions(filter)}`,
  )
  return Number(row?.total ?? 0)
}

/** For a query in which the events are called `e`. */
export function systemEventConditions(filter: SystemEventFilter): Sql {
  const all: Sql[] = [sql`1 = 1`]
  const oneOf = (column: Sql, values: readonly (string | number)[] | undefined) => {
    if (values !== undefined) all.push(values.length === 0 ? sql`1 = 0` : sql`${column} in (${join([...values])})`)
  }
  const within = (column: Sql, period: Period | undefined) => {
    if (period?.from !== undefined) all.push(sql`${column} >= ${period.from}`)
    if (period?.until !== undefined) all.push(sql`${column} <= ${period.until}`)
  }
  if (filter.accountId !== undefined) all.push(sql`e.account_id = ${filter.accountId}`)
  if (filter.regionId !== undefined) all.push(sql`e.region_id = ${filter.regionId}`)
  oneOf(sql`e.id`, filter.ids)
  oneOf(sql`e.instance_id`, filter.instanceIds)
  oneOf(sql`e.instance_seq`, filter.instanceSeqs)
  oneOf(sql`e.type`, filter.types)
  oneOf(sql`e.status`, filter.statuses)
  within(sql`e.not_before`, filter.notBefore)
  within(sql`e.published_at`, filter.publishedAt)
  if (filter.finishedSince !== undefined) {
    all.push(sql`(e.finished_at is null or e.finished_at >= ${filter.finishedSince})`)
  }
  if (filter.resourceGroupId !== undefined) {
    all.push(sql`e.instance_seq in (select seq from instances where resource_group_id = ${filter.resourceGroupId})`)
  }
  return join(all, ' and ')
}

interface SystemEventRow {
  seq: number
  id: string
  account_id: string
  region_id: string
  instance_seq: number
  instance_id: string
  type: SystemEventType
  status: SystemEventStatus
  reason: string
  published_at: number
  not_before: number
  started_at: number | null
  finished_at: number | null
}

function toSystemEvent(row: SystemEventRow): SystemEvent {
  return {
    seq: row.seq,
    id: row.id,
    accountId: row.account_id,
    regionId: row.region_id,
    instanceSeq: row.instance_seq,
    instanceId: row.instance_id,
    type: row.type,
    status: row.status,
    reason: row.reason,
    publishedAt: row.published_at,
    notBefore: row.not_before,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}
