// The account runs dry, is locked, is settled and comes back: what becomes of a fleet when nobody pays. Run it with
// "node --test examples/arrears.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import bss from '@alicloud/bssopenapi20171214'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const account = '1000000000000001'
const hour = 3_600_000
const day = 24 * hour

test('the account runs dry, is locked, is settled and comes back', async () => {
  await using cloud = await createLocalyun({
    clock: 'virtual',
    startAt: new Date('2026-09-01T00:00:00Z'),
    seed: {
      accounts: [{ id: account, balance: 50 }],
      instances: [
        { id: 'i-bp1web000000000000001', region: regionId },
        { id: 'i-bp1idle00000000000001', region: regionId, status: 'Stopped', stoppedMode: 'StopCharging' },
      ],
    },
  })
  const config = { ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId }
  const [instances, money] = [new ecs.default(config), new bss.default(config)]
  const instanceId = 'i-bp1web000000000000001'
  const stop = () => instances.stopInstance(new ecs.StopInstanceRequest({ instanceId }))
  const start = () => instances.startInstance(new ecs.StartInstanceRequest({ instanceId }))
  const balance = async () => Number((await money.queryAccountBalance()).body.data.availableAmount)
  const shown = async () => {
    const { body } = await instances.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
    return body.instances.instance.map(one => {
      const locks = one.operationLocks.lockReason.map(lock => lock.lockReason)
      return [one.instanceId.slice(5, 9), one.status, ...locks].join(' ')
    })
  }
  const announced = async () => {
    const request = new ecs.DescribeInstancesFullStatusRequest({ regionId, instanceId: [instanceId] })
    const [one] = (await instances.describeInstancesFullStatus(request)).body.instanceFullStatusSet
      .instanceFullStatusType
    return one.scheduledSystemEventSet.scheduledSystemEventType.map(event => event.eventType.name)
  }

  // 0.76 CNY an hour for the web server, 0.08 for the disk of the other: 50 last for two and a half days.
  await cloud.clock.advance(2 * day)
  assert.ok((await balance()) > 9)
  await cloud.clock.advance(day)
  assert.ok((await balance()) < 0)

  // In arrears, everything goes on for 15 days, but nothing can be changed.
  await assert.rejects(stop(), { code: 'InsufficientBalance', statusCode: 403 })
  assert.deepEqual(await announced(), [])
  await cloud.clock.advance(14.5 * day - hour / 2)
  assert.deepEqual(await announced(), ['AccountUnbalanced.Stop'])

  // Then it is stopped and locked, and costs nothing any more.
  await cloud.clock.advance(hour)
  assert.deepEqual(await shown(), ['idle Stopped financial', 'web0 Stopped financial'])
  await assert.rejects(stop(), { code: 'InstanceExpiredOrInArrears', statusCode: 403 })
  await assert.rejects(start(), { code: 'InstanceExpired', statusCode: 403 })
  assert.deepEqual(await announced(), ['AccountUnbalanced.Delete'])
  const debt = await balance()
  await cloud.clock.advance(10 * day)
  assert.equal(await balance(), debt)

  // Somebody pays: the locks go, and what ran runs again.
  const body = JSON.stringify({ balance: 100 })
  await fetch(`${cloud.url}/_localyun/accounts/${account}`, { method: 'PUT', body })
  await cloud.clock.untilIdle()
  assert.deepEqual(await shown(), ['idle Stopped', 'web0 Running'])
  assert.deepEqual(await announced(), [])
  await stop()
})
