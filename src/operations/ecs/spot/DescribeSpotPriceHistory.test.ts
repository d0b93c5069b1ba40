import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'

const query = { RegionId: 'cn-hangzhou', NetworkType: 'vpc', InstanceType: 'ecs.g7.large' }
const place = { zone: 'cn-hangzhou-h', type: 'ecs.g7.large' }

test('shows the price at the beginning of a period and each change in it', async () => {
  await using server = await createTestApp({}, { startAt: Date.UTC(2026, 8, 1, 12) })
  const prices = async (params = {}) => {
    const answer = await server.client.call('DescribeSpotPriceHistory', {
      ...query,
      ZoneId: 'cn-hangzhou-h',
      ...params,
    })
    return answer['SpotPrices'].SpotPriceType.map(one => [one.Timestamp, one.SpotPrice])
  }
  await server.seed({ spotPrices: [{ ...place, price: 0.3 }] })
  await server.advance(3_600)
  await server.seed({ spotPrices: [{ ...place, price: 0.2 }] })
  assert.deepEqual(await prices(), [
    ['2026-09-01T10:00:00Z', 0.136],
    ['2026-09-01T12:00:00Z', 0.3],
    ['2026-09-01T13:00:00Z', 0.2],
  ])
  const period = { StartTime: '2026-09-01T12:30:00Z', EndTime: '2026-09-01T12:45:00Z' }
  assert.deepEqual(await prices(period), [['2026-09-01T12:30:00Z', 0.3]])
  assert.deepEqual(await prices({ Offset: 2 }), [['2026-09-01T13:00:00Z', 0.2]])
  assert.deepEqual(await prices({ IoOptimized: 'none' }), [])
})

test('without a zone it shows every zone of the region, with the list price beside', async () => {
  await using server = await createTestApp()
  const { Currency, NextOffset, SpotPrices } = await server.client.call('DescribeSpotPriceHistory', query)
  const zones = SpotPrices.SpotPriceType.map(one => one.ZoneId)
  assert.equal(new Set(zones).size, zones.length)
  assert.ok(zones.includes('cn-hangzhou-h') && zones.includes('cn-hangzhou-i'))
  assert.deepEqual([Currency, NextOffset], ['CNY', zones.length])
  assert.equal(SpotPrices.SpotPriceType[0].OriginPrice, 0.68)
})

test('refuses unknown zones and types, and periods that are none', async () => {
  await using server = await createTestApp()
  const refused = (params: Record<string, string>, code: string) =>
    expectError(server.client.call('DescribeSpotPriceHistory', { ...query, ...params }), code)
  await refused({ ZoneId: 'cn-beijing-a' }, 'InvalidZoneId.NotFound')
  await refused({ InstanceType: 'ecs.none' }, 'InvalidInstanceType.ValueNotSupported')
  await refused({ StartTime: '2026-01-02T00:00Z', EndTime: '2026-01-01T00:00Z' }, 'InvalidParameter')
  await refused({ StartTime: '2026-01-01T00:00Z', EndTime: '2026-02-01T00:00Z' }, 'InvalidParameter')
})
