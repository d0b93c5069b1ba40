import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { resolve } from 'node:path'
import {
  type Ask,
  type ComputeDriver,
  ComputeError,
  type DrivenMachine,
  type HostCapacity,
  type Order,
  type Progress,
  type RealMachines,
} from '../driver.ts'
import { findAccelerator, findVersion } from './accelerator.ts'
import type { Accelerator } from './arguments.ts'
import { Fleet } from './fleet.ts'
import { lockFolder } from './folder-lock.ts'
import { readHostId } from './host-id.ts'
import { createImageStock } from './image-stock.ts'
import { longestSocketPath, placesIn } from './places.ts'
import type { MachineSpec } from './spec.ts'

/** How soon to look again at what is under way; ms. The end of a machine is noticed before that, as it happens. */
const lookAgainMs = 500

export interface QemuConfig {
  /** Where machines and images are kept. */
  readonly folder: string
  /** `auto` tries KVM once. */
  readonly accelerator: Accelerator | 'auto'
  /** How much more than the host has may be promised. */
  readonly overcommit: { readonly cpu: number; readonly memory: number }
  /** Stands in for what the host has. */
  readonly host?: HostCapacity
  /** Machines are made and not let go. */
  readonly startPaused?: boolean
}

/**
 * Runs machines with QEMU, one process each. The processes live on when this one dies; everything that must be known of a
 * machine is in its folder.
 */
export async function createQemuDriver(
  config: QemuConfig,
  loadSpec: (id: string) => Promise<MachineSpec>,
): Promise<ComputeDriver & { readonly real: RealMachines }> {
  const places = placesIn(resolve(config.folder))
  checkPath(places.machines)
  const version = await findVersion()
  const accelerator = config.accelerator === 'auto' ? await findAccelerator() : config.accelerator
  await mkdir(places.machines, { recursive: true })
  const lock = await lockFolder(resolve(config.folder))
  const hostId = await readHostId(resolve(config.folder))

  const fleet = new Fleet({ places, accelerator, startPaused: config.startPaused === true })
  const progress = (done: boolean, now: number): Progress =>
    done ? { done } : { done, lookAgainAt: now + lookAgainMs }

  return {
    name: 'qemu',
    firstLookAt: (_step, _machine, { orderedAt }) => orderedAt,
    provision: ({ id }, order, now) =>
      fleet.tryInTurn(id, order, async machine => {
        await machine.provision(await loadSpec(id))
        return progress(true, now)
      }),
    start: ({ id }, order, now) =>
      fleet.tryInTurn(id, order, async machine => progress(await machine.start(await loadSpec(id)), now)),
    stop: (driven, order, now) =>
      fleet.inTurn(driven.id, async machine => {
        if (order.force) return progress(await machine.powerOff(), now)
        const hearsAt = guestHearsAt(driven, order)
        const isOff = now >= hearsAt ? await machine.shutDown(now) : !machine.isOn()
        return progress(isOff, now)
      }),
    deallocate: atOnce(async () => ({ done: true })),
    destroy: ({ id }) => fleet.destroy(id),
    real: {
      hostId,
      description: `QEMU ${version}, accelerator ${accelerator}`,
      host: config.host ?? hostCapacity(config.overcommit),
      open: onOff => fleet.open(onOff),
      async close() {
        await fleet.close()
        await rm(lock, { force: true })
      },
      listIds: () => fleet.listIds(),
      isOn: id => fleet.find(id)?.isOn() ?? false,
      readConsole: (id, limit) => readEnd(fleet.get(id).consoleLog, limit),
      sshAddress(id) {
        const port = fleet.find(id)?.sshPort
        return port === undefined ? undefined : { host: '127.0.0.1', port }
      },
      images: createImageStock(places.images),
    },
  }
}

/** When a guest that a fault rule has made slow or deaf hears the power button; instance time, ms. */
function guestHearsAt({ guest }: DrivenMachine, { orderedAt }: Order): number {
  if (guest.shutdown === 'ignore') return Infinity
  return guest.shutdown === 'slow' ? orderedAt + (guest.seconds ?? 60) * 1000 : orderedAt
}

function hostCapacity({ cpu, memory }: QemuConfig['overcommit']): HostCapacity {
  const limit = process.constrainedMemory()
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return {
    vcpus: Math.floor(availableParallelism() * cpu),
    memoryMiB: Math.floor((bytes / 1024 ** 2) * memory),
  }
}

function checkPath(machines: string): void {
  // The longest id has 34 characters, the socket's name 8.
  const longest = longestSocketPath - 34 - 8 - 2
  if (Buffer.byteLength(machines) > longest) {
    throw new ComputeError(
      `The path ${machines} is too long for the sockets in it (${longest} bytes at most). Give a shorter --compute-dir.`,
    )
  }
}

function readEnd(path: string, limit: number): { content: Buffer; at: number } | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    const { size, mtimeMs } = fstatSync(file)
    const content = Buffer.alloc(Math.min(size, limit))
    const length = readSync(file, content, 0, content.length, size - content.length)
    return { content: content.subarray(0, length), at: mtimeMs }
  } finally {
    closeSync(file)
  }
}

function atOnce<Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>): Ask<Args, Answer> {
  return Object.assign(ask, { atOnce: true as const })
}
