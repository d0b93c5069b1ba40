// A cost schedule over 30 days: off at 20:00, on at 07:00, 200 machines; and what it saved. Run it with
// "node --test examples/month-of-nights.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const hour = 3_600_000

test('a schedule stops and starts 200 machines for 30 days', async () => {
  await using cloud = await createLocalyun({
    clock: 'virtual',
    startAt: new Date('2026-09-01T07:00:00Z'),
    seed: { instances: [{ count: 200, name: 'dev', region: regionId }] },
  })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
  const ids = (await cloud.events.list()).map(change => change.instanceId)
  const batches = [ids.slice(0, 100), ids.slice(100)]
  const countOf = async status => {
    const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId, status }))
    return body.totalCount
  }

  for (let day = 1; day <= 30; day++) {
    await cloud.clock.advance(13 * hour)
    for (const instanceId of batches) {
      await client.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId, stoppedMode: 'StopCharging' }))
    }
    await cloud.clock.advance(11 * hour)
    assert.equal(await countOf('Stopped'), 200, `off in the night of day ${day}`)
    for (const instanceId of batches) {
      await client.startInstances(new ecs.StartInstancesRequest({ regionId, instanceId }))
    }
    await cloud.clock.untilIdle()
    assert.equal(await countOf('Running'), 200, `on in the morning after day ${day}`)
  }
  assert.equal(cloud.clock.now().toISOString().slice(0, 10), '2026-10-01')

  // 200 machines, off for 330 of 720 hours at 0.68 CNY, less the seconds that stopping takes; their disks go on at 0.08.
  const { total, savings } = await cloud.cost()
  assert.ok(Math.abs(savings.saved - 200 * 330 * 0.68) < 10, `${savings.saved} was saved`)
  assert.ok(Math.abs(total - 200 * (390 * 0.68 + 720 * 0.08)) < 10, `${total} was spent`)
  assert.ok(Math.abs(savings.economical.disksWentOn - 200 * 330 * 0.08) < 2)
  assert.equal(savings.ifAlwaysRunning, Math.round((total + savings.saved) * 100) / 100)
})
