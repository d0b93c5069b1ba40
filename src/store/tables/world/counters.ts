import sql from 'sql-template-tag'
import { number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

/** How many numbers each counter has given out. */
export const counters = table('counters', { name: text, value: number }, ['name'])

export type Counter = Row<typeof counters>

/** Takes `count` numbers in a row from a named counter and returns the first; counters begin at 0. */
export async function takeNumbers(tx: Tx, name: string, count: number): Promise<number> {
  const [row] = await tx.autonomous<{ value: number }>(sql`
    insert into counters (name, value) values (${name}, ${count})
    on conflict (name) do update set value = counters.value + excluded.value returning value`)
  return (row?.value ?? count) - count
}

/** How many numbers a counter has given out. */
export async function findCounter(tx: Tx, name: string): Promise<number> {
  return (await counters.all.find(tx, sql`where name = ${name}`))?.value ?? 0
}

export function listCounters(tx: Tx): Promise<Counter[]> {
  return counters.all.list(tx, sql`order by name`)
}

/** Lifts counters to at least these values. */
export async function raiseCounters(tx: Tx, least: readonly Counter[]): Promise<void> {
  await counters.insert(
    tx,
    least,
    sql`on conflict (name) do update set value = excluded.value where counters.value < excluded.value`,
  )
}
