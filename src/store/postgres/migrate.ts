import sql from 'sql-template-tag'
import { migrations } from '../migrations.ts'
import { StoreError } from '../store.ts'
import { Connection, connectionOptions } from './connections.ts'
import { openingError } from './errors.ts'
import { migration } from './keys.ts'
import { steps } from './schema.ts'

/** Brings the schema up to date. Any number of processes may do it at once: one does it, the others wait. */
export async function migrate(url: string, description: string): Promise<void> {
  const connection = new Connection(connectionOptions(url))
  try {
    await connection.connect()
    await connection.query('begin')
    await connection.query(`select pg_advisory_xact_lock(${migration})`)
    const version = await readVersion(connection)
    if (version > migrations.length) {
      throw new StoreError(
        `Cannot open the store ${description}: it was written by a newer localyun (schema ${version}; this one knows ${migrations.length}).`,
      )
    }
    if (version < migrations.length) {
      for (const step of steps.slice(version)) await connection.query(step)
      await connection.query('create table if not exists localyun_schema (version bigint not null)')
      await connection.query('delete from localyun_schema')
      await connection.executePrepared(sql`insert into localyun_schema (version) values (${migrations.length})`)
    }
    await connection.query('commit')
  } catch (reason) {
    throw openingError(description, reason)
  } finally {
    await connection.end().catch(() => undefined)
  }
}

/** The steps that the database has behind it; fails on a schema that has other tables. */
async function readVersion(connection: Connection): Promise<number> {
  const { rows } = await connection.executePrepared<{ ours: boolean; tables: number }>(sql`
    select to_regclass('localyun_schema') is not null as ours,
      (select count(*) from pg_tables where schemaname = current_schema()) as tables`)
  const [found] = rows
  if (found?.ours === true) {
    const version = await connection.executePrepared<{ version: number }>(sql`select version from localyun_schema`)
    return version.rows[0]?.version ?? 0
  }
  if ((found?.tables ?? 0) > 0) {
    throw new Error('the database has tables that are not of localyun. Give it a database (or a schema) of its own.')
  }
  return 0
}
