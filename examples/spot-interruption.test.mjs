// A spot instance is taken back: the notice comes five minutes ahead, as the lock "Recycling", and a worker uses them to hand over its
// work. Run it with "node --test examples/spot-interruption.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const place = { zone: 'cn-hangzhou-h', type: 'ecs.g7.large' }

/** The code under test: works until the machine is to be taken back, then hands over. Returns how many seconds were left. */
async function work(client, instanceId, { sleep, now, handOver }) {
  for (;;) {
    const instanceIds = JSON.stringify([instanceId])
    const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId, instanceIds }))
    const [instance] = body.instances.instance
    if (instance === undefined) return 0
    if (instance.operationLocks.lockReason.some(lock => lock.lockReason === 'Recycling')) break
    await sleep(30_000)
  }
  const noticedAt = now()
  await handOver()
  return 300 - (now() - noticedAt) / 1000
}

test('a worker hands over in time when the market outbids its machine', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual' })
  const [id] = await cloud.seed({ instances: [{ region: regionId, zone: place.zone, spot: { priceLimit: 0.2 } }] })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
  const sleep = async ms => {
    await cloud.clock.advance(ms)
    await cloud.seed({ spotPrices: [{ ...place, price: 0.21 }] })
  }
  let handedOver = false
  const handOver = async () => {
    await cloud.clock.advance(120_000)
    handedOver = true
  }
  const left = await work(client, id, { sleep, now: () => cloud.clock.now().getTime(), handOver })
  assert.deepEqual([handedOver, left], [true, 180])
  await cloud.clock.advance(left * 1000)
  const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
  assert.equal(body.totalCount, 0)
})
