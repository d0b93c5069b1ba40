import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLocalyun } from '../../src/index.ts'
import { createTestApp } from '../support/app.ts'
import { CallError, createClient, instanceIds, type Params } from '../support/client.ts'
import { tempFolder } from '../support/temp.ts'

const RegionId = 'cn-hangzhou'

/** A day with chance in it; everything that a caller could tell from another such day. */
async function day(randomSeed: string) {
  await using cloud = await createLocalyun({
    randomSeed,
    clock: 'virtual',
    startAt: new Date('2026-06-01T08:00:00Z'),
    seed: { instances: [{ count: 3, region: RegionId, guest: { shutdown: 'slow', seconds: 45 } }] },
  })
  const client = createClient({ endpoint: cloud.url, accessKeyId: 'localyun', secret: 'localyun-secret' })
  const answers: unknown[] = []
  const call = async (action: string, params: Params = {}) => {
    const answer = await client
      .call(action, { RegionId, ...params })
      .catch((reason: unknown) => (reason instanceof CallError ? reason.body : assert.fail(String(reason))))
    // The host that answers has a port of its own.
    answers.push({ action, ...answer, HostId: undefined })
    return answer
  }
  await cloud.faults.add({ action: 'StartInstances', probability: 0.5, refuse: { code: 'OperationDenied.NoStock' } })
  await cloud.faults.add({ probability: 0.3, error: { code: 'InternalError' } })
  await cloud.faults.add({ action: 'StopInstances', probability: 0.4, revert: { afterSeconds: 7 } })
  const image = { InstanceType: 'ecs.g7.large', ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd' }
  for (let runs = 0; runs < 4; runs++) await call('RunInstances', { ...image, Amount: 3 })
  await cloud.clock.untilIdle()
  const ids = [...new Set((await cloud.events.list()).map(change => change.instanceId))]
  for (let round = 0; round < 5; round++) {
    await call('StopInstances', { ...instanceIds(ids), BatchOptimization: 'SuccessFirst' })
    await cloud.clock.advance(20_000)
    await call('DescribeInstances')
    await cloud.clock.untilIdle()
    await call('StartInstances', { ...instanceIds(ids), BatchOptimization: 'SuccessFirst' })
    await cloud.clock.untilIdle()
  }
  const { faults } = (await (await fetch(`${cloud.url}/_localyun/faults`)).json()) as { faults: any[] }
  return { ids, now: cloud.clock.now(), answers, events: await cloud.events.list(), faults }
}

test('the same seed, start and requests give the same ids, times, answers, events and faults', async () => {
  const [first, second, other] = [await day('monday'), await day('monday'), await day('tuesday')]
  assert.deepEqual(second, first)
  const { faults, events } = first
  assert.ok(
    faults.every(fault => fault.struck > 0 && fault.struck < fault.seen),
    JSON.stringify(faults),
  )
  assert.ok(events.some(change => change.actor === 'fault'))
  // Another seed gives another day.
  assert.notDeepEqual(other.ids, first.ids)
  assert.notDeepEqual(other.faults, faults)
})

test('the same seed never gives an id out twice: after a restart, and in a copy of the world', async () => {
  using folder = tempFolder()
  const store = `sqlite:${join(folder.path, 'state.db')}`
  const order = {
    RegionId: 'cn-hangzhou',
    InstanceType: 'ecs.g7.large',
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  }
  const seen = new Set<string>()
  const run = async (endpoint: string) => {
    const client = createClient({ endpoint, accessKeyId: 'localyun', secret: 'localyun-secret' })
    const answer = await client.call('RunInstances', order)
    const [id] = answer['InstanceIdSets'].InstanceIdSet
    assert.ok(!seen.has(id), id)
    seen.add(id)
  }
  for (let starts = 1; starts <= 3; starts++) {
    await using server = await createTestApp({ store, randomSeed: 'again' })
    await run(server.app.endpoint)
    const copy = await server.app.fork()
    await run(copy.endpoint)
    await run(server.app.endpoint)
  }
  assert.equal(seen.size, 9)
})
