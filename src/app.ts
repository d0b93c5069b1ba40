import type { ComputeDriver } from './compute/driver.ts'
import { createSimulatedDriver } from './compute/simulated/driver.ts'
import { type AppConfig, version } from './config.ts'
import type { ControlContext } from './control/context.ts'
import { answerControl, controlPrefix, isControlRequest } from './control/control.ts'
import { createClock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import { Metrics } from './platform/metrics.ts'
import { answer } from './protocol/pipeline.ts'
import { refuse } from './protocol/refuse.ts'
import { HttpServer } from './protocol/server.ts'
import type { HostTiming } from './services/hosts/hosts.ts'
import { loadMachineSpec } from './services/instances/machine-spec.ts'
import type { StateDocument } from './services/world/dump.ts'
import { SqliteStore } from './store/sqlite.ts'
import { type Store, StoreError } from './store/store.ts'
import { findLatestEventTime } from './store/tables/events.ts'
import { deleteWebhooks } from './store/tables/webhooks.ts'
import { takeNumbers } from './store/tables/world/counters.ts'
import { findSetting } from './store/tables/world/settings.ts'
import type { SenderTiming } from './webhooks/sender.ts'
import { createWorld, startWorld, type World } from './world.ts'

/** Bytes of a call's body. */
const callBodyLimit = 1024 * 1024
/** Bytes of a body of the control API: a state or a seed of a large fleet. */
const controlBodyLimit = 512 * 1024 * 1024
/** Requests that are under way when the server closes have this long, ms. */
const shutdownMs = 4_000

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

/** A world that is served on a port. */
export interface App extends World {
  /** `http://127.0.0.1:8526` */
  readonly endpoint: string
  readonly port: number
  /** A copy of this world, in memory, on a port of its own; it is closed with this one. */
  fork(): Promise<App>
  /** Goes on answering, but health answers 503 and connections end with their next answer: callers are to go elsewhere. */
  drain(): void
  /** Stops accepting, finishes what is in flight, closes the store. */
  close(): Promise<void>
}

/** Opens the store, builds a world on it, and serves it: the only place that chooses concrete parts. */
export async function startApp(config: AppConfig, log: Log, overrides: AppOverrides = {}): Promise<App> {
  const metrics = new Metrics()
  const store = await openStore(config.store, metrics)
  try {
    const { timeScale, randomSeed } = config
    const chance = overrides.chance ?? (await findChance(store, randomSeed))
    const world = createWorld({
      ...overrides,
      store,
      clock: createClock({ mode: config.clock, timeScale, startAt: await startTime(store, config, log) }),
      chance,
      driver: overrides.driver ?? (await createDriver(config, store, log)),
      metrics,
      log,
      settings: config,
    })
    return await serve(world, config, { ...overrides, chance })
  } catch (error) {
    await store.close()
    throw error
  }
}

async function serve(world: World, config: AppConfig, overrides: AppOverrides): Promise<App> {
  const forks: App[] = []
  const fork = async () => {
    const chance = overrides.chance && `${overrides.chance}/fork ${forks.length + 1}`
    const state = await world.store.transaction('alone', tx => world.dump.exportState(tx))
    const child = await startApp(forkConfig(world, config), world.log, { ...overrides, chance })
    forks.push(child)
    await takeOver(child, state)
    return child
  }
  const isDraining = () => server.isDraining
  const server: HttpServer = createServer({ ...world, version, config, fork, isDraining }, overrides)
  const closeWorld = await startWorld(world, { seeds: config.seeds, onFenced: () => server.drain() })
  const port = await server.listen(config.host, config.port).catch(async (reason: unknown) => {
    await closeWorld()
    throw reason
  })
  const endpoint = `${config.tls === undefined ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
  await world.services.hosts.announce(endpoint)
  return {
    ...world,
    endpoint,
    port,
    fork,
    drain: () => server.drain(),
    async close() {
      for (const child of forks) await child.close()
      await server.close(shutdownMs)
      await closeWorld()
      await world.store.close()
    },
  }
}

function createServer(context: ControlContext, overrides: AppOverrides): HttpServer {
  const { config, engine, random } = context
  return new HttpServer({
    answer: async request => {
      if (isControlRequest(request)) return answerControl(context, request)
      await engine.catchUp()
      if (config.role === 'worker') return refuse(random.uuid(), request, 'ServiceUnavailable')
      const over = engine.callBegins()
      return answer(context, request).finally(over)
    },
    newRequestId: () => random.uuid(),
    bodyLimit: target => (target.startsWith(controlPrefix) ? controlBodyLimit : callBodyLimit),
    tls: config.tls,
    ...overrides,
  })
}

/** Two worlds cannot have the same machines: those of a copy are simulated. */
function forkConfig({ clock }: World, config: AppConfig): AppConfig {
  return { ...config, store: 'memory:', role: 'all', port: 0, seeds: [], startAt: clock.now(), qemu: undefined }
}

async function takeOver(child: World, state: StateDocument): Promise<void> {
  await child.store.transaction('alone', async tx => {
    await child.dump.importState(tx, state)
    // Whoever listens to the original must not hear of what happens in a copy.
    await deleteWebhooks(tx)
  })
  await child.engine.takeUp()
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

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
