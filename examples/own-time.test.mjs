// Instance time is yours: it stands still until you move it, and a month takes a moment. Run it with
// "node --test examples/own-time.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const day = 86_400_000
const connect = cloud => new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })

async function statuses(client) {
  const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
  return body.instances.instance.map(one => one.status)
}

test('nothing happens until the clock is moved', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual', startAt: new Date('2026-03-01T20:00:00Z') })
  const client = connect(cloud)
  const guest = { shutdown: 'slow', seconds: 120 }
  const [id] = await cloud.seed({ instances: [{ region: regionId, guest }] })
  await client.stopInstance(new ecs.StopInstanceRequest({ instanceId: id }))
  assert.deepEqual(await statuses(client), ['Stopping'])
  await cloud.clock.advance(60_000)
  assert.deepEqual(await statuses(client), ['Stopping'])
  await cloud.clock.untilStopped(id)
  assert.deepEqual(await statuses(client), ['Stopped'])
  assert.match(cloud.clock.now().toISOString(), /^2026-03-01T20:0[12]:/)
})

test('what falls due within a month happens on its day', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual', startAt: new Date('2026-03-01T20:00:00Z') })
  const client = connect(cloud)
  const [id] = await cloud.seed({ instances: [{ count: 2, region: regionId }] })
  const autoReleaseTime = '2026-03-15T12:00:00Z'
  await client.modifyInstanceAutoReleaseTime(
    new ecs.ModifyInstanceAutoReleaseTimeRequest({ regionId, instanceId: id, autoReleaseTime }),
  )
  await cloud.clock.advance(30 * day)
  assert.equal(cloud.clock.now().toISOString(), '2026-03-31T20:00:00.000Z')
  const changes = await cloud.events.list({ instanceId: id })
  assert.equal(changes.at(-1).state, 'Deleted')
  assert.equal(new Date(changes.at(-1).at).toISOString(), '2026-03-15T12:00:00.000Z')
  // Signatures are judged by real time: the SDK signs with the time of this machine, and is accepted.
  assert.deepEqual(await statuses(client), ['Running'])
})
