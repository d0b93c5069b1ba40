import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

async function regions({ client }: TestApp, params: Params = {}) {
  return (await client.call('DescribeRegions', params))['Regions'].Region
}

test('every region has an id, an endpoint, a name and a status', async () => {
  await using server = await createTestApp()
  const all = await regions(server)
  for (const region of all) {
    assert.deepEqual(Object.keys(region), ['RegionId', 'RegionEndpoint', 'LocalName', 'Status'])
    assert.equal(region['RegionEndpoint'], `ecs.${region['RegionId']}.aliyuncs.com`)
    assert.equal(region['Status'], 'available')
  }
  const ids = all.map(region => region['RegionId'])
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ['cn-hangzhou', 'cn-beijing', 'ap-southeast-1', 'us-west-1', 'eu-central-1'])
    assert.ok(ids.includes(id))
})

test('names are Chinese unless another language is asked for', async () => {
  await using server = await createTestApp()
  const nameIn = async (params: Params) =>
    (await regions(server, params)).find(region => region['RegionId'] === 'cn-hangzhou')?.['LocalName']
  assert.equal(await nameIn({}), '华东1（杭州）')
  assert.equal(await nameIn({ AcceptLanguage: 'zh-CN' }), '华东1（杭州）')
  assert.equal(await nameIn({ AcceptLanguage: 'zh-TW' }), '华东1（杭州）')
  assert.equal(await nameIn({ AcceptLanguage: 'ja' }), '中国 (杭州)')
  for (const AcceptLanguage of ['en-US', 'fr', 'de', 'ko']) {
    assert.equal(await nameIn({ AcceptLanguage }), 'China (Hangzhou)')
  }
})

test('the same regions serve every way of paying, and every kind of resource', async () => {
  await using server = await createTestApp()
  const all = await regions(server)
  for (const InstanceChargeType of ['PrePaid', 'PostPaid', 'SpotWithPriceLimit', 'SpotAsPriceGo']) {
    assert.deepEqual(await regions(server, { InstanceChargeType }), all)
  }
  for (const ResourceType of ['instance', 'disk', 'reservedinstance', 'scu']) {
    assert.deepEqual(await regions(server, { ResourceType, RegionId: 'cn-beijing' }), all)
  }
})

test('values that do not exist are refused', async () => {
  await using server = await createTestApp()
  const refused = (params: Params, code: string) => expectError(regions(server, params), code, { status: 404 })
  await refused({ AcceptLanguage: 'xx' }, 'InvalidAcceptLanguage.NotFound')
  await refused({ ResourceType: 'bucket' }, 'InvalidResourceType.NotFound')
  await refused({ InstanceChargeType: 'Free' }, 'InvalidInstanceChargeType.NotFound')
})
