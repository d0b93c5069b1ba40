import { defaultAccount } from '../../src/app.ts'
import type { ComputeDriver } from '../../src/compute/driver.ts'
import { createSimulatedDriver } from '../../src/compute/simulated/driver.ts'
import { documentedTerms } from '../../src/domain/billing/arrears.ts'
import { listPrices } from '../../src/domain/prices/list-prices.ts'
import { LifecycleEngine } from '../../src/engine/engine.ts'
import { operations } from '../../src/operations/index.ts'
import { createClock, wallClock } from '../../src/platform/clock.ts'
import { createSilentLogger } from '../../src/platform/logger.ts'
import type { Metrics } from '../../src/platform/metrics.ts'
import { createRandom } from '../../src/platform/random.ts'
import type { Gateway } from '../../src/protocol/gateway.ts'
import { Journal } from '../../src/protocol/journal.ts'
import { answer } from '../../src/protocol/pipeline.ts'
import { ArrearsService } from '../../src/services/billing/arrears.ts'
import { CreationService } from '../../src/services/instances/creation.ts'
import { EipService } from '../../src/services/network/eips.ts'
import { EventLog } from '../../src/services/events/events.ts'
import { FaultRules } from '../../src/services/faults/faults.ts'
import { HostService } from '../../src/services/hosts/hosts.ts'
import { ImageService } from '../../src/services/images/images.ts'
import { InstanceService } from '../../src/services/instances/instances.ts'
import { Metering } from '../../src/services/billing/metering.ts'
import { ReactivationService } from '../../src/services/instances/reactivation.ts'
import { seedDocument } from '../../src/services/world/seed-document.ts'
import { SeedService } from '../../src/services/world/seeding.ts'
import type { Services } from '../../src/services/services.ts'
import { SpotMarket } from '../../src/services/spot/market.ts'
import { SubscriptionService } from '../../src/services/billing/subscriptions.ts'
import { SystemEventService } from '../../src/services/system-events/system-events.ts'
import { findAccessKey, findAccount } from '../../src/store/tables/identity/accounts.ts'
import type { Store } from '../../src/store/store.ts'
import type { Params } from '../support/client.ts'
import type { Actor, Scheduler } from './scheduler.ts'
import type { SharedSimulation } from './store.ts'

/** Short, so that stops, starts and calls meet. */
const timing = { pendingMs: 20, startMs: 120, stopMs: 150, forcedStopMs: 40, deallocateMs: 60 }

/** A server without a socket: pipeline, services and engine, and nothing that survives it but the store. */
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
  const parts = assemble(store, waits ? waitingDriver(simulated, scheduler, actor) : simulated, name, metrics)
  const server: SimulatedServer = Object.assign(actor, {
    start: () => parts.engine.start(),
    answer: (action: string, params: Params) => {
      const query = new URLSearchParams({ Action: action, Version: '2014-05-26', Format: 'JSON' })
      for (const [key, value] of Object.entries(params)) query.set(key, String(value))
      const target = `/?${query.toString()}`
      const nothing = { headers: {}, body: Buffer.alloc(0), remoteAddress: '' }
      return answer(parts.gateway, { method: 'GET', target, ...nothing })
    },
    crash: () => {
      if (actor.dead) return
      scheduler.forget(actor)
      // Only its timers are ended by this: it is dead to the store.
      void parts.engine.stop()
      onCrash(server)
    },
  })
  return server
}

/** As app.ts does it, without what a process needs. */
function assemble(store: Store, driver: ComputeDriver, name: string, metrics: Metrics) {
  const log = createSilentLogger()
  const clock = createClock({ mode: 'real' })
  const random = createRandom(name, 'requests')
  const events = new EventLog(store.shared)
  const hosts = new HostService({ store, machines: undefined, log })
  const meter = new Metering(listPrices)
  const market = new SpotMarket({ clock, prices: listPrices, meter, events })
  const faults = new FaultRules(store, name)
  const common = { clock, driver, events, faults, graceMs: 600_000, meter, hosts }
  const eips = new EipService({ clock, meter, random: createRandom(name, 'eips') })
  const power = { ...common, market, log }
  const instances = new InstanceService(common)
  const systemEvents = new SystemEventService({ ...common, random: createRandom(name, 'system events') })
  const services: Services = {
    eips,
    instances,
    power,
    subscriptions: new SubscriptionService({ ...common, power }),
    creation: new CreationService({ ...common, eips, random: createRandom(name, 'machines') }),
    systemEvents,
    market,
    arrears: new ArrearsService({ ...common, systemEvents, terms: documentedTerms }),
    reactivation: new ReactivationService(instances, power),
    images: new ImageService(hosts),
    hosts,
    machines: undefined,
  }
  const engine = new LifecycleEngine({
    ...common,
    ...services,
    store,
    afterGrace: 'power-off',
    log,
    claims: hosts.claims,
  })
  const gateway: Gateway = {
    store,
    services,
    clock,
    random,
    nonces: { use: async () => true, load: async () => undefined, flush: async () => undefined },
    faults,
    journal: new Journal(),
    metrics,
    log,
    auth: 'off',
    defaultAccountId: defaultAccount.id,
    findAccessKey,
    findAccount,
    findOperation: (_version, action) => operations.find(one => one.product === 'Ecs' && one.action === action),
    wallNow: wallClock.now,
  }
  const seeding = new SeedService({ ...services, clock, defaultAccount })
  return { engine, gateway, seeding }
}

/** Fills an empty store with instances; returns their ids. */
export async function seedFleet(store: Store, name: string, count: number, metrics: Metrics): Promise<string[]> {
  const { seeding } = assemble(store, createSimulatedDriver(timing, 'simulation'), name, metrics)
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
