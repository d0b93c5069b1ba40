import { readFileSync } from 'node:fs'
import type { ComputeDriver, RealMachines } from './compute/driver.ts'
import type { QemuConfig } from './compute/qemu/driver.ts'
import { createSimulatedDriver } from './compute/simulated/driver.ts'
import type { Timing } from './compute/simulated/timing.ts'
import type { ControlContext } from './control/context.ts'
import { answerControl, controlPrefix, isControlRequest } from './control/control.ts'
import { type ArrearsTerms, documentedTerms } from './domain/billing/arrears.ts'
import { listPrices } from './domain/prices/list-prices.ts'
import type { PriceList } from './domain/prices/prices.ts'
import { LifecycleEngine } from './engine/engine.ts'
import { MachineObserver } from './engine/observer.ts'
import { operations } from './operations/index.ts'
import { type Clock, type ClockMode, createClock, every, wallClock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import { Metrics } from './platform/metrics.ts'
import { createRandom } from './platform/random.ts'
import { Journal } from './protocol/journal.ts'
import type { Gateway } from './protocol/gateway.ts'
import { type AnyOperation, products } from './protocol/operation.ts'
import { answer } from './protocol/pipeline.ts'
import { refuse } from './protocol/refuse.ts'
import { HttpServer } from './protocol/server.ts'
import { EipService } from './services/network/eips.ts'
import { ArrearsService } from './services/billing/arrears.ts'
import { CreationService } from './services/instances/creation.ts'
import { EventLog } from './services/events/events.ts'
import { FaultRules } from './services/faults/faults.ts'
import { HostService, type HostTiming } from './services/hosts/hosts.ts'
import { ImageService } from './services/images/images.ts'
import { InstanceService } from './services/instances/instances.ts'
import { loadMachineSpec } from './services/instances/machine-spec.ts'
import { Metering } from './services/billing/metering.ts'
import { ReactivationService } from './services/instances/reactivation.ts'
import { type SeedDocument, SeedService } from './services/world/seeding.ts'
import type { Services } from './services/services.ts'
import { SpotMarket } from './services/spot/market.ts'
import { SubscriptionService } from './services/billing/subscriptions.ts'
import { SystemEventService } from './services/system-events/system-events.ts'
import { WorldService } from './services/world/dump.ts'
import { takeNumbers } from './store/tables/world/counters.ts'
import { findLatestEventTime } from './store/tables/events.ts'
import { findAccessKey, findAccount } from './store/tables/identity/accounts.ts'
import { NonceMemory } from './store/tables/identity/nonces.ts'
import { SharedNonces } from './store/tables/identity/shared-nonces.ts'
import { findSetting } from './store/tables/world/settings.ts'
import { SqliteStore } from './store/sqlite.ts'
import { type Store, StoreError } from './store/store.ts'
import { deleteWebhooks } from './store/tables/webhooks.ts'
import type { SenderTiming } from './webhooks/sender.ts'
import { Webhooks } from './webhooks/webhooks.ts'

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

/** What is under way when the program ends has this long, ms. */
const shutdownMs = 4_000
/** Events that are being sent; those that are not accepted by then stay in the store. */
const webhookShutdownMs = 1_000

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
  /** The instance time that an empty store begins with, ms; undefined for the machine's time. */
  readonly startAt: number | undefined
  readonly auth: 'on' | 'off'
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly timing: Timing
  /** Runs real machines; absent, they exist on paper and take the time that `timing` says. */
  readonly qemu?: QemuConfig | undefined
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly stopGraceMs: number
  readonly afterGrace: 'power-off' | 'power-cycle'
  /** Makes ids and durations repeatable; undefined leaves them to chance. */
  readonly randomSeed: string | undefined
  /** Applied, in order, to an empty store only. */
  readonly seeds: readonly SeedDocument[]
  /** What everything costs; absent, the illustrative list prices. */
  readonly prices?: PriceList | undefined
  /** When an account in arrears loses its instances; absent, the documented terms. */
  readonly arrears?: Partial<ArrearsTerms> | undefined
  /** Whoever has it may use the control API; undefined leaves that to this machine. */
  readonly controlToken: string | undefined
}

/** Parts that tests replace. */
export interface AppOverrides {
  readonly driver?: ComputeDriver
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly webhookTiming?: Partial<SenderTiming>
  readonly hostTiming?: HostTiming
  /** What ids of a copy of another world are drawn from, where they are to be repeatable. */
  readonly chance?: string | undefined
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
  readonly webhooks: Webhooks
  readonly world: WorldService
  readonly store: Store
  /** A copy of this world, in memory, on a port of its own; it is closed with this one. */
  fork(): Promise<App>
  /** Goes on answering, but health answers 503 and connections end with their next answer: callers are to go elsewhere. */
  drain(): void
  /** Stops accepting, finishes what is in flight, closes the store. */
  close(): Promise<void>
}

/** Builds the program and starts it; the only place that chooses concrete parts. */
export async function startApp(config: AppConfig, log: Log, overrides: AppOverrides = {}): Promise<App> {
  const metrics = new Metrics()
  const store = await openStore(config.store, metrics)
  try {
    return await startOn(store, config, metrics, log, overrides)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startOn(
  store: Store,
  config: AppConfig,
  metrics: Metrics,
  log: Log,
  overrides: AppOverrides,
): Promise<App> {
  const clock = createClock({
    mode: config.clock,
    timeScale: config.timeScale,
    startAt: await startTime(store, config, log),
  })
  // Apart, so that one poll more of a client changes neither the ids that come nor who meets a fault.
  const chance = overrides.chance ?? (await findChance(store, config.randomSeed))
  const random = createRandom(chance, 'requests')
  const driver = overrides.driver ?? (await createDriver(config, store, log))
  const hosts = new HostService({ store, machines: driver.real, log, timing: overrides.hostTiming })
  const webhooks = new Webhooks(store, metrics, log, overrides.webhookTiming)
  const events = new EventLog(store.shared, webhooks)
  events.subscribe(changes => {
    for (const { state, actor } of changes) metrics.eventHappened(state, actor)
  })
  const { afterGrace, stopGraceMs: graceMs } = config
  const prices = config.prices ?? listPrices
  const meter = new Metering(prices)
  const market = new SpotMarket({ clock, prices, meter, events })
  const faults = new FaultRules(store, config.randomSeed ?? random.token(20))
  const common = {
    clock,
    driver,
    events,
    faults,
    graceMs,
    meter,
    hosts,
  }
  const eips = new EipService({ clock, meter, random: createRandom(chance, 'eips') })
  const power = { ...common, market, log }
  const instances = new InstanceService(common)
  const systemEvents = new SystemEventService({ ...common, random: createRandom(chance, 'system events') })
  const services: Services = {
    eips,
    instances,
    power,
    subscriptions: new SubscriptionService({ ...common, power }),
    creation: new CreationService({ ...common, eips, random: createRandom(chance, 'machines') }),
    systemEvents,
    market,
    arrears: new ArrearsService({ ...common, systemEvents, terms: { ...documentedTerms, ...config.arrears } }),
    reactivation: new ReactivationService(instances, power),
    images: new ImageService(hosts),
    hosts,
    machines: driver.real,
  }
  const works = config.role !== 'api'
  const engine = new LifecycleEngine({ ...common, ...services, store, afterGrace, log, works, claims: hosts.claims })
  const seeding = new SeedService({ ...services, clock, defaultAccount })
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
    metrics,
    log,
    auth: config.auth,
    defaultAccountId: defaultAccount.id,
    findAccessKey,
    findAccount,
    findOperation: operationFinder(),
    wallNow: wallClock.now,
  }
  const observer = isReal(driver)
    ? new MachineObserver({ store, driver, instances: services.instances, log, claims: hosts.claims })
    : undefined
  const world = new WorldService(seeding, [
    faults,
    webhooks,
    { reload: tx => tx.afterCommit(() => observer?.reload()) },
  ])
  const forks: App[] = []
  const fork = async () => {
    const state = await store.transaction('alone', tx => world.exportState(tx))
    // Two worlds cannot have the same machines: those of the copy exist on paper.
    const own = { store: 'memory:', role: 'all', port: 0, seeds: [], startAt: clock.now(), qemu: undefined } as const
    const copy: AppConfig = { ...config, ...own }
    const child = await startApp(copy, log, { ...overrides, chance: chance && `${chance}/fork ${forks.length + 1}` })
    forks.push(child)
    await child.store.transaction('alone', async tx => {
      await child.world.importState(tx, state)
      // Whoever listens to this world must not hear of what happens in a copy.
      await deleteWebhooks(tx)
    })
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
    webhooks,
    faults,
    journal,
    metrics,
    isDraining: () => server.isDraining,
    fork,
    log,
  }
  const server: HttpServer = new HttpServer({
    answer: async request => {
      if (isControlRequest(request)) return answerControl(control, request)
      await engine.catchUp()
      if (config.role === 'worker') return refuse(random.uuid(), request, 'ServiceUnavailable')
      const over = engine.callBegins()
      return answer(gateway, request).finally(over)
    },
    newRequestId: () => random.uuid(),
    bodyLimit: target => (target.startsWith(controlPrefix) ? controlBodyLimit : callBodyLimit),
    tls: config.tls,
    ...overrides,
  })
  try {
    await hosts.join(() => {
      server.drain()
      void observer?.stop()
      void engine.stop()
    })
  } catch (reason) {
    await driver.real?.close()
    throw reason
  }
  await webhooks.start()
  await observer?.start()
  await engine.start()
  const port = await server.listen(config.host, config.port).catch(async (reason: unknown) => {
    await hosts.leave()
    throw reason
  })
  const endpoint = `${config.tls === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
  await hosts.announce(endpoint)
  const flush = () => flushMemories([nonces, faults], log)
  const stopFlushing = every(flushMs, () => void flush())
  return {
    endpoint,
    port,
    clock,
    engine,
    services,
    seeding,
    faults,
    events,
    webhooks,
    world,
    store,
    fork,
    drain: () => server.drain(),
    async close() {
      stopFlushing()
      for (const child of forks) await child.close()
      await Promise.all([server.close(shutdownMs), webhooks.close(webhookShutdownMs)])
      await observer?.stop()
      await engine.stop()
      await driver.real?.close()
      await hosts.leave()
      await flush()
      await store.close()
    },
  }
}

async function createDriver(config: AppConfig, store: Store, log: Log): Promise<ComputeDriver> {
  if (config.qemu === undefined) return createSimulatedDriver(config.timing, config.randomSeed ?? '')
  // Loaded when it is wanted: most servers run no machines.
  const { createQemuDriver } = await import('./compute/qemu/driver.ts')
  const driver = await createQemuDriver(config.qemu, id => store.transaction('read', tx => loadMachineSpec(tx, id)))
  const { vcpus, memoryMiB } = driver.real.host
  log.info({ vcpus, memoryMiB }, `Machines are run by ${driver.real.description}.`)
  return driver
}

function isReal(driver: ComputeDriver): driver is ComputeDriver & { readonly real: RealMachines } {
  return driver.real !== undefined
}

async function openStore(text: string, metrics: Metrics): Promise<Store> {
  if (text === 'memory:') return new SqliteStore(undefined, metrics)
  if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length) {
    return new SqliteStore(text.slice('sqlite:'.length), metrics)
  }
  if (/^postgres(?:ql)?:\/\//.test(text)) {
    // Loaded only when needed.
    const { openPostgres } = await import('./store/postgres/postgres.ts')
    return openPostgres(text, metrics)
  }
  throw new StoreError(`There is no store "${text}": give sqlite:FILE, postgres://… or memory:.`)
}

/**
 * What ids are drawn from. Those that were given out must not come again, so each start on a store, and each copy of a world,
 * has a chance of its own; the first is that of the seed alone.
 */
async function findChance(store: Store, seed: string | undefined) {
  if (seed === undefined) return undefined
  const starts = await store.transaction('write', tx => takeNumbers(tx, 'starts', 1))
  return starts === 0 ? seed : `${seed}/start ${starts}`
}

/** Instance time goes on where it stood; it never goes back behind what has happened. */
async function startTime(store: Store, { startAt }: AppConfig, log: Log): Promise<number | undefined> {
  const known = await store.transaction('read', async tx => {
    const saved = await findSetting(tx, 'instanceTime')
    return saved === undefined ? { last: await findLatestEventTime(tx) } : { saved: Number(saved) }
  })
  const isTooLate = known.saved !== undefined || (known.last ?? -Infinity) > (startAt ?? Infinity)
  if (startAt !== undefined && startAt !== known.saved && isTooLate) {
    log.warn(
      { store: store.description },
      'The store has been used before and goes on from its own time; startAt was not applied.',
    )
  }
  return isTooLate ? known.saved : startAt
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
