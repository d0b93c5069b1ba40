import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Qmp } from '../../src/compute/qemu/qmp.ts'
import { medianOf } from '../report.ts'
import { describePage, signedForm } from '../requests.ts'
import type { Figures, Row } from '../row.ts'
import { startServer } from '../server.ts'

const imageId = 'm-tinyguest01'
const bootLimitMs = 60_000
/** Stops of each kind in a round; the guest takes some milliseconds more or less each time. */
const stopsPerRound = 3

/**
 * What localyun adds to the time that a guest takes to shut down: from the call until DescribeInstances shows Stopped,
 * less the time from the power button until the process ends, with the same QEMU, the same guest and nothing between.
 */
export const realStopRow: Row = {
  name: 'real-stop',
  title: 'Normal stop of a real machine',
  extra: true,
  measures: [
    { name: 'StopInstance to Stopped; reference: system_powerdown over raw QMP to the end of the process', unit: 'ms' },
    { name: 'what localyun adds to that', unit: 'ms', goal: { most: 50 } },
  ],
  async prepare({ quick, root }) {
    if (!canRunMachines()) {
      process.stderr.write(
        'real-stop is not measured: scripts/tiny-guest.sh and QEMU need packages; see .ci/install-machines\n',
      )
      return { measure: async () => [undefined, undefined] }
    }
    return { measure: () => measureRound(root, quick ? 1 : stopsPerRound) }
  },
}

function canRunMachines(): boolean {
  const programs = ['qemu-system-x86_64', 'qemu-img', 'busybox', 'cpio']
  const isThere = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
  return programs.every(isThere) && readdirSync('/boot').some(name => name.endsWith('-cloud-amd64'))
}

async function measureRound(root: string, stops: number): Promise<Figures> {
  // Paths of sockets are short.
  const folder = await mkdtemp(join(tmpdir(), 'localyun-bench-'))
  try {
    const guest = join(folder, 'guest')
    execFileSync(join(root, 'scripts', 'tiny-guest.sh'), [guest])
    const flags = ['--compute', 'qemu', '--compute-dir', folder, '--accelerator', 'tcg', '--overcommit', '10']
    const program = join(root, 'bin', 'localyun.js')
    await using server = await startServer([program, 'serve', '--store', 'memory:', ...flags])
    await importGuest(server.port, guest)
    const id = await runInstance(server.port)
    const machine = join(folder, 'machines', id)
    const [through, raw]: [number[], number[]] = [[], []]
    for (let count = 1; count <= stops; count++) {
      await consoleSays(machine, 2 * count - 1)
      const args = argumentsOf(machine)
      through.push(await stopThrough(server.port, id))
      raw.push(await stopRaw(machine, args, 2 * count))
      if (count < stops) await call(server.port, 'StartInstance', { InstanceId: id })
    }
    const [value = 0, reference = 0] = [medianOf(through), medianOf(raw)]
    return [{ value, reference: { value: reference } }, { value: value - reference }]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function importGuest(port: number, guest: string): Promise<void> {
  const files = { file: join(guest, 'disk.raw'), kernel: join(guest, 'kernel'), initrd: join(guest, 'initrd') }
  const body = JSON.stringify({ id: imageId, ...files, commandLine: 'console=ttyS0 quiet' })
  const answer = await fetch(`http://127.0.0.1:${port}/_localyun/images`, { method: 'POST', body })
  const progress = await answer.text()
  if (!progress.includes('event: done')) throw new Error(`The image was not imported: ${progress}`)
}

async function runInstance(port: number): Promise<string> {
  const answer = await call(port, 'RunInstances', { ImageId: imageId, InstanceType: 'ecs.t5-lc2m1.nano' })
  const [id] = (answer as { InstanceIdSets: { InstanceIdSet: string[] } }).InstanceIdSets.InstanceIdSet
  if (id === undefined) throw new Error('No instance was made.')
  return id
}

async function call(port: number, action: string, params: Readonly<Record<string, string>>): Promise<unknown> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body: signedForm(action, params) })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${action} was answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

async function stopThrough(port: number, id: string): Promise<number> {
  const begin = performance.now()
  await call(port, 'StopInstance', { InstanceId: id })
  while ((await describePage(port, '')).instances[0]?.status !== 'Stopped') await sleep(5)
  return performance.now() - begin
}

/** The same machine, with nobody between. */
async function stopRaw(machine: string, args: readonly string[], boots: number): Promise<number> {
  const [program = '', ...rest] = args
  const child: ChildProcess = spawn(program, rest, { cwd: machine, stdio: 'ignore' })
  const exit = once(child, 'exit')
  try {
    await consoleSays(machine, boots)
    const qmp = await Qmp.connect(join(machine, 'qmp.sock'))
    const begin = performance.now()
    await qmp.execute('system_powerdown')
    await exit
    return performance.now() - begin
  } finally {
    child.kill('SIGKILL')
  }
}

function argumentsOf(machine: string): string[] {
  const pid = readFileSync(join(machine, 'qemu.pid'), 'utf8').trim()
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
}

/** Waits until the guest has come up so many times; it hears its power button then. */
async function consoleSays(machine: string, times: number): Promise<void> {
  const log = join(machine, 'console.log')
  const giveUpAt = performance.now() + bootLimitMs
  while (!existsSync(log) || readFileSync(log, 'utf8').split('is up').length <= times) {
    if (performance.now() > giveUpAt) throw new Error(`The guest in ${machine} did not come up.`)
    await sleep(50)
  }
  // acpid is started just before, and opens its device.
  await sleep(300)
}
