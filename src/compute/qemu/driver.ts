import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
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
import { lockFolder } from './folder-lock.ts'
import { readHostId } from './host-id.ts'
import { createImageStock } from './image-stock.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { longestSocketPath, placesIn } from './places.ts'
import type { MachineSpec } from './spec.ts'

/** How soon to look again at what is under way; ms. The end of a machine is noticed before that, as it happens. */
const lookAgainMs = 500
/** A machine that QEMU gives up this often is not tried again. */
const mostFailures = 3

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

  const machines = new Map<string, Machine>()
  const ports = new Set<number>()
  const failures = new Map<string, { order: number; count: number }>()
  const turns = new Map<string, Promise<unknown>>()
  let onOff: (id: string) => void = () => undefined

  const machineOf = (id: string): Machine => {
    const known = machines.get(id)
    if (known !== undefined) return known
    const options: MachineOptions = {
      places,
      accelerator,
      startPaused: config.startPaused === true,
      ports,
      onOff: () => onOff(id),
    }
    const machine = new Machine(id, options)
    machines.set(id, machine)
    return machine
  }

  /** One thing at a time is done to a machine. */
  const inTurn = async <Result>(id: string, work: (machine: Machine) => Promise<Result>): Promise<Result> => {
    const before = turns.get(id)
    const turn = (before ?? Promise.resolve()).catch(() => undefined).then(() => work(machineOf(id)))
    turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (turns.get(id) === turn) turns.delete(id)
    }
  }

  const progress = (done: boolean, now: number): Progress =>
    done ? { done } : { done, lookAgainAt: now + lookAgainMs }

  /** QEMU may fail for a passing reason, a port that was just taken; what fails again and again is given up. */
  const orGiveUp = async (id: string, { orderedAt: order }: Order, work: () => Promise<Progress>) => {
    try {
      const done = await work()
      if (done.done) failures.delete(id)
      return done
    } catch (reason) {
      const known = failures.get(id)
      const count = known?.order === order ? known.count + 1 : 1
      failures.set(id, { order, count })
      if (count < mostFailures) throw reason
      failures.delete(id)
      return { done: true, failed: reason instanceof Error ? reason.message : String(reason) } as const
    }
  }

  return {
    name: 'qemu',
    firstLookAt: (_step, _machine, { orderedAt }) => orderedAt,
    provision: ({ id }, order, now) =>
      orGiveUp(id, order, () =>
        inTurn(id, async machine => {
          await machine.provision(await loadSpec(id))
          return progress(true, now)
        }),
      ),
    start: ({ id }, order, now) =>
      orGiveUp(id, order, () => inTurn(id, async machine => progress(await machine.start(await loadSpec(id)), now))),
    stop: (driven, order, now) =>
      inTurn(driven.id, async machine => {
        if (order.force) return progress(await machine.powerOff(), now)
        const hearsAt = guestHearsAt(driven, order)
        const isOff = now >= hearsAt ? await machine.shutDown(now) : !machine.isOn()
        return progress(isOff, now)
      }),
    deallocate: atOnce(async () => ({ done: true })),
    destroy: ({ id }) =>
      inTurn(id, async machine => {
        await machine.destroy()
        machines.delete(id)
        failures.delete(id)
      }),
    real: {
      hostId,
      description: `QEMU ${version}, accelerator ${accelerator}`,
      host: config.host ?? hostCapacity(config.overcommit),
      async open(listener) {
        onOff = listener
        for (const id of await readdir(places.machines)) await inTurn(id, machine => machine.takeUp())
      },
      async close() {
        await Promise.allSettled(turns.values())
        for (const machine of machines.values()) machine.close()
        await rm(lock, { force: true })
      },
      listIds: () => [...machines.keys()],
      isOn: id => machines.get(id)?.isOn() ?? false,
      readConsole: (id, limit) => readEnd(machineOf(id).consoleLog, limit),
      sshAddress(id) {
        const port = machines.get(id)?.sshPort
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
