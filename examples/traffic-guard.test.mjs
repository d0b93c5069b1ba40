// A guard that stops an instance when the month's free internet traffic is nearly used up, and starts it again when the
// next month begins: what such a script does, without a quota to burn. Run it with
// "node --test examples/traffic-guard.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import PopCore from '@alicloud/pop-core'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hongkong'
const account = '1000000000000001'
const gib = 1024 ** 3
const limit = 180 * gib
const day = 86_400_000

// The guard, as it would run against cdt.aliyuncs.com and ecs.cn-hongkong.aliyuncs.com.
function createGuard({ credentials, url, instanceId }) {
  const product = apiVersion => new PopCore({ ...credentials, endpoint: url, apiVersion })
  const [cdt, ecs] = [product('2021-08-13'), product('2014-05-26')]
  const options = { method: 'POST' }
  return {
    async run() {
      const { TrafficDetails } = await cdt.request('ListCdtInternetTraffic', {}, options)
      // The free quota outside the Chinese mainland is one of its own.
      const own = TrafficDetails.filter(one => one.BusinessRegionId === regionId)
      const used = own.reduce((sum, one) => sum + one.Traffic, 0)
      const query = { RegionId: regionId, InstanceIds: JSON.stringify([instanceId]) }
      const { Instances } = await ecs.request('DescribeInstances', query, options)
      const [{ Status }] = Instances.Instance
      if (used >= limit && Status === 'Running') {
        await ecs.request('StopInstance', { InstanceId: instanceId, StoppedMode: 'StopCharging' }, options)
        return 'stopped it'
      }
      if (used < limit && Status === 'Stopped') {
        await ecs.request('StartInstance', { InstanceId: instanceId }, options)
        return 'started it'
      }
      return 'left it alone'
    },
  }
}

test('the guard stops at the limit and starts when the month is over', async () => {
  // Eight days before October begins in China.
  const startAt = new Date('2026-09-22T16:00:00Z')
  await using cloud = await createLocalyun({
    clock: 'virtual',
    startAt,
    seed: {
      traffic: [{ region: regionId, gib: 150 }],
      instances: [{ region: regionId, publicIp: true }],
    },
  })
  const [{ instanceId }] = await cloud.events.list()
  const guard = createGuard({ ...cloud, instanceId })
  const send = amount =>
    fetch(`${cloud.url}/_localyun/accounts/${account}/traffic/${regionId}`, {
      method: 'PUT',
      body: JSON.stringify({ add: amount }),
    })

  const days = []
  for (let number = 1; number <= 9; number++) {
    await send(10 * gib)
    days.push(await guard.run())
    await cloud.clock.advance(day)
  }
  assert.deepEqual(days, [
    'left it alone',
    'left it alone',
    'stopped it',
    'left it alone',
    'left it alone',
    'left it alone',
    'left it alone',
    'left it alone',
    'started it',
  ])

  // What it saved.
  const { savings } = await cloud.cost()
  assert.equal(Math.round(savings.economical.instanceSeconds / 3600), 144)
})
