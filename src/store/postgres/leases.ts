import sql, { type Sql } from 'sql-template-tag'
import { createRandom } from '../../platform/random.ts'

/** Runs a statement in no transaction. */
export type Execute = <Row>(query: Sql) => Promise<Row[]>

/** What one process at a time may do. A lease ends by itself when its holder dies. */
export class Leases {
  readonly #holder = createRandom(undefined, 'leases').uuid()
  readonly #execute: Execute

  constructor(execute: Execute) {
    this.#execute = execute
  }

  async take(name: string, ms: number): Promise<boolean> {
    const rows = await this.#execute(sql`
      insert into leases (name, holder, ends_at)
      values (${name}, ${this.#holder}, clock_timestamp() + ${ms}::int * interval '1 ms')
      on conflict (name) do update set holder = excluded.holder, ends_at = excluded.ends_at
      where leases.holder = excluded.holder or leases.ends_at < clock_timestamp()
      returning name`)
    return rows.length > 0
  }

  async end(name: string): Promise<void> {
    await this.#execute(sql`delete from leases where name = ${name} and holder = ${this.#holder}`)
  }
}
