// A script that stops the development machines for the night, under vitest: a fresh cloud for each test. Run it with
// "npx vitest run --dir examples/vitest".
import Client, * as ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'
import { afterEach, beforeEach, expect, test } from 'vitest'

const regionId = 'cn-hangzhou'

/** The script under test: stops what runs and is tagged env=dev, and returns the ids. */
async function stopForTheNight(client) {
  const tag = [new ecs.DescribeInstancesRequestTag({ key: 'env', value: 'dev' })]
  const running = new ecs.DescribeInstancesRequest({ regionId, status: 'Running', tag, maxResults: 100 })
  const { body } = await client.describeInstances(running)
  const instanceId = body.instances.instance.map(one => one.instanceId)
  if (instanceId.length === 0) return []
  const stop = { regionId, instanceId, stoppedMode: 'StopCharging', batchOptimization: 'SuccessFirst' }
  const { body: answer } = await client.stopInstances(new ecs.StopInstancesRequest(stop))
  return answer.instanceResponses.instanceResponse.filter(one => one.code === '200').map(one => one.instanceId)
}

let cloud
let client

beforeEach(async () => {
  cloud = await createLocalyun({
    clock: 'virtual',
    startAt: new Date('2026-09-01T20:00:00Z'),
    seed: {
      instances: [
        { count: 2, name: 'dev', region: regionId, tags: { env: 'dev' } },
        { name: 'locked', region: regionId, tags: { env: 'dev' }, locks: ['security'] },
        { name: 'prod', region: regionId, tags: { env: 'prod' } },
      ],
    },
  })
  client = new Client({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
})

afterEach(() => cloud.close())

async function statuses() {
  const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
  return Object.fromEntries(body.instances.instance.map(one => [one.instanceName, one.status]))
}

test('stops the development machines and nothing else', async () => {
  expect(await stopForTheNight(client)).toHaveLength(2)
  await cloud.clock.untilIdle()
  expect(await statuses()).toEqual({ 'dev-1': 'Stopped', 'dev-2': 'Stopped', locked: 'Running', prod: 'Running' })
})

test('finds nothing to do the second time', async () => {
  await stopForTheNight(client)
  await cloud.clock.advance(60_000)
  expect(await stopForTheNight(client)).toEqual([])
})

test('tells its caller when it is throttled', async () => {
  await cloud.faults.add({ action: 'StopInstances', throttle: { retryAfterMs: 1_000 } })
  await expect(stopForTheNight(client)).rejects.toMatchObject({ code: 'Throttling.User' })
  expect(await statuses()).toMatchObject({ 'dev-1': 'Running', 'dev-2': 'Running' })
})
