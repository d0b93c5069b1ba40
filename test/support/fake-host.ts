import type { ComputeDriver, HostCapacity, Progress, RealMachines } from '../../src/compute/driver.ts'
import type { HostTiming } from '../../src/services/hosts/hosts.ts'
import { insertImportedImage } from '../../src/store/tables/images.ts'
import { createTestApp, type TestApp } from './app.ts'
import { imageId } from './cloud.ts'

/** Hosts of these tests are away soon. */
export const timing: HostTiming = { leaseMs: 2_000, renewEveryMs: 100 }

/** A host whose machines are a table. They stay when its server ends. */
export interface FakeHost {
  readonly id: string
  /** Whether each machine is on. */
  readonly machines: Map<string, boolean>
  /** Guests that are asked to shut down don't. */
  deaf: boolean
  readonly driver: ComputeDriver & { readonly real: RealMachines }
}

export function fakeHost(id: string, capacity: HostCapacity): FakeHost {
  const machines = new Map<string, boolean>()
  const done = { done: true } as const
  const host: FakeHost = { id, machines, deaf: false, driver: undefined as never }
  const turn = (on: boolean) => async (machine: { readonly id: string }) => {
    machines.set(machine.id, on)
    return done
  }
  const real: RealMachines = {
    hostId: id,
    description: 'a table',
    host: capacity,
    open: async () => undefined,
    close: async () => undefined,
    listIds: () => [...machines.keys()],
    isOn: machine => machines.get(machine) === true,
    readConsole: machine => ({ content: Buffer.from(`${machine} at ${id}`), at: 0 }),
    sshAddress: () => undefined,
    images: { add: async () => ({ sizeGiB: 1 }), remove: async () => undefined },
  }
  const driver: FakeHost['driver'] = {
    name: 'qemu',
    firstLookAt: (_step, _machine, { orderedAt }) => orderedAt,
    provision: turn(false),
    start: turn(true),
    stop: async (machine, order, now): Promise<Progress> =>
      host.deaf && !order.force ? { done: false, lookAgainAt: now + 50 } : turn(false)(machine),
    deallocate: async () => done,
    destroy: async machine => void machines.delete(machine.id),
    real,
  }
  return Object.assign(host, { driver })
}

/** A server that is the host. */
export function serveHost(store: string, { driver }: FakeHost): Promise<TestApp> {
  return createTestApp({ store, clock: 'real' }, { driver, hostTiming: timing })
}

/** Gives a host the image, as if somebody had imported it there. */
export async function giveImage({ app: { store } }: TestApp, hostId: string, id = imageId): Promise<void> {
  const image = { id, hostId, name: id, osName: 'Linux', osType: 'linux', sizeGiB: 1, hasInitrd: false } as const
  await store.transaction('write', tx =>
    insertImportedImage(tx, { ...image, kernelCommandLine: undefined, createdAt: 0 }),
  )
}
