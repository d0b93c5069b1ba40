import { readFileSync } from 'node:fs'
import type { ComputeDriver } from './compute/driver.ts'
import { createSimulatedDriver } from './compute/simulated/driver.ts'
import type { Timing } from './compute/simulated/timing.ts'
import type { ControlContext } from './control/context.ts'
import { answerControl, controlPrefix, isControlRequest } from './control/control.ts'
import { LifecycleEngine } from './lifecycle/engine.ts'
import { operations } from './operations/index.ts'
import { type Clock, type ClockMode, createClock, every, wallClock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import { createRandom } from './platform/random.ts'
import { Journal } from './protocol/journal.ts'
import type { Gateway } from './protocol/gateway.ts'
import { type AnyOperation, products } from './protocol/operation.ts'
import { answer } from './protocol/pipeline.ts'
import { refuse } from './protocol/refuse.ts'
import { HttpServer } from './protocol/server.ts'
import { CreationService } from './services/creation.ts'
import { EventLog } from './services/events.ts'
import { FaultRules } from './services/faults.ts'
import { InstanceService } from './services/instances.ts'
import { type SeedDocument, SeedService } from './services/seeding.ts'
import type { Services } from './services/services.ts'
import { WorldService } from './services/world.ts'
import { NonceMemory } from './store/nonces.ts'
import { SharedNonces } from './store/shared-nonces.ts'
import { findSetting } from './store/settings.ts'
import { SqliteStore } from './store/sqlite.ts'
import { type Store, StoreError } from './store/store.ts'

export const defaultAccount = { id: '1000000000000001', accessKeyId: 'localyun', secret: 'localyun-secret' } as const
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** How often nonces and fault counts of calls that changed nothing are written, ms. */
const flushMs = 1_000
/** Bytes of a call's body. */
const callBodyLimit = 1024 * 1024
/** Bytes of a body of the control API: a state or a seed of a large fleet. */
const controlBodyLimit = 512 * 1024 * 1024

export interface AppConfig {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** `sqlite:FILE`, `postgres://user:password@host:port/database` or `memory:`. */
  readonly store: string
  readonly clock: ClockMode
  /** Instance seconds per real second. */
  readonly timeScale: number
  /** `api` answers calls, `worker` finishes what they began, `all` does both. */
  readonly role: 'api' | 'worker' | 'all'
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
  const store = await openStore(config.store)
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
  const events = new EventLog(store.shared)
  const engine = new LifecycleEngine({
    store,
    clock,
    driver,
    afterGrace: config.afterGrace,
    events,
    log,
    works: config.role !== 'api',
  })
  const faults = new FaultRules(store, config.randomSeed ?? random.token(20))
  const common = {
    clock,
    driver,
    events,
    faults,
    graceMs: config.stopGraceMs,
    wake: (dueAt: number) => engine.wake(dueAt),
  }
  const services: Services = {
    instances: new InstanceService({ ...common, log }),
    creation: new CreationService({ ...common, random }),
  }
  const seeding = new SeedService({ clock, creation: services.creation, defaultAccount })
  // Looked at first: to be alone it would hold up those that are at work on the same store.
  const isUsed = (await store.transaction('read', tx => findSetting(tx, 'seeded'))) !== undefined
  const seeded = !isUsed && (await store.transaction('alone', tx => seeding.prepare(tx, config.seeds)))
  if (!seeded && config.seeds.length > 0) {
    log.warn({ store: store.description }, 'The store has been used before; the seeds were not applied.')
  }
  const nonces =
    store.shared === undefined ? new NonceMemory(store, wallClock.now) : new SharedNonces(store.shared, wallClock.now)
  await store.transaction('read', async tx => {
    await nonces.load(tx)
    await faults.load(tx)
  })
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
  const world = new WorldService(seeding, faults)
  const forks: App[] = []
  const fork = async () => {
    const state = await store.transaction('alone', tx => world.exportState(tx))
    const copy: AppConfig = { ...config, store: 'memory:', role: 'all', port: 0, seeds: [] }
    const child = await startApp(copy, log, { ...overrides, startAt: clock.now() })
    forks.push(child)
    await child.store.transaction('alone', tx => child.world.importState(tx, state))
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
      if (config.role === 'worker') return refuse(random.uuid(), request, 'ServiceUnavailable')
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
  const flush = () => flushMemories([nonces, faults], log)
  const stopFlushing = every(flushMs, () => void flush())
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
      await flush()
      await store.close()
    },
  }
}

async function openStore(text: string): Promise<Store> {
  if (text === 'memory:') return new SqliteStore(undefined)
  if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length) return new SqliteStore(text.slice('sqlite:'.length))
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    // Loaded only when needed.
    const { openPostgres } = await import('./store/postgres/postgres.ts')
    return openPostgres(text)
  }
  throw new StoreError(`There is no store "${text}": give sqlite:FILE, postgres://… or memory:.`)
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

/** A store that cannot write keeps them in memory; calls that only read go on. */
async function flushMemories(memories: readonly { flush(): Promise<void> }[], log: Log): Promise<void> {
  try {
    for (const memory of memories) await memory.flush()
  } catch (error) {
    log.warn(
      { err: error },
      'Nonces and fault counts could not be written; a replay after a restart would not be noticed.',
    )
  }
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
