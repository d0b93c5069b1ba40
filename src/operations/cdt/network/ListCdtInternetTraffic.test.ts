import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { account } from '../../../../test/support/batch.ts'
import type { Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'
import { products } from '../../../protocol/operation.ts'

const gib = 1024 ** 3

async function list({ client }: Pick<TestApp, 'client'>, params: Params = {}) {
  const answer = await client.call('ListCdtInternetTraffic', { Version: products.Cdt, ...params })
  return answer['TrafficDetails']
}

async function bytesOf(server: TestApp): Promise<[string, number][]> {
  return (await list(server)).map(one => [one.BusinessRegionId, one.Traffic])
}

test('a seed says what was sent this month, region by region', async () => {
  await using server = await createTestApp({}, { startAt: Date.UTC(2026, 8, 15) })
  await server.seed({
    accounts: [{ id: '20001', accessKeys: [{ id: 'other', secret: 's' }] }],
    traffic: [
      { region: 'cn-hongkong', gib: 199.5 },
      { region: 'cn-hangzhou', bytes: 7 },
      { region: 'cn-hangzhou', month: '2026-08', gib: 20 },
      { account: '20001', region: 'cn-hongkong', gib: 3 },
    ],
  })
  assert.deepEqual(await list(server), [
    {
      BusinessRegionId: 'cn-hangzhou',
      ISPType: 'bgp',
      Traffic: 7,
      ProductTrafficDetails: [{ Product: 'eip', Traffic: 7 }],
      TrafficTierDetails: [],
    },
    {
      BusinessRegionId: 'cn-hongkong',
      ISPType: 'bgp',
      Traffic: 199.5 * gib,
      ProductTrafficDetails: [{ Product: 'eip', Traffic: 199.5 * gib }],
      TrafficTierDetails: [],
    },
  ])
  assert.equal((await list(server, { BusinessRegionId: 'cn-hangzhou' })).length, 1)
  const others = await list({ client: server.clientFor('other', 's') })
  assert.deepEqual([others.length, others[0].Traffic], [1, 3 * gib])
})

test('the control API sets it and adds to it, and a month in China begins with none', async () => {
  await using server = await createTestApp({}, { startAt: Date.parse('2026-09-30T15:59:00Z') })
  const put = (body: unknown, region = 'cn-hongkong', id = account) =>
    control(server, 'PUT', `/accounts/${id}/traffic/${region}`, body)
  assert.deepEqual((await put({ bytes: 5 * gib })).body, { region: 'cn-hongkong', month: '2026-09', bytes: 5 * gib })
  assert.equal((await put({ add: 3 })).body.bytes, 5 * gib + 3)
  assert.equal((await put({ add: 3 }, 'cn-hangzhou')).body.bytes, 3)
  assert.deepEqual(await bytesOf(server), [
    ['cn-hangzhou', 3],
    ['cn-hongkong', 5 * gib + 3],
  ])
  await server.advance(60)
  assert.deepEqual(await bytesOf(server), [])
  await put({ add: 1 })
  assert.deepEqual((await control(server, 'GET', `/accounts/${account}/traffic`)).body, {
    month: '2026-10',
    traffic: [{ region: 'cn-hongkong', bytes: 1 }],
  })
  assert.equal((await put({ bytes: 1 }, 'nowhere')).status, 404)
  assert.equal((await put({ bytes: 1 }, 'cn-hongkong', '77777')).status, 404)
  assert.equal((await control(server, 'GET', '/accounts/77777/traffic')).status, 404)
  for (const body of [{}, { bytes: -1 }, { bytes: 1, add: 1 }, { add: 0.5 }])
    assert.equal((await put(body)).status, 400)
})

test('a seed with both or none of gib and bytes, or for an unknown account, is refused', async () => {
  await using server = await createTestApp()
  const region = 'cn-hangzhou'
  for (const traffic of [{ region }, { region, gib: 1, bytes: 1 }, { region, gib: 1, month: 'May' }]) {
    await assert.rejects(server.seed({ traffic: [traffic] }))
  }
  await assert.rejects(server.seed({ traffic: [{ region, gib: 1, account: '77777' }] }), /does not exist/)
})
