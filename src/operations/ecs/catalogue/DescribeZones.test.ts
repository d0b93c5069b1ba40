import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

async function zones({ client }: TestApp, params: Params = {}) {
  return (await client.call('DescribeZones', { RegionId: 'cn-hangzhou', ...params }))['Zones'].Zone
}

test('a region has its own zones', async () => {
  await using server = await createTestApp()
  const ids = async (RegionId: string) => (await zones(server, { RegionId })).map(zone => zone['ZoneId'])
  assert.ok((await ids('cn-hangzhou')).every(id => /^cn-hangzhou-[a-z]$/.test(id)))
  assert.ok((await ids('cn-hangzhou')).includes('cn-hangzhou-h'))
  assert.deepEqual(await ids('ap-southeast-1'), ['ap-southeast-1a', 'ap-southeast-1b', 'ap-southeast-1c'])
})

test('instances can be made in every zone that is listed, of the types that it lists', async () => {
  await using server = await createTestApp()
  for (const zone of await zones(server)) {
    assert.ok(zone['AvailableResourceCreation'].ResourceTypes.includes('Instance'))
    const types: string[] = zone['AvailableInstanceTypes'].InstanceTypes
    const order = {
      RegionId: 'cn-hangzhou',
      ZoneId: zone['ZoneId'],
      InstanceType: types[0] ?? '',
      ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
      'SystemDisk.Category':
        zone['AvailableResources'].ResourcesInfo[0].SystemDiskCategories.supportedSystemDiskCategory[0],
    }
    await server.client.call('RunInstances', order)
    const known = await server.client.call('DescribeInstanceTypes', { 'InstanceTypes.1': types.at(-1) ?? '' })
    assert.equal(known['InstanceTypes'].InstanceType.length, 1)
  }
})

test('without detail a zone still has every list', async () => {
  await using server = await createTestApp()
  const [full] = await zones(server, { Verbose: true })
  const [brief] = await zones(server, { Verbose: false })
  assert.deepEqual(Object.keys(brief ?? {}), Object.keys(full ?? {}))
  assert.deepEqual(
    [brief?.['AvailableInstanceTypes'], brief?.['AvailableResources']],
    [{ InstanceTypes: [] }, { ResourcesInfo: [] }],
  )
  assert.ok(full?.['AvailableInstanceTypes'].InstanceTypes.length > 100)
  assert.equal(full?.['AvailableResources'].ResourcesInfo[0].IoOptimized, true)
  assert.deepEqual(await zones(server), await zones(server, { Verbose: true }))
})

test('names are Chinese unless another language is asked for', async () => {
  await using server = await createTestApp()
  const nameIn = async (params: Params) =>
    (await zones(server, { ...params, Verbose: false })).find(zone => zone['ZoneId'] === 'cn-hangzhou-h')?.['LocalName']
  assert.equal(await nameIn({}), '杭州 可用区H')
  assert.equal(await nameIn({ AcceptLanguage: 'en-US' }), 'Hangzhou Zone H')
  assert.equal(await nameIn({ AcceptLanguage: 'ja' }), '杭州 ゾーンH')
})

test('values that do not exist are refused', async () => {
  await using server = await createTestApp()
  const refused = (params: Params, code: string, status: number, message?: string) =>
    expectError(zones(server, params), code, { status, ...(message === undefined ? {} : { message }) })
  await refused({ RegionId: 'xx' }, 'InvalidRegionId.NotFound', 404, 'The specified RegionId does not exist.')
  await refused({ InstanceChargeType: 'Free' }, 'InvalidInstanceChargeType.NotFound', 404)
  await refused({ SpotStrategy: 'Cheap' }, 'InvalidSpotStrategy', 400)
  await refused({ AcceptLanguage: 'xx' }, 'InvalidAcceptLanguage.NotFound', 404)
})
