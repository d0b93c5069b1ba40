import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../test/support/client.ts'
import { createLocalyun, type Localyun, type StateChange } from './index.ts'

const region = { RegionId: 'cn-hangzhou' }
const client = (cloud: Localyun) =>
  createClient({
    endpoint: cloud.url,
    accessKeyId: cloud.credentials.accessKeyId,
    secret: cloud.credentials.accessKeySecret,
  })

test('a server in this process answers at its endpoint with its credentials', async () => {
  await using cloud = await createLocalyun({ seed: { instances: [{ count: 2, region: 'cn-hangzhou' }] } })
  assert.equal(cloud.url, `http://${cloud.endpoint}`)
  assert.equal((await client(cloud).call('DescribeInstances', region))['TotalCount'], 2)
})

test('its clock is moved, to a time, until idle, and until an instance is Stopped', async () => {
  const startAt = new Date('2026-05-01T00:00:00Z')
  await using cloud = await createLocalyun({ clock: 'virtual', startAt, stopGraceMs: 30_000 })
  assert.deepEqual(cloud.clock.now(), startAt)
  const [one = '', two = ''] = await cloud.seed({
    instances: [{ region: 'cn-hangzhou', guest: { shutdown: 'ignore' } }, { region: 'cn-hangzhou' }],
  })
  await client(cloud).call('StopInstance', { InstanceId: one })
  await client(cloud).call('StopInstance', { InstanceId: two })
  await cloud.clock.untilStopped(two)
  assert.ok(cloud.clock.now().getTime() - startAt.getTime() < 10_000)
  assert.equal(await cloud.clock.untilIdle(), 2)
  assert.equal(await cloud.clock.advance(1000), 0)
  assert.ok(cloud.clock.now().getTime() - startAt.getTime() > 31_000)
  const [running = ''] = await cloud.seed({ instances: [{ region: 'cn-hangzhou' }] })
  await assert.rejects(cloud.clock.untilStopped(running), /is Running, and nothing that is due will stop it/)
  await assert.rejects(cloud.clock.untilStopped('i-nothere0'), /There is no instance/)
})

test('events are listed and told as they are committed; reset empties the world', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual' })
  const told: StateChange[] = []
  const unsubscribe = cloud.events.subscribe(changes => void told.push(...changes))
  const [id = ''] = await cloud.seed({ instances: [{ region: 'cn-hangzhou' }] })
  await client(cloud).call('StopInstance', { InstanceId: id })
  await cloud.clock.untilIdle()
  assert.deepEqual(
    told.map(change => change.state),
    ['Created', 'Stopping', 'Stopped'],
  )
  assert.deepEqual(await cloud.events.list({ instanceId: id }), told)
  unsubscribe()
  await cloud.reset()
  assert.deepEqual(await cloud.events.list(), [])
  assert.equal((await client(cloud).call('DescribeInstances', region))['TotalCount'], 0)
})

test('a fork goes on from the same moment on its own, also with what was in flight', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual', startAt: new Date('2026-05-01T00:00:00Z') })
  const [id = ''] = await cloud.seed({ instances: [{ region: 'cn-hangzhou' }] })
  await client(cloud).call('StopInstance', { InstanceId: id })
  await using copy = await cloud.fork()
  assert.deepEqual(copy.clock.now(), cloud.clock.now())
  assert.notEqual(copy.endpoint, cloud.endpoint)
  await copy.clock.untilStopped(id)
  const status = async (world: Localyun) => {
    const answer = await client(world).call('DescribeInstanceStatus', { ...region, 'InstanceId.1': id })
    return answer['InstanceStatuses'].InstanceStatus[0].Status
  }
  assert.deepEqual([await status(copy), await status(cloud)], ['Stopped', 'Stopping'])
})

test('a fork is closed with the world it came from, and closing twice does no harm', async () => {
  const cloud = await createLocalyun()
  const copy = await cloud.fork()
  await cloud.close()
  await assert.rejects(fetch(copy.url), TypeError)
  await copy.close()
  await cloud.close()
})

test('cost tells what instances cost by prices of your own, and what stopping them saved', async () => {
  const startAt = new Date('2026-09-01T00:00:00Z')
  await using cloud = await createLocalyun({
    clock: 'virtual',
    startAt,
    timing: { stopMs: 0 },
    prices: { types: { 'ecs.g7.large': 3.6 } },
    seed: { instances: [{ region: 'cn-hangzhou', tags: { env: 'dev' } }] },
  })
  const instanceId = (await cloud.events.list())[0]?.instanceId ?? ''
  await cloud.clock.advance(3_600_000)
  await client(cloud).call('StopInstance', { InstanceId: instanceId, StoppedMode: 'StopCharging' })
  await cloud.clock.advance(3_600_000)
  const cost = await cloud.cost()
  assert.deepEqual([cost.total, cost.savings.saved, cost.lines[0]?.key], [3.76, 3.6, instanceId])
  const first = await cloud.cost({ from: startAt, until: new Date('2026-09-01T01:00:00Z'), by: 'tag' })
  assert.deepEqual(
    first.lines.map(line => [line.key, line.total]),
    [['env=dev', 3.68]],
  )
  const wrong = createLocalyun({ prices: { families: { g7: { vcpu: -1 } } } })
  await assert.rejects(wrong, /^Error: The price list is not valid: families\.g7\.vcpu: /)
})

test('the same random seed gives the same ids', async () => {
  const ids = async () => {
    await using cloud = await createLocalyun({ randomSeed: 'again' })
    return cloud.seed({ instances: [{ count: 3, region: 'cn-hangzhou' }] })
  }
  assert.deepEqual(await ids(), await ids())
})

test('a seed with a mistake is named, at the start and later', async () => {
  const seed = { instances: [{ region: 'mars' }] }
  await assert.rejects(createLocalyun({ seed }), /instances\.0\.region: there is no such region/)
  await using cloud = await createLocalyun()
  await assert.rejects(cloud.seed(seed), /there is no such region/)
  await assert.rejects(cloud.seed({ instances: [{ region: 'cn-beijing', account: '55555' }] }), /does not exist/)
})
