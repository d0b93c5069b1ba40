import sql, { join, type Sql } from 'sql-template-tag'
import {
  avoidableType,
  type FinishedStatus,
  type SystemEventStatus,
  type SystemEventType,
} from '../../domain/system-events/system-events.ts'
import { nullable, number, text, textOf } from '../columns.ts'
import type { Tx } from '../store.ts'
import { count, firstNumber, type Row, table } from '../table.ts'
import { instances } from './instances/instances.ts'
import { lockMachines } from './instances/power.ts'
import { takeNumbers } from './world/counters.ts'

/** What the platform does to instances. Times are instance time in ms. */
export const systemEvents = table('system_events', {
  /** Grows with every event. */
  seq: number,
  id: text,
  accountId: text,
  regionId: text,
  instanceSeq: number,
  instanceId: text,
  type: textOf<SystemEventType>(),
  status: textOf<SystemEventStatus>(),
  reason: text,
  publishedAt: number,
  notBefore: number,
  /** When it is to be looked at next. */
  dueAt: number,
  startedAt: nullable(number),
  finishedAt: nullable(number),
})

const shown = systemEvents.except('dueAt')
export type SystemEvent = Omit<Row<typeof systemEvents>, 'dueAt'>
export type NewSystemEvent = Omit<SystemEvent, 'seq' | 'status' | 'startedAt' | 'finishedAt'>

export async function insertSystemEvent(tx: Tx, event: NewSystemEvent): Promise<SystemEvent> {
  const seq = 1 + (await takeNumbers(tx, 'system_events', 1))
  const row: SystemEvent = { ...event, seq, status: 'Scheduled', startedAt: null, finishedAt: null }
  await systemEvents.insert(tx, [{ ...row, dueAt: event.notBefore }])
  await noteAvoidable(tx, [event.instanceSeq])
  return row
}

/** When the next event is to be carried out; instance time, ms. */
export const nextSystemEvent = sql`select min(due_at) as at from system_events where status = 'Scheduled'`

/** Those that are to be carried out by now, the oldest first; the rows stay locked. */
export function listDueSystemEvents(tx: Tx, now: number, limit: number): Promise<SystemEvent[]> {
  return shown.list(
    tx,
    sql`where status = 'Scheduled' and due_at <= ${now} order by due_at, seq limit ${limit} ${tx.dialect.skipLocked}`,
  )
}

/** Has all events of an instance that are due looked at again at `dueAt`; their order stays. */
export async function postponeSystemEvents(
  tx: Tx,
  instanceSeq: number,
  { now, dueAt }: { readonly now: number; readonly dueAt: number },
): Promise<void> {
  await systemEvents.update(
    tx,
    { dueAt },
    sql`instance_seq = ${instanceSeq} and status = 'Scheduled' and due_at <= ${now}`,
  )
}

export async function beginSystemEvent(tx: Tx, { seq, instanceSeq }: SystemEvent, at: number): Promise<void> {
  await systemEvents.update(tx, { status: 'Executing', startedAt: at }, sql`seq = ${seq}`)
  await noteAvoidable(tx, [instanceSeq])
}

/** Cancels an event unless it has begun, or is over; returns whether it did. */
export async function cancelSystemEvent(tx: Tx, { seq, instanceSeq }: SystemEvent, at: number): Promise<boolean> {
  const changes = { status: 'Canceled', finishedAt: at } as const
  const changed = await systemEvents.update(tx, changes, sql`seq = ${seq} and status = 'Scheduled'`)
  if (changed > 0) await noteAvoidable(tx, [instanceSeq])
  return changed > 0
}

/** Those of these instances that have not ended lose their object. */
export async function cancelEventsOf(tx: Tx, instanceIds: readonly string[], at: number): Promise<void> {
  const changes = { status: 'Canceled', finishedAt: at } as const
  const open = sql`status in ('Scheduled', 'Executing')`
  await systemEvents.update(tx, changes, sql`${tx.dialect.oneOf(sql`instance_id`, instanceIds)} and ${open}`)
}

export async function finishSystemEvents(
  tx: Tx,
  ids: readonly string[],
  { status, at }: { readonly status: FinishedStatus; readonly at: number },
): Promise<void> {
  if (ids.length === 0) return
  const seqs = await tx.all(
    sql`update system_events set ${systemEvents.set({ status, finishedAt: at })} where ${tx.dialect.oneOf(sql`id`, ids)}
      returning instance_seq`,
    firstNumber,
  )
  if (seqs.length > 0) await noteAvoidable(tx, seqs)
}

/** The planned reboots of these instances need not happen any more. */
export async function avoidSystemEvents(tx: Tx, instanceSeqs: readonly number[], at: number): Promise<void> {
  if (instanceSeqs.length === 0) return
  await systemEvents.update(
    tx,
    { status: 'Avoided', finishedAt: at },
    sql`${tx.dialect.oneOf(sql`instance_seq`, instanceSeqs)} and status = 'Scheduled' and type = ${avoidableType}`,
  )
  await noteAvoidable(tx, instanceSeqs)
}

/** Keeps with the instances whether they have an event to avoid, so that a stop or reboot need not look for one. */
async function noteAvoidable(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  // First, so that what is counted then is all that those have written who changed the same.
  await lockMachines(tx, instanceSeqs)
  const isPlanned = sql`case when exists (
    select 1 from system_events e where e.instance_seq = instances.seq and e.status = 'Scheduled'
      and e.type = ${avoidableType}) then 1 else 0 end`
  await instances.update(tx, { rebootPlanned: isPlanned }, tx.dialect.oneOf(sql`seq`, instanceSeqs))
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
export function listSystemEvents(
  tx: Tx,
  filter: SystemEventFilter,
  page: { readonly limit: number; readonly skip?: number; readonly before?: number } = { limit: 1000 },
): Promise<SystemEvent[]> {
  const before = page.before === undefined ? sql`1 = 1` : sql`e.seq < ${page.before}`
  return shown.list(
    tx,
    sql`e where ${systemEventConditions(tx, filter)} and ${before}
      order by e.seq desc limit ${page.limit} offset ${page.skip ?? 0}`,
  )
}

export function countSystemEvents(tx: Tx, filter: SystemEventFilter): Promise<number> {
  return count(tx, sql`system_events e where ${systemEventConditions(tx, filter)}`)
}

/** For a query in which the events are called `e`. */
export function systemEventConditions(tx: Tx, filter: SystemEventFilter): Sql {
  const all: Sql[] = [sql`1 = 1`]
  const oneOf = (column: Sql, values: readonly string[] | readonly number[] | undefined) => {
    if (values !== undefined) all.push(tx.dialect.oneOf(column, values))
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
