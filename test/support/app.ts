import { type App, type AppOverrides, startApp } from '../../src/app.ts'
import type { AppConfig } from '../../src/config.ts'
import { timingProfiles } from '../../src/compute/simulated/timing.ts'
import { createSilentLogger } from '../../src/platform/logger.ts'
import { seedDocument, type SeedInput } from '../../src/services/world/seed-document.ts'
import { type AnswerTo, createClient, type TestClient } from './client.ts'
import { testDatabase } from './postgres.ts'

export interface TestApp extends AsyncDisposable {
  readonly app: App
  /** Calls operations by name, V1 signed, JSON. */
  readonly client: TestClient
  /** A client with another access key. */
  clientFor(accessKeyId: string, secret: string): TestClient
  /** Adds what a seed document describes; returns the ids of its instances. */
  seed(document: SeedInput): Promise<string[]>
  /** Makes one instance in cn-hangzhou unless told otherwise; returns its id. */
  instance(fields?: Partial<NonNullable<SeedInput['instances']>[number]>): Promise<string>
  /** Moves the virtual clock by seconds and runs what falls due. */
  advance(seconds: number): Promise<void>
  /** An instance as DescribeInstances shows it; undefined when it shows none. */
  describe(id: string, region?: string): Promise<ShownInstance | undefined>
  /** As `describe`; throws when it shows none. */
  get(id: string, region?: string): Promise<ShownInstance>
  status(id: string): Promise<string | undefined>
}

/** An instance in the answer of DescribeInstances. */
type ShownInstance = AnswerTo<'DescribeInstances'>['Instances']['Instance'][number]

/**
 * A server of a test's own: memory store, virtual clock, free port. Use with `await using`. With
 * LOCALYUN_TEST_STORE=postgres it has a database of its own instead of memory.
 */
export async function createTestApp(config: TestConfig = {}, overrides: TestOverrides = {}): Promise<TestApp> {
  if (config.store !== undefined || !onPostgres()) return startTestApp(config, overrides)
  const database = await testDatabase()
  const server = await startTestApp({ ...config, store: database.url }, overrides)
  const close = async () => {
    await server.app.close()
    await database[Symbol.asyncDispose]()
  }
  return Object.assign(server, { [Symbol.asyncDispose]: close })
}

/** Whether tests run on PostgreSQL that don't say otherwise. */
export function onPostgres(): boolean {
  return process.env['LOCALYUN_TEST_STORE'] === 'postgres'
}

type TestConfig = Partial<AppConfig>
type TestOverrides = AppOverrides & { readonly startAt?: number }

async function startTestApp(config: TestConfig, { startAt, ...overrides }: TestOverrides): Promise<TestApp> {
  const app = await startApp(
    {
      host: '127.0.0.1',
      port: 0,
      store: 'memory:',
      clock: 'virtual',
      role: 'all',
      timeScale: 1,
      startAt,
      auth: 'on',
      tls: undefined,
      timing: timingProfiles.short,
      stopGraceMs: 600_000,
      afterGrace: 'power-off',
      randomSeed: 'test',
      seeds: [],
      controlToken: undefined,
      ...config,
    },
    createSilentLogger(),
    overrides,
  )
  const clientFor = (accessKeyId: string, secret: string) =>
    createClient({ endpoint: app.endpoint, accessKeyId, secret })
  const client = clientFor('localyun', 'localyun-secret')
  const describe = async (id: string, region = 'cn-hangzhou') => {
    const answer = await client.call('DescribeInstances', { RegionId: region, InstanceIds: JSON.stringify([id]) })
    return answer['Instances'].Instance[0]
  }
  const seed = (document: SeedInput) =>
    app.store.transaction('alone', tx => app.seeding.add(tx, seedDocument.parse(document)))
  return {
    app,
    client,
    clientFor,
    seed,
    describe,
    async instance(fields = {}) {
      const [id] = await seed({ instances: [{ region: 'cn-hangzhou', zone: 'cn-hangzhou-h', ...fields }] })
      if (id === undefined) throw new Error('The seed made no instance.')
      return id
    },
    async get(id, region) {
      const shown = await describe(id, region)
      if (shown === undefined) throw new Error(`DescribeInstances shows no ${id}.`)
      return shown
    },
    async advance(seconds) {
      // As the control API does: another server may have moved the clock just now.
      await app.engine.catchUp()
      await app.engine.advanceTo(app.clock.now() + seconds * 1000)
    },
    async status(id) {
      return (await describe(id))?.['Status']
    },
    [Symbol.asyncDispose]: () => app.close(),
  }
}
