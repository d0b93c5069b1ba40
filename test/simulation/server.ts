import type { ComputeDriver } from '../../src/compute/driver.ts'
import { createSimulatedDriver } from '../../src/compute/simulated/driver.ts'
import { createClock } from '../../src/platform/clock.ts'
import { createSilentLogger } from '../../src/platform/logger.ts'
import type { Metrics } from '../../src/platform/metrics.ts'
import { answer } from '../../src/protocol/pipeline.ts'
import { seedDocument } from '../../src/services/world/seed-document.ts'
import type { Store } from '../../src/store/store.ts'
import { createWorld, type World } from '../../src/world.ts'
import type { Params } from '../support/client.ts'
import type { Actor, Scheduler } from './scheduler.ts'
import type { SharedSimulation } from './store.ts'

/** Short, so that stops, starts and calls meet. */
const timing = { pendingMs: 20, startMs: 120, stopMs: 150, forcedStopMs: 40, deallocateMs: 60 }

/** A server without a socket: a world, and nothing that survives it but the store. */
export interface SimulatedServer extends Actor {
  start(): Promise<void>
  answer(action: string, params: Params): Promise<{ status: number; body: string }>
  crash(): void
}

export interface ServerOptions {
  readonly shared: SharedSimulation
  /** Tells apart what the servers of one run make up. */
  readonly name: string
  /** Whether machines have to be waited for, so that jobs are leased. */
  readonly waits: boolean
  readonly metrics: Metrics
  readonly onCrash: (server: SimulatedServer) => void
}

export function createServer({ shared, name, waits, metrics, onCrash }: ServerOptions): SimulatedServer {
  const { scheduler } = shared
  const actor: Actor = { dead: false }
  const store = shared.join(actor, () => server.crash())
  const simulated = createSimulatedDriver(timing, 'simulation')
  const world = worldOf(store, waits ? waitingDriver(simulated, scheduler, actor) : simulated, name, metrics)
  const server: SimulatedServer = Object.assign(actor, {
    start: () => world.engine.start(),
    answer: (action: string, params: Params) => {
      const query = new URLSearchParams({ Action: action, Version: '2014-05-26', Format: 'JSON' })
      for (const [key, value] of Object.entries(params)) query.set(key, String(value))
      const target = `/?${query.toString()}`
      const nothing = { headers: {}, body: Buffer.alloc(0), remoteAddress: '' }
      return answer(world, { method: 'GET', target, ...nothing })
    },
    crash: () => {
      if (actor.dead) return
      scheduler.forget(actor)
      // Only its timers are ended by this: it is dead to the store.
      void world.engine.stop()
      onCrash(server)
    },
  })
  return server
}

function worldOf(store: Store, driver: ComputeDriver, name: string, metrics: Metrics): World {
  return createWorld({
    store,
    driver,
    clock: createClock({ mode: 'real' }),
    metrics,
    log: createSilentLogger(),
    chance: name,
    settings: { role: 'all', auth: 'off', stopGraceMs: 600_000, afterGrace: 'power-off', randomSeed: name },
  })
}

/** Fills an empty store with instances; returns their ids. */
export async function seedFleet(store: Store, name: string, count: number, metrics: Metrics): Promise<string[]> {
  const { seeding } = worldOf(store, createSimulatedDriver(timing, 'simulation'), name, metrics)
  const document = seedDocument.parse({ instances: [{ count, region: 'cn-hangzhou' }] })
  return store.transaction('alone', async tx => {
    await seeding.prepare(tx, [])
    return seeding.add(tx, document)
  })
}

/** Machines that answer when it is their turn, and so are asked outside of any transaction. */
function waitingDriver(driver: ComputeDriver, scheduler: Scheduler, actor: Actor): ComputeDriver {
  const waiting =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    async (...args: Args) => {
      await scheduler.turn(actor)
      return ask(...args)
    }
  return {
    name: driver.name,
    firstLookAt: (step, machine, order) => driver.firstLookAt(step, machine, order),
    provision: waiting(driver.provision),
    start: waiting(driver.start),
    stop: waiting(driver.stop),
    deallocate: waiting(driver.deallocate),
    destroy: waiting(driver.destroy),
  }
}
