// Friday's economical stop gives the capacity back; somebody else takes it; Monday's start fails for want of stock. Three ways to
// come through, each tried on a Monday of its own. Run it with "node --test examples/monday-start.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const zone = 'cn-hangzhou-h'
const minute = 60_000
const hour = 60 * minute

/** The code under test: starts as many as it can, gives the others the first other type that has room, or waits for it. */
async function startFleet(client, ids, { otherTypes = [], sleep, patience = 0 }) {
  let left = await tryToStart(client, ids)
  for (const instanceType of otherTypes) {
    for (const instanceId of left) {
      await client.modifyInstanceSpec(new ecs.ModifyInstanceSpecRequest({ instanceId, instanceType }))
    }
    left = await tryToStart(client, left)
  }
  for (let waited = 0; left.length > 0 && waited < patience; waited += 10 * minute) {
    await sleep(10 * minute)
    left = await tryToStart(client, left)
  }
  return left
}

/** Orders a start of those that fit; returns the ids of those that there is no stock for. */
async function tryToStart(client, instanceId) {
  if (instanceId.length === 0) return []
  const request = new ecs.StartInstancesRequest({ regionId, instanceId, batchOptimization: 'SuccessFirst' })
  const { body } = await client.startInstances(request)
  const failed = body.instanceResponses.instanceResponse.filter(entry => entry.code !== '200')
  for (const { code, message } of failed) if (code !== 'OperationDenied.NoStock') throw new Error(message)
  return failed.map(entry => entry.instanceId)
}

const clientOf = (cloud, keys = cloud.credentials) =>
  new ecs.default({ ...keys, endpoint: cloud.endpoint, protocol: 'http', regionId })
const stop = (client, instanceId, stoppedMode) =>
  client.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId, stoppedMode }))
async function typesOfRunning(client) {
  const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId, status: 'Running' }))
  return body.instances.instance.map(one => one.instanceType).sort()
}

/** Three machines in a zone that has room for no more; stopped on Friday at 20:00, and it is Monday, 07:00. */
async function monday(stoppedMode) {
  const neighbour = { id: 'neighbour', secret: 'neighbour-secret' }
  const cloud = await createLocalyun({
    clock: 'virtual',
    startAt: new Date('2026-09-04T20:00:00+08:00'),
    seed: {
      accounts: [{ id: '1000000000000002', accessKeys: [neighbour] }],
      stock: [{ zone, type: 'ecs.g7.large', available: 0 }],
      instances: [{ count: 3, name: 'dev', region: regionId, zone }],
    },
  })
  const ids = (await cloud.events.list()).map(change => change.instanceId)
  await stop(clientOf(cloud), ids, stoppedMode)
  await cloud.clock.advance(24 * hour)
  const other = clientOf(cloud, { accessKeyId: neighbour.id, accessKeySecret: neighbour.secret })
  const order = {
    regionId,
    zoneId: zone,
    instanceType: 'ecs.g7.large',
    imageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  }
  const takeTwo = () => other.runInstances(new ecs.RunInstancesRequest({ ...order, amount: 2 }))
  // What was not given back cannot be taken.
  if (stoppedMode === 'StopCharging') await takeTwo()
  else await assert.rejects(takeTwo(), { code: 'OperationDenied.NoStock' })
  await cloud.clock.advance(35 * hour)
  return { cloud, ids }
}

test('after an economical stop the start fails, all or nothing, for want of stock', async () => {
  const { cloud, ids } = await monday('StopCharging')
  await using _ = cloud
  const client = clientOf(cloud)
  const start = client.startInstances(new ecs.StartInstancesRequest({ regionId, instanceId: ids }))
  await assert.rejects(start, { code: 'OperationDenied.NoStock', statusCode: 403 })
  assert.deepEqual(await typesOfRunning(client), [])
})

test('a script survives it: with what there is, with another type, or with patience', async () => {
  const { cloud, ids } = await monday('StopCharging')
  await using _ = cloud
  const mondays = await Promise.all([cloud.fork(), cloud.fork(), cloud.fork()])
  const [partly, otherType, patient] = mondays.map(copy => clientOf(copy))

  assert.equal((await startFleet(partly, ids, {})).length, 2)
  await mondays[0].clock.untilIdle()
  assert.deepEqual(await typesOfRunning(partly), ['ecs.g7.large'])

  assert.deepEqual(await startFleet(otherType, ids, { otherTypes: ['ecs.g6.large'] }), [])
  await mondays[1].clock.untilIdle()
  assert.deepEqual(await typesOfRunning(otherType), ['ecs.g6.large', 'ecs.g6.large', 'ecs.g7.large'])

  // At a quarter past eight there is room again.
  const sleep = async ms => {
    await mondays[2].clock.advance(ms)
    if (mondays[2].clock.now() >= new Date('2026-09-07T08:15:00+08:00')) {
      await mondays[2].seed({ stock: [{ zone, type: 'ecs.g7.large', available: 2 }] })
    }
  }
  assert.deepEqual(await startFleet(patient, ids, { sleep, patience: 2 * hour }), [])
  await mondays[2].clock.untilIdle()
  assert.equal((await typesOfRunning(patient)).length, 3)
})

test('KeepCharging would not have had the problem, for the price of a weekend', async () => {
  const { cloud, ids } = await monday('KeepCharging')
  await using _ = cloud
  const client = clientOf(cloud)
  assert.deepEqual(await startFleet(client, ids, {}), [])
  await cloud.clock.untilIdle()
  assert.equal((await typesOfRunning(client)).length, 3)
  // 59 hours of three machines at 0.68 CNY.
  const { savings } = await cloud.cost()
  assert.equal(savings.saved, 0)
  assert.ok(Math.abs(savings.standard.economicalWouldHaveSaved - 3 * 59 * 0.68) < 0.1)
})
