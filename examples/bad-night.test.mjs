// A scheduler that stops 20 machines in a bad night: its calls are throttled, an answer is lost, queries lag behind and a
// guest hangs. Run it with "node --test examples/bad-night.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'

/** The code under test: stops machines and waits until they are off. `sleep` is given, so that a test can own the time. */
async function stopFleet(client, ids, { sleep, tries = 8 }) {
  await order(client, ids, {}, { sleep, tries })
  if (await areStopped(client, ids, { sleep })) return
  // Ten minutes of grace are over: what still hangs gets its power cut.
  await order(client, await withStatus(client, ids, 'Stopping'), { forceStop: true }, { sleep, tries })
  if (!(await areStopped(client, ids, { sleep }))) throw new Error('They do not stop.')
}

/** Orders until it is accepted, or was. */
async function order(client, instanceId, how, { sleep, tries }) {
  for (let count = 1; ; count++) {
    try {
      await client.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId, ...how }))
      return
    } catch (reason) {
      // The order before this one was done, although its answer was lost.
      if (count > 1 && reason.code === 'IncorrectInstanceStatus') return
      if (count === tries || !isPassing(reason)) throw reason
      await sleep(Math.max(reason.retryAfter ?? 0, 100 * 2 ** count))
      // Look before you repeat.
      if (how.forceStop !== true && (await withStatus(client, instanceId, 'Running')).length === 0) return
    }
  }
}

/** Throttled, unavailable, or no answer at all. */
const isPassing = ({ retryAfter, statusCode }) =>
  retryAfter !== undefined || statusCode === undefined || statusCode >= 500

/** Waits for a quarter of an hour at most. */
async function areStopped(client, ids, { sleep }) {
  for (let looks = 0; looks < 90; looks++) {
    if ((await withStatus(client, ids, 'Stopped')).length === ids.length) return true
    await sleep(10_000)
  }
  return false
}

async function withStatus(client, ids, status) {
  const instanceIds = JSON.stringify(ids)
  const request = new ecs.DescribeInstancesRequest({ regionId, instanceIds, status, pageSize: 100 })
  const { body } = await client.describeInstances(request)
  return body.instances.instance.map(one => one.instanceId)
}

async function fleetOfTwenty() {
  const cloud = await createLocalyun({ clock: 'virtual' })
  const ids = await cloud.seed({ instances: [{ count: 20, region: regionId }] })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
  return { cloud, ids, client, sleep: ms => cloud.clock.advance(ms) }
}

test('the scheduler gets every machine off', async () => {
  const { cloud, ids, client, sleep } = await fleetOfTwenty()
  await using _ = cloud
  await cloud.faults.scenario('bad-night')
  await stopFleet(client, ids, { sleep })
  assert.equal((await withStatus(client, ids, 'Stopped')).length, 20)
})

test('without its retries it stops nothing', async () => {
  const { cloud, ids, client, sleep } = await fleetOfTwenty()
  await using _ = cloud
  await cloud.faults.scenario('bad-night')
  await assert.rejects(stopFleet(client, ids, { sleep, tries: 1 }), { code: 'Throttling.User' })
  assert.equal((await withStatus(client, ids, 'Running')).length, 20)
})

test('with too few of them it gives up on machines that are stopping', async () => {
  const { cloud, ids, client, sleep } = await fleetOfTwenty()
  await using _ = cloud
  await cloud.faults.scenario('bad-night')
  await assert.rejects(stopFleet(client, ids, { sleep, tries: 4 }), reason => reason.statusCode === undefined)
  await cloud.clock.advance(60_000)
  assert.equal((await withStatus(client, ids, 'Stopped')).length, 19)
})
