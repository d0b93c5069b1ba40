import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { keepServer, waitForServer } from '../test/support/postgres.ts'

/** A PostgreSQL that syncs every commit, unlike that of the tests; gone with this process. */
export interface Cluster {
  /** The address of a database. */
  urlOf(database: string): string
  /** Runs a statement in a database, and returns the first row. */
  ask(statement: string, database?: string): Promise<Record<string, unknown>>
}

const settings = ['fsync=on', 'full_page_writes=on', 'autovacuum=on', 'shared_buffers=256MB', 'max_wal_size=4GB']

export async function startCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'localyun-bench-'))
  // The server's user has to reach its files.
  await chmod(folder, 0o755)
  keepServer(folder, process.pid, settings)
  const { url } = await waitForServer(folder)
  const urlOf = (database: string) => `${url}/${database}`
  return {
    urlOf,
    async ask(statement, database = 'postgres') {
      const client = new pg.Client({ connectionString: urlOf(database) })
      await client.connect()
      try {
        const { rows } = await client.query<Record<string, unknown>>(statement)
        return rows[0] ?? {}
      } finally {
        await client.end()
      }
    },
  }
}
