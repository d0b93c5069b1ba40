import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { findAccelerator, qemu } from '../compute/qemu/accelerator.ts'
import { CommandFailure } from './command-failure.ts'
import { say } from './say.ts'
import { settings } from './settings.ts'
import { formatTable } from './table.ts'

const oldestNode = 24
/** What does not tell its version within this time does not count as there, ms. */
const versionLimitMs = 10_000

interface Finding {
  readonly what: string
  /** `missing`: localyun does not work without it. `no`: something of it is not to be had. */
  readonly is: 'ok' | 'no' | 'missing'
  readonly found: string
  readonly purpose: string
}

/** Says what this machine offers and what that is for; fails when localyun cannot work here. */
export async function doctor(): Promise<void> {
  const basics = [checkNode(), await checkSqlite(), checkStore(), await checkPort()]
  const findings = [...basics, checkKvm(), await checkQemu(), await checkImageTool(), await checkAccelerator()]
  say(
    formatTable([
      ['', 'WHAT', 'FOUND', 'FOR'],
      ...findings.map(({ is, what, found, purpose }) => [is, what, found, purpose]),
    ]),
  )
  const missing = findings.filter(one => one.is === 'missing').map(one => one.what)
  if (missing.length > 0) throw new CommandFailure(`This machine lacks what localyun needs: ${missing.join(', ')}.`)
  say('\nlocalyun works here.')
}

function checkNode(): Finding {
  const { node } = process.versions
  const is = Number.parseInt(node, 10) >= oldestNode ? 'ok' : 'missing'
  return { what: 'Node.js', is, found: node, purpose: `everything; ${oldestNode} or newer` }
}

async function checkSqlite(): Promise<Finding> {
  const finding = { what: 'node:sqlite', purpose: 'the store, both sqlite: and memory:' }
  try {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(':memory:')
    const row = database.prepare('select sqlite_version() as version').get()
    database.close()
    return { ...finding, is: 'ok', found: `SQLite ${String(row?.['version'])}` }
  } catch (reason) {
    return { ...finding, is: 'missing', found: reason instanceof Error ? reason.message : String(reason) }
  }
}

function checkStore(): Finding {
  const finding = { what: 'default store', purpose: 'state that survives; else --store sqlite:FILE or memory:' }
  const file = settings.store.default.replace(/^sqlite:/, '')
  // What is not there yet is made in the nearest folder that is.
  let place = resolve(file)
  while (!existsSync(place)) place = dirname(place)
  const found = existsSync(file) ? `${file} is there` : `${file} can be made`
  return isAllowed(place, constants.R_OK | constants.W_OK)
    ? { ...finding, is: 'ok', found }
    : { ...finding, is: 'no', found: `${place} is not writable` }
}

async function checkPort(): Promise<Finding> {
  const { host, port } = { host: settings.host.default, port: Number(settings.port.default) }
  const finding = { what: `port ${port}`, purpose: 'the default address; else --port' }
  const { promise, resolve: answer } = Promise.withResolvers<string | undefined>()
  const server = createServer()
  server.once('error', (reason: NodeJS.ErrnoException) => answer(reason.code ?? reason.message))
  server.listen(port, host, () => server.close(() => answer(undefined)))
  const reason = await promise
  if (reason === undefined) return { ...finding, is: 'ok', found: 'free' }
  return { ...finding, is: 'no', found: reason === 'EADDRINUSE' ? 'in use' : `cannot be taken (${reason})` }
}

function checkKvm(): Finding {
  const device = '/dev/kvm'
  const finding = { what: device, purpose: 'virtual machines at full speed; simulated ones do without' }
  if (!existsSync(device)) return { ...finding, is: 'no', found: 'not there' }
  return isAllowed(device, constants.R_OK | constants.W_OK)
    ? { ...finding, is: 'ok', found: 'can be opened' }
    : { ...finding, is: 'no', found: 'there, but you may not open it' }
}

function checkQemu(): Promise<Finding> {
  return checkProgram(qemu, 'virtual machines, --compute qemu; simulated ones do without')
}

function checkImageTool(): Promise<Finding> {
  return checkProgram('qemu-img', 'disks and images of virtual machines')
}

async function checkAccelerator(): Promise<Finding> {
  const finding = { what: 'accelerator', purpose: 'what virtual machines run with' }
  return (await findAccelerator()) === 'kvm'
    ? { ...finding, is: 'ok', found: 'kvm: a machine ran with it' }
    : { ...finding, is: 'no', found: 'tcg, which is slow: no machine ran with kvm' }
}

async function checkProgram(program: string, purpose: string): Promise<Finding> {
  const finding = { what: program, purpose }
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: versionLimitMs })
    return { ...finding, is: 'ok', found: /version (\S+)/.exec(stdout)?.[1] ?? 'there' }
  } catch (reason) {
    const isAbsent = (reason as NodeJS.ErrnoException).code === 'ENOENT'
    return { ...finding, is: 'no', found: isAbsent ? 'not there' : 'there, but does not run' }
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
