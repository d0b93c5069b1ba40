import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { tables } from '../../src/store/tables/every-table.ts'

const startLimitMs = 60_000
const keeper = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

/** A PostgreSQL of this test run's own. */
interface Server {
  /** Without a database. */
  readonly url: string
  /** The process of the server. */
  readonly server: number
}

/** A database of a test's own, gone with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  readonly name: string
}

let found: Promise<Server> | undefined

/** The server of this run, which the first test that asks for it starts. */
export function postgresServer(): Promise<Server> {
  found ??= findServer()
  return found
}

/** A database with nothing in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('')
}

/** Migrated databases that tests of this process have done with: to make one takes much longer than to clear it. */
const free: TestDatabase[] = []

/** A database with localyun's tables, and nothing in them. */
export async function testDatabase(): Promise<TestDatabase> {
  const database = free.pop() ?? (await createDatabase('template template'))
  const { url, name } = database
  const clear = [
    ...tables.map(({ name }) => `delete from ${name}`),
    "select setval('event_numbers', 0)",
    'delete from leases',
  ].join(';')
  const giveBack = async () => {
    await administer(clear, name)
    free.push(database)
  }
  return { url, name, [Symbol.asyncDispose]: giveBack }
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const name = `t_${randomBytes(8).toString('hex')}`
  await administer(`create database ${name} ${options}`)
  const { url } = await postgresServer()
  return { url: `${url}/${name}`, name, [Symbol.asyncDispose]: () => administer(`drop database ${name} with (force)`) }
}

/** Runs a statement as the server's owner. */
export async function administer(statement: string, database = 'postgres'): Promise<void> {
  const { url } = await postgresServer()
  const client = new pg.Client({ connectionString: `${url}/${database}` })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function findServer(): Promise<Server> {
  // All files of a run have the same parent; a file that is run by itself has a run of its own.
  const run = process.env['NODE_TEST_CONTEXT'] === undefined ? process.pid : process.ppid
  const folder = join(tmpdir(), `localyun-postgres-${run}`)
  if (isFirst(folder)) keepServer(folder, run)
  return waitForServer(folder)
}

/**
 * Starts a server in `folder`, which must be empty and is removed with the server, for as long as a process lives, or until
 * the keeper that is returned gets SIGTERM.
 */
export function keepServer(folder: string, watched: number, settings: readonly string[] = []): ChildProcess {
  const args = [keeper, folder, String(watched), ...settings]
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore' })
  child.unref()
  return child
}

export async function waitForServer(folder: string): Promise<Server> {
  const giveUpAt = Date.now() + startLimitMs
  while (Date.now() < giveUpAt) {
    const server = readReady(folder)
    if (server !== undefined) return server
    const failed = join(folder, 'failed.txt')
    if (existsSync(failed)) throw new Error(`PostgreSQL did not start: ${readFileSync(failed, 'utf8')}`)
    await sleep(30)
  }
  throw new Error('PostgreSQL did not start in time.')
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder)
    // The server's user has to reach its files.
    chmodSync(folder, 0o755)
    return true
  } catch {
    const left = readReady(folder)
    if (left === undefined || isAlive(left.keeper)) return false
    // Left by a run whose keeper was killed, and whose number has come round again.
    rmSync(folder, { recursive: true, force: true })
    return isFirst(folder)
  }
}

function readReady(folder: string): (Server & { keeper: number }) | undefined {
  const path = join(folder, 'ready.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Server & { keeper: number }) : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
