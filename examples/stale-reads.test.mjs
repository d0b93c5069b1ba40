// Queries may lag behind: a loop that waits for a reboot sees Running before the reboot has begun. Run it with
// "node --test examples/stale-reads.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
/** How far queries may lag behind. */
const lagMs = 60_000

async function statusOf(client, instanceId) {
  const request = new ecs.DescribeInstanceStatusRequest({ regionId, instanceId: [instanceId] })
  const { body } = await client.describeInstanceStatus(request)
  return body.instanceStatuses.instanceStatus[0]?.status
}

/** The naive loop: done when it says Running. */
async function rebootNaively(client, instanceId, { sleep }) {
  await client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId }))
  while ((await statusOf(client, instanceId)) !== 'Running') await sleep(5_000)
}

/** The right one: Running counts once something else was seen, or queries had the time to catch up. */
async function reboot(client, instanceId, { sleep }) {
  await client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId }))
  let hasLeft = false
  for (let waitedMs = 0; ; waitedMs += 5_000) {
    const status = await statusOf(client, instanceId)
    if (status === 'Running' && (hasLeft || waitedMs >= lagMs)) return
    hasLeft ||= status !== 'Running'
    await sleep(5_000)
  }
}

/** A machine whose guest takes `seconds` to shut down, queries that lag, and what has really happened to it. */
async function laggingWorld(seconds) {
  const cloud = await createLocalyun({ clock: 'virtual' })
  const [id] = await cloud.seed({ instances: [{ region: regionId, guest: { shutdown: 'slow', seconds } }] })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
  await cloud.faults.scenario('stale-describe')
  const happened = async () => (await cloud.events.list({ instanceId: id })).map(change => change.state).slice(1)
  return { cloud, id, client, happened, sleep: ms => cloud.clock.advance(ms) }
}

test('the naive loop is fooled: it returns while the machine is still going down', async () => {
  const { cloud, id, client, happened, sleep } = await laggingWorld(90)
  await using _ = cloud
  await rebootNaively(client, id, { sleep })
  assert.deepEqual(await happened(), ['Stopping'])
})

for (const seconds of [2, 90]) {
  test(`the right loop waits for the reboot of a guest that takes ${seconds} seconds`, async () => {
    const { cloud, id, client, happened, sleep } = await laggingWorld(seconds)
    await using _ = cloud
    await reboot(client, id, { sleep })
    assert.deepEqual(await happened(), ['Stopping', 'Starting', 'Running'])
  })
}
