import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { administer, emptyDatabase } from '../support/postgres.ts'
import { freePort, type Running, runLocalyun } from '../support/process.ts'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/raw.ts'
import { createSdk, ecs, type EcsClient } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'
const compose = parse(readFileSync(new URL('../../examples/compose.yaml', import.meta.url), 'utf8'), { merge: true })
/** As compose has it, but that nobody waits so long for the proxy to notice. */
const command: string[] = compose.services.first.command.with(2, '1s')

async function ask(port: number, path: string): Promise<{ status: number; body: any }> {
  const answer = await fetch(`http://127.0.0.1:${port}/_localyun/${path}`)
  return { status: answer.status, body: await answer.json() }
}

const stop = (sdk: EcsClient, id: string) =>
  sdk.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId: [id] }))

/** What examples/compose.yaml starts, as processes: a database, two servers, and a proxy before them. */
async function startAll() {
  const database = await emptyDatabase()
  const ports = [await freePort(), await freePort()] as const
  const running = new Map<number, Running>()
  const start = async (port: number) => {
    const env = { LOCALYUN_STORE: database.url, LOCALYUN_PORT: String(port), LOCALYUN_TIMING: 'stop=300ms' }
    const server = runLocalyun(command, { env })
    running.set(port, server)
    await server.waitFor(/^localyun is ready at /m)
  }
  // Both at once, on a database with nothing in it.
  await Promise.all(ports.map(start))
  const proxy = await startProxy(ports)
  const serverAt = (port: number) => running.get(port) as Running
  const dispose = async () => {
    await proxy[Symbol.asyncDispose]()
    for (const server of running.values()) await server[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
  return { database, ports, proxy, start, serverAt, [Symbol.asyncDispose]: dispose }
}

/** Stops one instance after the other, and asks until each is Stopped, until told to end; tells how many arrived. */
async function stopOneByOne(sdk: EcsClient, ids: string[], goesOn: () => boolean): Promise<number> {
  let arrived = 0
  while (goesOn()) {
    const instanceId = ids.pop()
    assert.ok(instanceId !== undefined, 'there were not enough instances')
    await stop(sdk, instanceId)
    const request = new ecs.DescribeInstanceStatusRequest({ regionId, instanceId: [instanceId] })
    const status = async () =>
      (await sdk.describeInstanceStatus(request)).body?.instanceStatuses?.instanceStatus?.[0]?.status
    await until(async () => (await status()) === 'Stopped', 10_000)
    arrived++
  }
  return arrived
}

test('a rolling update by SIGTERM under load: no call fails, and every acknowledged stop arrives', async () => {
  await using all = await startAll()
  const { ports, proxy } = all
  const seed = { instances: [{ count: 1_000, region: regionId }] }
  const [first] = ports
  const seeded = await fetch(`http://127.0.0.1:${first}/_localyun/seed`, { method: 'POST', body: JSON.stringify(seed) })
  const { instanceIds } = (await seeded.json()) as { instanceIds: string[] }
  const sdk = createSdk({ port: proxy.port })
  let isOver = false
  const callers = Promise.all([...Array(4).keys()].map(() => stopOneByOne(sdk, instanceIds, () => !isOver)))
  // A failure is looked at below; until then it must not count as unhandled.
  callers.catch(() => undefined)
  for (const port of ports) {
    const server = all.serverAt(port)
    server.process.kill('SIGTERM')
    await until(async () => (await ask(port, 'health')).status === 503)
    assert.deepEqual((await ask(port, 'health')).body, { status: 'draining' })
    assert.equal((await ask(port, 'live')).status, 200)
    // It is about to end, and answers whoever comes all the same.
    await createSdk({ port }).describeRegions(new ecs.DescribeRegionsRequest({}))
    await until(() => !proxy.inUse().includes(port))
    const { code } = await server.finished
    assert.equal(code, 0)
    await all.start(port)
    await until(() => proxy.inUse().length === 2)
  }
  isOver = true
  const arrived = (await callers).reduce((sum, one) => sum + one, 0)
  assert.ok(arrived > 10, String(arrived))
})

test('while the database is away no server is ready and all are alive; when it is back all is as it was', async () => {
  await using all = await startAll()
  const { ports, proxy, database } = all
  const statuses = (path: string) => Promise.all(ports.map(async port => (await ask(port, path)).status))
  const becomes = (status: number) => until(async () => (await statuses('health')).every(one => one === status), 10_000)
  const [first] = ports
  assert.deepEqual(await statuses('health'), [200, 200])
  await administer(`alter database ${database.name} allow_connections false`)
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`)
  await becomes(503)
  assert.deepEqual(await statuses('live'), [200, 200])
  assert.deepEqual(await statuses('metrics'), [500, 500])
  await assert.rejects(stop(createSdk({ port: first }), 'i-bp1example00000000001'), { code: 'ServiceUnavailable' })
  await until(() => proxy.inUse().length === 0)
  await administer(`alter database ${database.name} allow_connections true`)
  await becomes(200)
  await until(() => proxy.inUse().length === 2)
  await assert.rejects(stop(createSdk(proxy), 'i-bp1example00000000001'), { code: 'InvalidInstanceIds.NotFound' })
})
