import sql, { raw } from 'sql-template-tag'
import type { EventNumbers } from '../store.ts'
import { eventFloorClass } from './keys.ts'

/** Why numbers are announced and settled: docs/decisions/0003-numbers-of-events-on-postgresql.md. */
export const eventNumbers: EventNumbers = {
  next: sql`nextval('event_numbers')`,

  async findSettled(tx) {
    // In this order: whoever took a number up to the last one had announced it by then.
    const last = await tx.get<{ number: number }>(sql`select last_value as number from event_numbers`)
    const lowest = await tx.get<{ floor: number | null }>(sql`
      select min(((classid::bigint - ${raw(String(eventFloorClass))}) << 32) | objid::bigint) as floor from pg_locks
      where locktype = 'advisory' and objsubid = 1 and database = (select oid from pg_database where datname = current_database())
        and classid::bigint between ${raw(String(eventFloorClass))} and ${raw(String(eventFloorClass + 0xffff))}`)
    return Math.min(last?.number ?? 0, lowest?.floor ?? Infinity)
  },

  async save(tx) {
    await tx.run(sql`
      insert into counters (name, value) select 'events', last_value from event_numbers where last_value > 0
      on conflict (name) do update set value = excluded.value`)
  },

  async restore(tx) {
    await tx.get(sql`
      select setval('event_numbers', greatest(value, (select last_value from event_numbers)))
      from counters where name = 'events'`)
  },
}
