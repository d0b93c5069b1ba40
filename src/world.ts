import type { ComputeDriver, RealMachines } from './compute/driver.ts'
import { type AppConfig, defaultAccount } from './config.ts'
import { documentedTerms } from './domain/billing/arrears.ts'
import { listPrices } from './domain/prices/list-prices.ts'
import type { DueWork } from './engine/due-work.ts'
import { Engine } from './engine/engine.ts'
import { Rounds } from './engine/rounds.ts'
import { operationsByName } from './operations/index.ts'
import { type Clock, every, wallClock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import type { Metrics } from './platform/metrics.ts'
import { createRandom } from './platform/random.ts'
import type { CallContext } from './protocol/call-context.ts'
import { Journal } from './protocol/journal.ts'
import { ArrearsService } from './services/billing/arrears.ts'
import { dueExpiries, dueSettlements } from './services/billing/due.ts'
import { Metering } from './services/billing/metering.ts'
import { SubscriptionService } from './services/billing/subscriptions.ts'
import { EventLog } from './services/events/events.ts'
import { FaultRules } from './services/faults/faults.ts'
import { HostService, type HostTiming } from './services/hosts/hosts.ts'
import { ImageService } from './services/images/images.ts'
import { CreationService } from './services/instances/creation.ts'
import { dueReleases, dueReactivations } from './services/instances/due.ts'
import { InstanceService } from './services/instances/instances.ts'
import { powerJobs } from './services/instances/job-queue.ts'
import { MachineObserver } from './services/instances/machine-observer.ts'
import { instanceTimes } from './services/instances/next-change.ts'
import { ReactivationService } from './services/instances/reactivation.ts'
import { EipService } from './services/network/eips.ts'
import type { Services } from './services/services.ts'
import { dueInterruptions } from './services/spot/due.ts'
import { SpotMarket } from './services/spot/market.ts'
import { dueSystemEvents } from './services/system-events/due.ts'
import { SystemEventService } from './services/system-events/system-events.ts'
import { Dump } from './services/world/dump.ts'
import { type SeedDocument, SeedService } from './services/world/seeding.ts'
import type { Store, Tx } from './store/store.ts'
import { findCachedAccessKey, findCachedAccount } from './store/tables/identity/accounts.ts'
import { NonceMemory } from './store/tables/identity/nonces.ts'
import { SharedNonces } from './store/tables/identity/shared-nonces.ts'
import { findSetting } from './store/tables/world/settings.ts'
import type { Post, SenderTiming } from './webhooks/sender.ts'
import { Webhooks } from './webhooks/webhooks.ts'

/** How often nonces and fault counts of calls that changed nothing are written, ms. */
const flushMs = 1_000
/** Events that are being sent when a world closes; those that are not accepted by then stay in the store. */
const webhookShutdownMs = 1_000

/** What a world is made of: all that differs between a server, a test and a simulation. */
export interface WorldParts {
  readonly store: Store
  readonly driver: ComputeDriver
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  readonly settings: WorldSettings
  /** What ids are drawn from, where they are to be repeatable; see `AppConfig.randomSeed`. */
  readonly chance: string | undefined
  readonly webhookTiming?: Partial<SenderTiming> | undefined
  readonly hostTiming?: HostTiming | undefined
  /** Sends a webhook's request; absent, over the network. */
  readonly post?: Post | undefined
}

export type WorldSettings = Pick<
  AppConfig,
  'role' | 'auth' | 'stopGraceMs' | 'afterGrace' | 'randomSeed' | 'prices' | 'arrears'
>

/** Everything that answers calls and finishes what they began: all of the program that needs no port. */
export interface World extends CallContext {
  readonly driver: ComputeDriver
  readonly events: EventLog
  readonly webhooks: Webhooks
  readonly engine: Engine
  /** Undefined where no machine is real. */
  readonly observer: MachineObserver | undefined
  readonly seeding: SeedService
  readonly dump: Dump
}

/** Builds a world of its parts. It does nothing by itself before it is started. */
export function createWorld(parts: WorldParts): World {
  const { store, driver, clock, metrics, log, settings, chance } = parts
  // Ids of each kind have a source of their own: one poll more of a client changes neither the ids that come nor who meets a fault.
  const random = createRandom(chance, 'requests')
  const webhooks = new Webhooks({ ...parts, random: createRandom(chance, 'webhooks') })
  const events = new EventLog(store.shared, webhooks)
  events.subscribe(changes => {
    for (const { state, actor } of changes) metrics.eventHappened(state, actor)
  })
  const faults = new FaultRules(store, settings.randomSeed ?? random.token(20))
  const meter = new Metering(settings.prices ?? listPrices)
  const services = createServices(parts, { events, faults, meter })
  const engine = createEngine(parts, services)
  const { instances, hosts } = services
  const observer = isReal(driver)
    ? new MachineObserver({ store, driver, instances, log, claims: hosts.claims })
    : undefined
  const seeding = new SeedService({ ...services, clock, defaultAccount })
  const observed = { reload: (tx: Tx) => tx.afterCommit(() => observer?.reload()) }
  return {
    store,
    driver,
    clock,
    metrics,
    log,
    random,
    nonces:
      store.shared === undefined
        ? new NonceMemory(store, wallClock.now)
        : new SharedNonces(store.shared, wallClock.now),
    faults,
    journal: new Journal(),
    services,
    events,
    webhooks,
    engine,
    observer,
    seeding,
    dump: new Dump(seeding, [faults, webhooks, observed]),
    auth: settings.auth,
    defaultAccountId: defaultAccount.id,
    findAccessKey: findCachedAccessKey,
    findAccount: findCachedAccount,
    operationsByName,
    wallNow: wallClock.now,
  }
}

function createServices(
  { store, driver, clock, log, settings, chance, hostTiming }: WorldParts,
  shared: { readonly events: EventLog; readonly faults: FaultRules; readonly meter: Metering },
): Services {
  const { events, meter } = shared
  const prices = settings.prices ?? listPrices
  const hosts = new HostService({ store, machines: driver.real, log, timing: hostTiming })
  const market = new SpotMarket({ clock, prices, meter, events })
  const power = { ...shared, clock, driver, hosts, log, market, graceMs: settings.stopGraceMs }
  const eips = new EipService({ clock, meter, random: createRandom(chance, 'eips') })
  const instances = new InstanceService({ clock, driver, events, meter })
  const systemEvents = new SystemEventService({ clock, random: createRandom(chance, 'system events') })
  const terms = { ...documentedTerms, ...settings.arrears }
  return {
    instances,
    power,
    creation: new CreationService({ ...power, eips, random: createRandom(chance, 'machines') }),
    reactivation: new ReactivationService(instances, power),
    subscriptions: new SubscriptionService({ clock, meter, power }),
    arrears: new ArrearsService({ clock, meter, systemEvents, terms }),
    systemEvents,
    market,
    eips,
    images: new ImageService(hosts),
    hosts,
    machines: driver.real,
  }
}

function createEngine({ store, driver, clock, log, settings }: WorldParts, services: Services): Engine {
  const { afterGrace, role } = settings
  const { power, hosts } = services
  const jobs = powerJobs({ ...power, afterGrace, claims: hosts.claims })
  const rounds = new Rounds({ store, clock, log, jobs, works: dueWorks(services) })
  // Real machines take a moment each; waiting for company saves nothing there.
  const gathers = driver.real === undefined
  return new Engine({ store, clock, log, rounds, instances: instanceTimes, works: role !== 'api', gathers })
}

/** All that falls due besides jobs, in the order in which what falls due at the same time is done. */
function dueWorks({ power, arrears, reactivation }: Services): DueWork[] {
  return [
    dueReleases(power),
    dueSettlements(arrears),
    dueSystemEvents(power),
    dueInterruptions(power),
    dueExpiries(power),
    dueReactivations(reactivation),
  ]
}

export interface StartOptions {
  /** Applied, in order, to an empty store only. */
  readonly seeds?: readonly SeedDocument[]
  /** Called when another process has become the host that this one was; its machines are left alone from then on. */
  readonly onFenced?: () => void
}

/**
 * Seeds an empty store, takes up what an earlier process left, and begins to do what falls due. Call the result to end it:
 * what is under way is finished, and the store stays open.
 */
export async function startWorld(
  world: World,
  { seeds = [], onFenced = () => undefined }: StartOptions = {},
): Promise<() => Promise<void>> {
  const { store, driver, log, nonces, faults, services, webhooks, engine, observer } = world
  const { hosts } = services
  await seed(world, seeds)
  await store.transaction('read', async tx => {
    await nonces.load(tx)
    await faults.load(tx)
  })
  try {
    await hosts.join(() => {
      onFenced()
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
  const flush = () => flushMemories([nonces, faults], log)
  const stopFlushing = every(flushMs, () => void flush())
  return async () => {
    stopFlushing()
    await webhooks.close(webhookShutdownMs)
    await observer?.stop()
    await engine.stop()
    await driver.real?.close()
    await hosts.leave()
    await flush()
  }
}

async function seed({ store, seeding, log }: World, seeds: readonly SeedDocument[]): Promise<void> {
  // Looked at first: to be alone it would hold up those that are at work on the same store.
  const isUsed = (await store.transaction('read', tx => findSetting(tx, 'seeded'))) !== undefined
  const seeded = !isUsed && (await store.transaction('alone', tx => seeding.prepare(tx, seeds)))
  if (!seeded && seeds.length > 0) {
    log.warn({ store: store.description }, 'The store has been used before; the seeds were not applied.')
  }
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

function isReal(driver: ComputeDriver): driver is ComputeDriver & { readonly real: RealMachines } {
  return driver.real !== undefined
}
