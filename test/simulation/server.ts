import type { ComputeDriver } from '../../src/compute/driver.ts'
import { createSimulatedDriver } from '../../src/compute/simulated/driver.ts'
import { createClock } from '../../src/platform/clock.ts'
import { createSilentLogger } from '../../src/platform/logger.ts'
import type { Metrics } from '../../src/platform/metrics.ts'
import { answer } from '../../src/protocol/pipeline.ts'
import { seedDocument } from '../../src/services/world/seed-document.ts'
import type { Store } from '../../src/store/store.ts'
import { insertWebhook, type Webhook } from '../../src/store/tables/webhooks.ts'
import type { Post } from '../../src/webhooks/sender.ts'
import { createWorld, startWorld, type World } from '../../src/world.ts'
import type { Receiver } from './receiver.ts'
import { type Actor, network, type Scheduler } from './scheduler.ts'
import type { SharedSimulation } from './store.ts'

/** Short, so that stops, starts and calls meet. */
const timing = { pendingMs: 20, startMs: 120, stopMs: 150, forcedStopMs: 40, deallocateMs: 60 }

/** A server without a socket: a world, and nothing that survives it but the store. */
export interface SimulatedServer extends Actor {
  /** Whether it answers calls. */
  readonly isReady: boolean
  start(): Promise<void>
  /** Answers a GET of this path and query. */
  answer(target: string): Promise<{ status: number; body: string }>
  crash(): void
}

export interface ServerOptions {
  readonly shared: SharedSimulation
  /** Tells apart what the servers of one run make up. */
  readonly name: string
  /** Whether machines have to be waited for, so that jobs are leased. */
  readonly waits: boolean
  readonly metrics: Metrics
  readonly receiver: Receiver
  readonly onCrash: (server: SimulatedServer) => void
}

export function createServer({ shared, name, waits, metrics, receiver, onCrash }: ServerOptions): SimulatedServer {
  const { scheduler } = shared
  const actor: Actor = { dead: false }
  const store = shared.join(actor, () => server.crash())
  const simulated = createSimulatedDriver(timing, 'simulation')
  const driver = waits ? waitingDriver(simulated, scheduler, actor) : simulated
  const world = worldOf({ store, driver, name, metrics, post: simulatedPost(shared, actor, receiver) })
  let close = () => world.engine.stop()
  const server = Object.assign(actor, {
    isReady: false,
    async start() {
      close = await startWorld(world)
      server.isReady = true
    },
    answer: (target: string) => answer(world, { method: 'GET', target, ...nothingElse }),
    crash() {
      if (actor.dead) return
      scheduler.forget(actor)
      // Only its timers are ended by this: it is dead to the store.
      void world.engine.stop()
      void close()
      onCrash(server)
    },
  })
  return server
}

const nothingElse = { headers: {}, body: Buffer.alloc(0), remoteAddress: '' }

interface SimulatedParts {
  readonly store: Store
  readonly driver: ComputeDriver
  readonly name: string
  readonly metrics: Metrics
  readonly post?: Post
}

function worldOf({ name, ...parts }: SimulatedParts): World {
  return createWorld({
    ...parts,
    clock: createClock({ mode: 'real' }),
    log: createSilentLogger(),
    chance: name,
    webhookTiming: { firstRetryMs: 100, longestRetryMs: 1_000 },
    settings: { role: 'all', auth: 'on', stopGraceMs: 600_000, afterGrace: 'power-off', randomSeed: name },
  })
}

/** Fills an empty store with instances, and a webhook that is told of all that happens to them; returns their ids. */
export async function seedFleet(store: Store, name: string, count: number, metrics: Metrics): Promise<string[]> {
  const { seeding } = worldOf({ store, driver: createSimulatedDriver(timing, 'simulation'), name, metrics })
  const document = seedDocument.parse({ instances: [{ count, region: 'cn-hangzhou' }] })
  return store.transaction('alone', async tx => {
    await seeding.prepare(tx, [])
    await insertWebhook(tx, webhook)
    return seeding.add(tx, document)
  })
}

const webhook: Webhook = {
  id: 'wh-simulation',
  url: 'http://webhook.test/',
  secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  instanceId: undefined,
  accountId: undefined,
  regionId: undefined,
  states: [],
  createdAt: 0,
  goneAt: undefined,
}

/** The way of a webhook's request is a step, and so is that of its answer. */
function simulatedPost(shared: SharedSimulation, actor: Actor, receiver: Receiver): Post {
  const { scheduler } = shared
  const happens = (chance: number) => scheduler.dice() < chance
  return async request => {
    await scheduler.turn(network)
    if (happens(shared.mishaps.lostPost)) throw new Error('The request was lost.')
    const status = receiver.receive(request, !happens(shared.mishaps.refusedPost))
    await scheduler.turn(actor)
    if (happens(shared.mishaps.lostPost)) throw new Error('The answer was lost.')
    return { status, retryAfterMs: undefined }
  }
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
