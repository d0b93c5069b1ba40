import sql, { empty, join, type Sql } from 'sql-template-tag'
import { number, text, textOf } from '../columns.ts'
import type { Tx } from '../store.ts'
import { firstNumber, portionsOf, type Row, table } from '../table.ts'
import { together } from '../together.ts'
import { findCounter, takeNumbers } from './world/counters.ts'

/**
 * States as events name them: Created once at the beginning, Deleted once at the end, statuses in between. Interruption is none: it
 * says that a spot instance is going to be taken back.
 */
export const eventStates = ['Created', 'Starting', 'Running', 'Stopping', 'Stopped', 'Deleted', 'Interruption'] as const
export type EventState = (typeof eventStates)[number]
/** Who made an instance change. */
export type Actor = 'api' | 'guest' | 'platform' | 'seed' | 'auto-release' | 'fault'

export const events = table('events', {
  /** Grows with every event. */
  seq: number,
  /** Instance time, ms. */
  at: number,
  accountId: text,
  regionId: text,
  /** The instance's number: what a timeline is found by. */
  instanceSeq: number,
  instanceId: text,
  state: textOf<EventState>(),
  actor: textOf<Actor>(),
  /** The API call it goes back to; empty when there is none. */
  requestId: text,
  /** In words: what was asked for, or what happened. */
  reason: text,
})

export type StateChange = Row<typeof events>
export type NewStateChange = Omit<StateChange, 'seq'>
const withoutSeq = events.except('seq')

/** Writes events in order; returns them with their numbers. */
export async function insertEvents(tx: Tx, changes: readonly NewStateChange[]): Promise<StateChange[]> {
  if (tx.dialect.eventNumbers !== undefined) return insertNumbered(tx, changes, tx.dialect.eventNumbers.next)
  // From a counter, which a reset leaves alone: a reader who goes on from a number must never miss what follows.
  const firstSeq = 1 + (await takeNumbers(tx, 'events', changes.length))
  const written = changes.map((one, index) => Object.assign({ seq: firstSeq + index }, one))
  await events.insert(tx, written)
  return written
}

/** Writes events whose numbers the database gives out. */
async function insertNumbered(tx: Tx, changes: readonly NewStateChange[], next: Sql): Promise<StateChange[]> {
  const portions = portionsOf(changes).map(portion => {
    const rows = portion.map(one => sql`(${next}, ${join(withoutSeq.values(one))})`)
    return tx.all(sql`insert into events (seq, ${withoutSeq.columns}) values ${join(rows)} returning seq`, firstNumber)
  })
  await together(portions)
  const numbers = (await Promise.all(portions)).flat()
  return changes.map((one, index) => Object.assign({ seq: numbers[index] ?? 0 }, one))
}

/** The number of the newest event, also when a reset has taken it away; 0 before the first. */
export function findLatestEvent(tx: Tx): Promise<number> {
  return tx.dialect.eventNumbers?.findSettled(tx) ?? findCounter(tx, 'events')
}

/** When the newest event was, instance time, ms. */
export function findLatestEventTime(tx: Tx): Promise<number | undefined> {
  return tx.get(sql`select at from events order by seq desc limit 1`, firstNumber)
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
  return events.all.list(
    tx,
    sql`where seq > ${query.after} ${settled === undefined ? empty : sql`and seq <= ${settled}`} ${ofInstance}
      order by seq limit ${query.limit}`,
  )
}

export function findEvent(tx: Tx, seq: number): Promise<StateChange | undefined> {
  return events.all.find(tx, sql`where seq = ${seq}`)
}

const stopChange = events.select('at', 'instanceSeq', 'state')
/** A change into Stopped, or out of it. */
export type StopChange = Pick<StateChange, 'at' | 'instanceSeq' | 'state'>

/** What begins and ends the stops of these instances, in order. */
export function listStopChanges(tx: Tx, instanceSeqs: readonly number[]): Promise<StopChange[]> {
  return stopChange.list(
    tx,
    sql`where ${tx.dialect.oneOf(sql`instance_seq`, instanceSeqs)} and state in ('Stopped', 'Starting', 'Deleted')
      order by seq`,
  )
}
