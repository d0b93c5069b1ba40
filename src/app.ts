import { readFileSync } from 'node:fs'
import type { ComputeDriver } from './compute/driver.ts'
import { createSimulatedDriver } from './compute/simulated/driver.ts'
import type { Timing } from './compute/simulated/timing.ts'
import type { ControlContext } from './control/context.ts'
import { answerControl, controlPrefix, isControlRequest } from './control/control.ts'
import { listPrices } from './domain/billing/list-prices.ts'
import type { PriceList } from './domain/billing/prices.ts'
import { LifecycleEngine } from './lifecycle/engine.ts'
import { operations } from './operations/index.ts'
import { type Clock, type ClockMode, createClock, every, wallClock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import { createRandom } from './platform/random.ts'
import { FaultRules } from './protocol/faults.ts'
import { Journal } from './protocol/journal.ts'
import type { Gateway } from './protocol/gateway.ts'
import { type AnyOperation, products } from './protocol/operation.ts'
import { answer } from './protocol/pipeline.ts'
import { HttpServer } from './protocol/server.ts'
import { CreationService } from './services/creation.ts'
import { EventLog } from './services/events.ts'
import { InstanceService } from './services/instances.ts'
import { Metering } from './services/metering.ts'
import { type SeedDocument, SeedService } from './services/seeding.ts'
import type { Services } from './services/services.ts'
import { WorldService } from './services/world.ts'
import { NonceMemory } from './store/nonces.ts'
import { findSetting } from './store/settings.ts'
import { SqliteStore } from './store/sqlite.ts'
import { type Store, StoreError } from './store/store.ts'

export const defaultAccount = { id: '1000000000000001', accessKeyId: 'localyun', secret: 'localyun-secret' } as const
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** How often nonces of calls that changed nothing are written, ms. */
const nonceFlushMs = 1_000
/** Bytes of a call's body. */
const callBodyLimit = 1024 * 1024
/** Bytes of a body of the control API: a state or a seed of a large fleet. */
const controlBodyLimit = 512 * 1024 * 1024

export interface AppConfig {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** `sqlite:FILE` or `memory:`. */
  readonly store: string
  readonly clock: ClockMode
  /** Instance seconds per real second. */
  readonly timeScale: number
  readonly auth: 'on' | 'off'
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly timing: Timing
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly stopGraceMs: number
  readonly afterGrace: 'power-off' | 'power-cycle'
  /** Makes ids and durations repeatable; undefined leaves them to chance. */
  readonly randomSeed: string | undefined
  /** Applied, in order, to an empty store only. */
  readonly seeds: readonly SeedDocument[]
  /** What everything costs; absent, the illustrative list prices. */
  readonly prices?: PriceList | undefined
  /** Whoever has it may use the control API; undefined leaves that to this machine. */
  readonly controlToken: string | undefined
}

/** Parts that tests replace. */
export interface AppOverrides {
  readonly driver?: ComputeDriver
  readonly startAt?: number
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
}

export interface App {
  /** `http://127.0.0.1:8526` */
  readonly endpoint: string
  readonly port: number
  readonly clock: Clock
  readonly engine: LifecycleEngine
  readonly services: Services
  readonly seeding: SeedService
  readonly faults: FaultRules
  readonly events: EventLog
  readonly world: WorldService
  readonly store: Store
  /** A copy of this world, in memory, on a port of its own; it is closed with this one. */
  fork(): Promise<App>
  /** Stops accepting, finishes what is in flight, closes the store. */
  close(): Promise<void>
}

/** Builds the program and starts it; the only place that chooses concrete parts. */
export async function startApp(config: AppConfig, log: Log, overrides: AppOverrides = {}): Promise<App> {
  const store = openStore(config.store)
  try {
    return await startOn(store, config, log, overrides)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startOn(store: Store, config: AppConfig, log: Log, overrides: AppOverrides): Promise<App> {
  const clock = createClock({
    mode: config.clock,
    timeScale: config.timeScale,
    ...(await startTime(store, overrides.startAt)),
  })
  const random = createRandom(config.randomSeed)
  const driver = overrides.driver ?? createSimulatedDriver(config.timing, config.randomSeed ?? '')
  const events = new EventLog()
  const meter = new Metering(config.prices ?? listPrices)
  const engine = new LifecycleEngine({ store, clock, driver, afterGrace: config.afterGrace, events, meter, log })
  const common = {
    clock,
    driver,
    events,
    meter,
    graceMs: config.stopGraceMs,
    wake: (dueAt: number) => engine.wake(dueAt),
  }
  const services: Services = {
    instances: new InstanceService({ ...common, log }),
    creation: new CreationService({ ...common, random }),
  }
  const seeding = new SeedService({ clock, creation: services.creation, defaultAccount })
  const seeded = await store.transaction('write', tx => seeding.prepare(tx, config.seeds))
  if (!seeded && config.seeds.length > 0) {
    log.warn({ store: store.description }, 'The store has been used before; the seeds were not applied.')
  }
  const nonces = new NonceMemory(store, wallClock.now)
  await store.transaction('read', tx => nonces.load(tx))
  const faults = new FaultRules(random)
  const journal = new Journal()
  const gateway: Gateway = {
    store,
    services,
    clock,
    random,
    nonces,
    faults,
    journal,
    log,
    auth: config.auth,
    defaultAccountId: defaultAccount.id,
    findOperation: operationFinder(),
    wallNow: wallClock.now,
  }
  const world = new WorldService(seeding)
  const forks: App[] = []
  const fork = async () => {
    const state = await store.transaction('read', tx => world.exportState(tx))
    const copy: AppConfig = { ...config, store: 'memory:', port: 0, seeds: [] }
    const child = await startApp(copy, log, { ...overrides, startAt: clock.now() })
    forks.push(child)
    await child.store.transaction('write', tx => child.world.importState(tx, state))
    await child.engine.takeUp()
    return child
  }
  const control: ControlContext = {
    version,
    config,
    clock,
    engine,
    store,
    services,
    seeding,
    world,
    events,
    faults,
    journal,
    fork,
    log,
  }
  const server = new HttpServer({
    answer: async request => {
      if (isControlRequest(request)) return answerControl(control, request)
      const over = engine.callBegins()
      return answer(gateway, request).finally(over)
    },
    newRequestId: () => random.uuid(),
    bodyLimit: target => (target.startsWith(controlPrefix) ? controlBodyLimit : callBodyLimit),
    tls: config.tls,
    ...overrides,
  })
  await engine.start()
  const port = await server.listen(config.host, config.port)
  const stopFlushing = every(nonceFlushMs, () => void flushNonces(nonces, log))
  return {
    endpoint: `${config.tls === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`,
    port,
    clock,
    engine,
    services,
    seeding,
    faults,
    events,
    world,
    store,
    fork,
    async close() {
      stopFlushing()
      for (const child of forks) await child.close()
      await server.close(4_000)
      await engine.stop()
      await flushNonces(nonces, log)
      await store.close()
    },
  }
}

/** `sqlite:FILE` or `memory:`. */
function openStore(text: string): Store {
  if (text === 'memory:') return new SqliteStore(undefined)
  if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length) return new SqliteStore(text.slice('sqlite:'.length))
  throw new StoreError(`There is no store "${text}": give sqlite:FILE or memory:.`)
}

/** Instance time goes on where it stood. */
async function startTime(store: Store, given: number | undefined): Promise<{ startAt?: number }> {
  const saved = await store.transaction('read', tx => findSetting(tx, 'instanceTime'))
  if (saved !== undefined) return { startAt: Number(saved) }
  return given === undefined ? {} : { startAt: given }
}

function operationFinder(): (version: string, action: string) => AnyOperation | undefined {
  const byName = new Map(operations.map(one => [`${products[one.product]} ${one.action}`, one]))
  return (apiVersion, action) => byName.get(`${apiVersion} ${action}`)
}

/** A store that cannot write keeps nonces in memory; calls that only read go on. */
async function flushNonces(nonces: NonceMemory, log: Log): Promise<void> {
  try {
    await nonces.flush()
  } catch (error) {
    log.warn({ err: error }, 'Nonces could not be written; a replay after a restart would not be noticed.')
  }
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
