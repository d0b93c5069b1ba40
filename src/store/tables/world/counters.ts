import sql from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** Takes `count` numbers in a row from a named counter and returns the first; counters begin at 0. */
export async function takeNumbers(tx: Tx, name: string, count: number): Promise<number> {
  const [row] = await tx.autonomous<{ value: number | string }>(sql`
    insert into counters (name, value) values (${name}, ${count})
    on conflict (name) do update set value = counters.value + excluded.value returning value`)
  return Number(row?.value ?? count) - count
}

/** How many numbers a counter has given out. */
export async function findCounter(tx: Tx, name: string): Promise<number> {
  const row = await tx.get<{ value: number | string }>(sql`select value from counters where name = ${name}`)
  return Number(row?.value ?? 0)
}

export interface Counter {
  readonly name: string
  readonly value: number
}

export function listCounters(tx: Tx): Promise<Counter[]> {
  return tx.all(sql`select name, value from counters order by name`)
}

/** Lifts counters to at least these values. */
export async function raiseCounters(tx: Tx, counters: readonly Counter[]): Promise<void> {
  for (const { name, value } of counters) {
    await tx.run(sql`
      insert into counters (name, value) values (${name}, ${value})
      on conflict (name) do update set value = excluded.value where counters.value < excluded.value`)
  }
}
