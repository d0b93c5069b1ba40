import sql from 'sql-template-tag'
import type { Tx } from './store.ts'

/** Takes `count` numbers in a row from a named counter and returns the first; counters begin at 0. */
export async function takeNumbers(tx: Tx, name: string, count: number): Promise<number> {
  const row = await tx.get<{ value: number | string }>(sql`
    insert into counters (name, value) values (${name}, ${count})
    on conflict (name) do update set value = counters.value + excluded.value returning value`)
  return Number(row?.value ?? count) - count
}
