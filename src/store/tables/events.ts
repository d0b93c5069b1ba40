import sql, { bulk, empty, join, type Sql } from 'sql-template-tag'
import { findCounter, takeNumbers } from './world/counters.ts'
import type { Tx } from '../store.ts'
import { together } from '../together.ts'

/**
 * States as events name them: Created once at the beginning, Deleted once at the end, statuses in between. Interruption is none: it
 * says that a spot instance is going to be taken back.
 */
export const eventStates = ['Created', 'Starting', 'Running', 'Stopping', 'Stopped', 'Deleted', 'Interruption'] as const
export type EventState = (typeof eventStates)[number]
/** Who made an instance change. */
export type Actor = 'api' | 'guest' | 'platform' | 'seed' | 'auto-release' | 'fault'

export interface NewStateChange {
  /** Instance time, ms. */
  readonly at: number
  readonly accountId: string
  readonly regionId: string
  /** The instance's number: what a timeline is found by. */
  readonly instanceSeq: number
  readonly instanceId: string
  readonly state: EventState
  readonly actor: Actor
  /** The API call it goes back to; empty when there is none. */
  readonly requestId: string
  /** In words: what was asked for, or what happened. */
  readonly reason: string
}

export interface StateChange extends NewStateChange {
  /** Grows with every event. */
  readonly seq: number
}

/** Writes events in order; returns them with their numbers. */
export async function insertEvents(tx: Tx, changes: readonly NewStateChange[]): Promise<StateChange[]> {
  if (tx.dialect.eventNumbers !== undefined) return insertNumbered(tx, changes, tx.dialect.eventNumbers.next)
  const written: StateChange[] = []
  // From a counter, which a reset leaves alone: a reader who goes on from a number must never miss what follows.
  const firstSeq = 1 + (await takeNumbers(tx, 'events', changes.length))
  for (let start = 0; start < changes.length; start += 100) {
    const portion = changes.slice(start, start + 100)
    const rows = portion.map((one, index) => [firstSeq + start + index, ...valuesOf(one)])
    await tx.run(sql`
      insert into events (seq, at, account_id, region_id, instance_seq, instance_id, state, actor, request_id, reason)
      values ${bulk(rows)}`)
    for (const [index, one] of portion.entries()) written.push({ ...one, seq: firstSeq + start + index })
  }
  return written
}

/** Writes events whose numbers the database gives out. */
async function insertNumbered(tx: Tx, changes: readonly NewStateChange[], next: Sql): Promise<StateChange[]> {
  const portions: Promise<{ seq: number }[]>[] = []
  for (let start = 0; start < changes.length; start += 100) {
    const rows = changes.slice(start, start + 100).map(one => sql`(${next}, ${join(valuesOf(one))})`)
    portions.push(
      tx.all(sql`
        insert into events (seq, at, account_id, region_id, instance_seq, instance_id, state, actor, request_id, reason)
        values ${join(rows)} returning seq`),
    )
  }
  await together(portions)
  const numbers = (await Promise.all(portions)).flat()
  return changes.map((one, index) => Object.assign({ seq: numbers[index]?.seq ?? 0 }, one))
}

function valuesOf(one: NewStateChange) {
  const { at, accountId, regionId, instanceSeq, instanceId, state, actor, requestId, reason } = one
  return [at, accountId, regionId, instanceSeq, instanceId, state, actor, requestId, reason]
}

/** The number of the newest event, also when a reset has taken it away; 0 before the first. */
export function findLatestEvent(tx: Tx): Promise<number> {
  return tx.dialect.eventNumbers?.findSettled(tx) ?? findCounter(tx, 'events')
}

/** When the newest event was, instance time, ms. */
export async function findLatestEventTime(tx: Tx): Promise<number | undefined> {
  return (await tx.get<{ at: number }>(sql`select at from events order by seq desc limit 1`))?.at
}

/**
 * Events after a number, oldest first; of one instance when `instanceId` is given. Where transactions run at the same
 * time, those behind a number that may still be committed are left for later.
 */
export async function listEvents(
  tx: Tx,
  query: { after: number; limit: number; instanceId?: string | undefined },
): Promise<StateChange[]> {
  const { instanceId } = query
  const settled = await tx.dialect.eventNumbers?.findSettled(tx)
  const ofInstance =
    instanceId === undefined
      ? empty
      : sql`and instance_seq in (
          select seq from instances where id = ${instanceId}
          union all select seq from released_instances where id = ${instanceId})`
  const rows = await tx.all<EventRow>(sql`
    select seq, at, account_id, region_id, instance_seq, instance_id, state, actor, request_id, reason from events
    where seq > ${query.after} ${settled === undefined ? empty : sql`and seq <= ${settled}`} ${ofInstance} order by seq limit ${query.limit}`)
  return rows.map(toStateChange)
}

export async function findEvent(tx: Tx, seq: number): Promise<StateChange | undefined> {
  const row = await tx.get<EventRow>(sql`
    select seq, at, account_id, region_id, instance_seq, instance_id, state, actor, request_id, reason from events
    where seq = ${seq}`)
  return row === undefined ? undefined : toStateChange(row)
}

interface EventRow {
  seq: number
  at: number
  account_id: string
  region_id: string
  instance_seq: number
  instance_id: string
  state: EventState
  actor: Actor
  request_id: string
  reason: string
}

function toStateChange(row: EventRow): StateChange {
  return {
    seq: row.seq,
    at: row.at,
    accountId: row.account_id,
    regionId: row.region_id,
    instanceSeq: row.instance_seq,
    instanceId: row.instance_id,
    state: row.state,
    actor: row.actor,
    requestId: row.request_id,
    reason: row.reason,
  }
}

/** A change into Stopped, or out of it. */
export type StopChange = Pick<StateChange, 'at' | 'instanceSeq' | 'state'>

/** What begins and ends the stops of these instances, in order. */
export async function listStopChanges(tx: Tx, instanceSeqs: readonly number[]): Promise<StopChange[]> {
  const rows = await tx.all<Pick<EventRow, 'at' | 'instance_seq' | 'state'>>(sql`
    select at, instance_seq, state from events
    where instance_seq in (${join([...instanceSeqs])}) and state in ('Stopped', 'Starting', 'Deleted') order by seq`)
  return rows.map(row => ({ at: row.at, instanceSeq: row.instance_seq, state: row.state }))
}
