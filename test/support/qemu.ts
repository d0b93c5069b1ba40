import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppConfig } from '../../src/config.ts'
import type { QemuConfig } from '../../src/compute/qemu/driver.ts'
import { createTestApp } from './app.ts'
import { type Cloud, cloudAt, imageId } from './cloud.ts'
import type { TempFolder } from './temp.ts'

const packages = ['qemu-system-x86', 'qemu-utils', 'linux-image-cloud-amd64', 'busybox-static', 'cpio']

/** Why machines cannot be run here, to be given to `test` as `skip`; false when they can. CI must be able to. */
export const skip = whySkip()

function whySkip(): string | false {
  const programs = ['qemu-system-x86_64', 'qemu-img', 'cpio', 'busybox']
  const missing = programs.filter(program => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined)
  if (!hasKernel()) missing.push('a kernel *-cloud-amd64')
  if (missing.length === 0) return false
  const message = `REAL MACHINES ARE NOT TESTED: ${missing.join(', ')} missing. Install: apt-get install ${packages.join(' ')}`
  if (process.env['CI'] === 'true') throw new Error(message)
  process.stderr.write(`${message}\n`)
  return message
}

function hasKernel(): boolean {
  return existsSync('/boot') && readdirSync('/boot').some(name => /^vmlinuz-.*-cloud-amd64$/.test(name))
}

interface GuestFiles {
  readonly kernel: string
  readonly initrd: string
  readonly disk: string
}

let guest: GuestFiles | undefined

/** The tiny guest, made once for all tests of a file. */
export function tinyGuest(): GuestFiles {
  if (guest !== undefined) return guest
  const folder = mkdtempSync(join(tmpdir(), 'localyun-guest-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync(new URL('../../scripts/tiny-guest.sh', import.meta.url).pathname, [folder])
  guest = { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd'), disk: join(folder, 'disk.raw') }
  return guest
}

/** Flags of a server that runs real machines; those of a test are its own. */
export function qemuFlags(folder: string): string[] {
  return ['--compute', 'qemu', '--compute-dir', folder, '--accelerator', 'tcg', '--overcommit', '100']
}

/** Without what makes the guest slow to boot, or on a busy machine give up, for the sake of hardware that is not there. */
const commandLine = 'console=ttyS0 quiet nokaslr mitigations=off no_timer_check tsc=reliable'

/** Imports the tiny guest into a server with real machines. */
export async function importGuest(endpoint: string, id = imageId): Promise<void> {
  const { disk: file, kernel, initrd } = tinyGuest()
  const body = JSON.stringify({ id, file, kernel, initrd, commandLine })
  const progress = await (await fetch(`${endpoint}/_localyun/images`, { method: 'POST', body })).text()
  if (!progress.includes('event: done')) throw new Error(progress)
}

/** A folder for machines, none of which outlives the test. Use with `using`. */
export function machineFolder(): Pick<TempFolder, 'path'> & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'localyun-qemu-'))
  return {
    path,
    [Symbol.dispose]() {
      for (const pid of runningPids(path)) process.kill(pid, 'SIGKILL')
      rmSync(path, { recursive: true, force: true })
    },
  }
}

export interface QemuCloud extends Cloud, AsyncDisposable {
  readonly folder: string
}

/** A server with real machines and the image of the tiny guest. Use with `await using`. */
export async function createQemuCloud(
  qemu: Partial<QemuConfig> = {},
  config: Partial<AppConfig> = {},
): Promise<QemuCloud> {
  const place = machineFolder()
  const host = { vcpus: 64, memoryMiB: 65_536 }
  const usual = { folder: place.path, accelerator: 'tcg', overcommit: { cpu: 1, memory: 1 }, host } as const
  const { app } = await createTestApp({ clock: 'real', qemu: { ...usual, ...qemu }, ...config })
  const close = async () => {
    using _ = place
    await app.close()
  }
  await importGuest(app.endpoint)
  return Object.assign(cloudAt(app.endpoint), { folder: place.path, [Symbol.asyncDispose]: close })
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
