import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { QemuConfig } from '../../src/compute/qemu/driver.ts'
import { createTestApp, type TestApp } from './app.ts'
import { ecs, createSdk, type EcsClient } from './sdk.ts'
import { until } from './raw.ts'

export const imageId = 'm-tinyguest01'
/** 1 vCPU, 512 MiB. */
export const smallType = 'ecs.t5-lc2m1.nano'
const regionId = 'cn-hangzhou'
/** A busy machine boots the guest in half a minute, ms. */
const guestLimitMs = 60_000

const packages = ['qemu-system-x86', 'qemu-utils', 'linux-image-cloud-amd64', 'busybox-static', 'cpio']

/** Why machines cannot be run here, to be given to `test` as `skip`; false when they can. */
export const skip = whySkip()

function whySkip(): string | false {
  const programs = ['qemu-system-x86_64', 'qemu-img', 'cpio', 'busybox']
  const missing = programs.filter(program => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined)
  if (!hasKernel()) missing.push('a kernel *-cloud-amd64')
  if (missing.length === 0) return false
  const message = `REAL MACHINES ARE NOT TESTED: ${missing.join(', ')} missing. Install: apt-get install ${packages.join(' ')}`
  process.stderr.write(`${message}\n`)
  return message
}

function hasKernel(): boolean {
  return existsSync('/boot') && readdirSync('/boot').some(name => /^vmlinuz-.*-cloud-amd64$/.test(name))
}

/** Makes the tiny guest, once for all tests of a file. */
export function tinyGuest(): { kernel: string; initrd: string; disk: string } {
  const folder = mkdtempSync(join(tmpdir(), 'localyun-guest-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync(new URL('../../scripts/tiny-guest.sh', import.meta.url).pathname, [folder])
  return { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd'), disk: join(folder, 'disk.raw') }
}

/** What `image import` is given besides the disk. */
export const commandLine = 'console=ttyS0 quiet'

export interface QemuApp extends AsyncDisposable {
  readonly test: TestApp
  readonly sdk: EcsClient
  readonly folder: string
  /** Runs instances of the tiny guest, whose user data is a shell script, and waits until they are Running. */
  run(script: string, options?: RunOptions): Promise<string[]>
  /** Waits until the guest has said this on its console. */
  says(id: string, what: string | RegExp): Promise<string>
  becomes(id: string, status: string): Promise<void>
}

interface RunOptions {
  readonly amount?: number
  readonly publicIp?: boolean
  readonly more?: Record<string, unknown>
}

let guest: ReturnType<typeof tinyGuest> | undefined

/** A server with real machines, none of which outlives the test. Use with `await using`. */
export async function createQemuApp(
  config: Partial<QemuConfig> = {},
  appConfig: Parameters<typeof createTestApp>[0] = {},
): Promise<QemuApp> {
  guest ??= tinyGuest()
  const folder = mkdtempSync(join(tmpdir(), 'localyun-qemu-'))
  const test = await createTestApp({
    clock: 'real',
    qemu: {
      folder,
      accelerator: 'tcg',
      overcommit: { cpu: 1, memory: 1 },
      host: { vcpus: 64, memoryMiB: 65_536 },
      ...config,
    },
    ...appConfig,
  })
  const sdk = createSdk({ port: test.app.port })
  const body = { id: imageId, file: guest.disk, kernel: guest.kernel, initrd: guest.initrd, commandLine }
  const answer = await fetch(`${test.app.endpoint}/_localyun/images`, { method: 'POST', body: JSON.stringify(body) })
  const progress = await answer.text()
  if (!progress.includes('event: done')) throw new Error(progress)
  const becomes = (id: string, status: string) => until(async () => (await test.status(id)) === status, guestLimitMs)
  return {
    test,
    sdk,
    folder,
    async run(script, { amount = 1, publicIp = false, more = {} } = {}) {
      const request = new ecs.RunInstancesRequest({
        regionId,
        imageId,
        instanceType: smallType,
        amount,
        userData: Buffer.from(script).toString('base64'),
        internetMaxBandwidthOut: publicIp ? 5 : 0,
        ...more,
      })
      const { body } = await sdk.runInstances(request)
      const ids = body?.instanceIdSets?.instanceIdSet ?? []
      for (const id of ids) await becomes(id, 'Running')
      return ids
    },
    says: (id, what) => waitForConsole(sdk, id, what),
    becomes,
    async [Symbol.asyncDispose]() {
      try {
        await test.app.close()
      } finally {
        killMachines(folder)
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Waits until a guest has said something on its console, as the SDK shows it. */
export async function waitForConsole(sdk: EcsClient, instanceId: string, what: string | RegExp): Promise<string> {
  let text = ''
  const isThere = () => (typeof what === 'string' ? text.includes(what) : what.test(text))
  await until(async () => {
    const request = new ecs.GetInstanceConsoleOutputRequest({ regionId, instanceId })
    const { body } = await sdk.getInstanceConsoleOutput(request)
    text = Buffer.from(body?.consoleOutput ?? '', 'base64').toString()
    return isThere()
  }, guestLimitMs).catch((reason: unknown) => {
    throw new Error(`${String(reason)}\nThe console says:\n${text}`)
  })
  return text
}

/** Process numbers of all machines in a folder that run. */
export function runningPids(folder: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => isIn(pid, folder))
}

function isIn(pid: number, folder: string): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]
    return state !== 'Z' && readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
  } catch {
    return false
  }
}

/** Ends whatever a test has left. */
export function killMachines(folder: string): void {
  for (const pid of runningPids(folder)) process.kill(pid, 'SIGKILL')
}
