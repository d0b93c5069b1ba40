import assert from 'node:assert/strict'
import { test } from 'node:test'
import sql from 'sql-template-tag'
import type { HostCapacity } from '../../src/compute/driver.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { imageId, smallType } from '../support/cloud.ts'
import { control } from '../support/control.ts'
import { type FakeHost, fakeHost, giveImage, serveHost } from '../support/fake-host.ts'
import { testDatabase } from '../support/postgres.ts'
import { until } from '../support/raw.ts'

const region = { RegionId: 'cn-hangzhou' }
/** Room for so many of the small type. */
const roomFor = (count: number): HostCapacity => ({ vcpus: count, memoryMiB: count * 512 })
const isAway = { code: 'ServiceUnavailable', status: 503 }

async function run(server: TestApp, fields: Record<string, string | number> = {}): Promise<string[]> {
  const order = { ...region, ImageId: imageId, InstanceType: smallType, ...fields }
  return (await server.client.call('RunInstances', order))['InstanceIdSets'].InstanceIdSet
}

const call = (server: TestApp, action: string, InstanceId: string, fields: Record<string, string> = {}) =>
  server.client.call(action, { InstanceId, ...fields })

const becomes = (server: TestApp, id: string, status: string) =>
  until(async () => {
    const { instance } = (await control(server, 'GET', `/instances/${id}`)).body
    return instance?.status === status && instance.operation === null
  }, 20_000)

const hostOf = async (server: TestApp, id: string) =>
  (await control(server, 'GET', `/instances/${id}`)).body.instance.host

/** Two hosts that have the image, and a server that only takes calls, over one database. */
async function createHosts(first: HostCapacity, second: HostCapacity) {
  const database = await testDatabase()
  const hosts: [FakeHost, FakeHost] = [fakeHost('host-1', first), fakeHost('host-2', second)]
  const servers: TestApp[] = []
  const serve = async (host: FakeHost) => {
    const server = await serveHost(database.url, host)
    servers.push(server)
    return server
  }
  const [one, two] = [await serve(hosts[0]), await serve(hosts[1])]
  const api = await createTestApp({ store: database.url, clock: 'real', role: 'api' })
  servers.push(api)
  for (const { id } of hosts) await giveImage(api, id)
  const dispose = async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
  return { hosts, one, two, api, serve, database, [Symbol.asyncDispose]: dispose }
}

test('orders at several servers at once fill every host, and none of them twice', async () => {
  await using cloud = await createHosts(roomFor(2), roomFor(3))
  const servers = [cloud.one, cloud.two, cloud.api]
  const results = await Promise.allSettled([...servers, ...servers, ...servers].map(server => run(server)))
  const refused = results.flatMap(one => (one.status === 'rejected' ? [one.reason.code] : []))
  assert.deepEqual(refused, Array(4).fill('OperationDenied.NoStock'))
  const ids = results.flatMap(one => (one.status === 'fulfilled' ? one.value : []))
  for (const id of ids) await becomes(cloud.api, id, 'Running')
  assert.deepEqual(
    cloud.hosts.map(host => host.machines.size),
    [2, 3],
  )
})

test('an instance goes where most is free of what has its image; an order is spread', async () => {
  await using cloud = await createHosts(roomFor(2), roomFor(4))
  const [one, two] = cloud.hosts
  const release = (host: FakeHost) =>
    call(cloud.api, 'DeleteInstance', [...host.machines.keys()][0] ?? '', { Force: 'true' })
  const [first = ''] = await run(cloud.one)
  assert.equal((await hostOf(cloud.one, first)).id, 'host-2')
  const ids = await run(cloud.api, { Amount: 9, MinAmount: 1 })
  assert.equal(ids.length, 5)
  for (const id of ids) await becomes(cloud.api, id, 'Running')

  await giveImage(cloud.api, 'host-1', 'm-onlyatone1')
  const { hosts } = (await control(cloud.api, 'GET', '/hosts')).body
  const offered = { vcpus: 2, memoryMiB: 1024, awaySince: null }
  assert.deepEqual(hosts[0], { id: 'host-1', address: cloud.one.app.endpoint, ...offered })
  const { Images } = await cloud.two.client.call('DescribeImages', region)
  assert.deepEqual(Images.Image.map((image: { ImageId: string }) => image.ImageId).sort(), ['m-onlyatone1', imageId])
  await release(two)
  await assert.rejects(run(cloud.two, { ImageId: 'm-onlyatone1' }), { code: 'OperationDenied.NoStock' })
  await release(one)
  const [last = ''] = await run(cloud.two, { ImageId: 'm-onlyatone1' })
  assert.equal((await hostOf(cloud.two, last)).id, 'host-1')
  await assert.rejects(run(cloud.two, { ImageId: 'm-nowhere001' }), { code: 'InvalidImageId.NotFound' })
})

test('whichever server is asked, an instance is driven by its own host, which alone has its console', async () => {
  await using cloud = await createHosts(roomFor(1), roomFor(1))
  const ids = await run(cloud.api, { Amount: 2 })
  for (const id of ids) await becomes(cloud.api, id, 'Running')
  for (const id of ids) await call(cloud.one, 'StopInstance', id)
  for (const id of ids) await becomes(cloud.two, id, 'Stopped')
  for (const host of cloud.hosts) assert.deepEqual([...host.machines.values()], [false])
  const [id = ''] = [...cloud.hosts[1].machines.keys()]
  const console = await call(cloud.two, 'GetInstanceConsoleOutput', id, region)
  assert.equal(Buffer.from(console['ConsoleOutput'], 'base64').toString(), `${id} at host-2`)
  const message = new RegExp(`only the host host-2 .* Ask ${cloud.two.app.endpoint}\\.$`)
  for (const server of [cloud.one, cloud.api]) {
    await assert.rejects(call(server, 'GetInstanceConsoleOutput', id, region), { ...isAway, message })
  }
  // The host hears of it by itself.
  await call(cloud.api, 'DeleteInstance', id, { Force: 'true' })
  await until(() => cloud.hosts[1].machines.size === 0, 20_000)
  assert.deepEqual([...cloud.hosts[0].machines.values()], [false])
})

test('what an economical stop gave back is needed again at the same host', async () => {
  await using cloud = await createHosts(roomFor(1), roomFor(2))
  const ids = await run(cloud.api, { Amount: 2 })
  for (const id of ids) await becomes(cloud.api, id, 'Running')
  const [id = ''] = [...cloud.hosts[0].machines.keys()]
  await call(cloud.api, 'StopInstance', id, { StoppedMode: 'StopCharging' })
  await becomes(cloud.api, id, 'Stopped')
  const [other = ''] = await run(cloud.two)
  const [third = ''] = await run(cloud.two)
  const hosts = [await hostOf(cloud.one, other), await hostOf(cloud.one, third)].map(host => host.id as string)
  assert.deepEqual(new Set(hosts), new Set(['host-1', 'host-2']))
  await call(cloud.api, 'DeleteInstance', ids.find(one => one !== id) ?? '', { Force: 'true' })
  await assert.rejects(call(cloud.api, 'StartInstance', id), { code: 'OperationDenied.NoStock' })
  const atFirst = hosts[0] === 'host-1' ? other : third
  await call(cloud.api, 'DeleteInstance', atFirst, { Force: 'true' })
  await call(cloud.api, 'StartInstance', id)
  await becomes(cloud.api, id, 'Running')
})

test('the instances of a host that is away are refused, the others go on, and it takes up what it left', async () => {
  await using cloud = await createHosts(roomFor(3), roomFor(1))
  const [away, there] = cloud.hosts
  const ids = await run(cloud.api, { Amount: 4 })
  for (const id of ids) await becomes(cloud.api, id, 'Running')
  const [running = '', stopping = '', released = ''] = [...away.machines.keys()]
  away.deaf = true
  await call(cloud.api, 'StopInstance', stopping)
  const awaySince = async () => (await hostOf(cloud.two, running)).awaySince as string | null
  assert.equal(await awaySince(), null)
  await cloud.one.app.close()
  assert.ok(Math.abs(Date.parse((await awaySince()) ?? '') - Date.now()) < 20_000)

  for (const action of ['StopInstance', 'RebootInstance']) {
    const message = /the host host-1 of the instance is away/
    await assert.rejects(call(cloud.two, action, running), { ...isAway, message })
  }
  const batch = { ...region, 'InstanceId.1': running, 'InstanceId.2': [...there.machines.keys()][0] ?? '' }
  await assert.rejects(cloud.api.client.call('StopInstances', batch), isAway)
  const separately = await cloud.api.client.call('StopInstances', { ...batch, BatchOptimization: 'SuccessFirst' })
  const codes = separately['InstanceResponses'].InstanceResponse.map((one: { Code: string }) => one.Code)
  assert.deepEqual(codes, ['ServiceUnavailable', '200'])
  assert.equal(await cloud.two.status(running), 'Running')
  assert.equal(await cloud.two.status(stopping), 'Stopping')
  // There is room at the host that is away, and none elsewhere.
  await call(cloud.two, 'DeleteInstance', released, { Force: 'true' })
  await assert.rejects(run(cloud.api), { code: 'OperationDenied.NoStock' })

  away.deaf = false
  assert.deepEqual([...away.machines.keys()], [running, stopping, released])
  const back = await cloud.serve(away)
  await becomes(back, stopping, 'Stopped')
  assert.deepEqual(
    [...away.machines],
    [
      [running, true],
      [stopping, false],
    ],
  )
  await call(cloud.api, 'StopInstance', running)
  await becomes(cloud.api, running, 'Stopped')
  assert.equal((await run(cloud.api)).length, 1)
})

test('a host that says nothing for a while is away until it speaks again', async () => {
  await using cloud = await createHosts(roomFor(1), roomFor(1))
  const [id = ''] = await run(cloud.one)
  await becomes(cloud.api, id, 'Running')
  const { store } = cloud.api.app
  const host = (await hostOf(cloud.api, id)).id as string
  // Its renewals wait for this row.
  await store.transaction('write', async tx => {
    await tx.all(sql`select 1 as one from hosts where id = ${host} for update`)
    await until(async () => (await hostOf(cloud.api, id)).awaySince !== null, 20_000)
    await assert.rejects(call(cloud.api, 'StopInstance', id), isAway)
  })
  await until(async () => (await hostOf(cloud.api, id)).awaySince === null, 20_000)
  await call(cloud.api, 'StopInstance', id)
  await becomes(cloud.api, id, 'Stopped')
})

test('a second process of the same host does not start; one that has been taken over leaves the machines alone', async () => {
  await using cloud = await createHosts(roomFor(1), roomFor(1))
  const [first] = cloud.hosts
  await assert.rejects(serveHost(cloud.database.url, first), {
    name: 'ComputeError',
    message: 'Another localyun is host host-1. Stop it, or give another --compute-dir.',
  })
  const ids = await run(cloud.api, { Amount: 2 })
  for (const id of ids) await becomes(cloud.api, id, 'Running')
  const [id = ''] = [...first.machines.keys()]
  await cloud.api.app.store.transaction('write', tx =>
    tx.run(sql`update hosts set holder = 'another', seen_until = 9007199254740991 where id = 'host-1'`),
  )
  await until(async () => (await control(cloud.one, 'GET', '/health')).status === 503, 20_000)
  await call(cloud.api, 'StopInstance', id)
  const [other = ''] = [...cloud.hosts[1].machines.keys()]
  await call(cloud.one, 'StopInstance', other)
  await becomes(cloud.two, other, 'Stopped')
  assert.equal(await cloud.two.status(id), 'Stopping')
  assert.deepEqual([...first.machines.values()], [true])
})

test('a state that comes from other hosts goes to one that is there; a copy of it is on paper', async () => {
  await using cloud = await createHosts(roomFor(1), roomFor(1))
  const [id = ''] = await run(cloud.one)
  await becomes(cloud.api, id, 'Running')
  const { body: state } = await control(cloud.api, 'GET', '/state')
  await using paper = await createTestApp({ store: 'memory:', clock: 'real' })
  assert.equal((await control(paper, 'PUT', '/state', state)).status, 200)
  assert.equal(await hostOf(paper, id), null)
  await call(paper, 'StopInstance', id)

  await using elsewhere = await createHosts(roomFor(1), roomFor(1))
  const foreign = JSON.parse(JSON.stringify(state).replaceAll(/host-[12]/g, 'host-9'))
  assert.equal((await control(elsewhere.two, 'PUT', '/state', foreign)).status, 200)
  assert.equal((await hostOf(elsewhere.two, id)).id, 'host-1')
  // There is no machine, which is noticed.
  await becomes(elsewhere.two, id, 'Stopped')
  assert.equal((await control(elsewhere.api, 'POST', '/seed', { instances: [{ region: 'cn-hangzhou' }] })).status, 400)
})
