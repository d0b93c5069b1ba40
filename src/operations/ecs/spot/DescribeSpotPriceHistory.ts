import { getRegion } from '../../../domain/catalogue/regions.ts'
import { findInstanceType } from '../../../domain/catalogue/instance-types.ts'
import { toMicro } from '../../../domain/spot/spot.ts'
import { networkTypes } from '../../../domain/instances/types.ts'
import { dayMs, hourMs } from '../../../domain/time.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'
import { formatSecond } from '../../times.ts'

const pageSize = 1_000

/** Lists what the market asked for a type. */
export const DescribeSpotPriceHistory = defineOperation({
  product: 'Ecs',
  action: 'DescribeSpotPriceHistory',
  summary: 'Lists what the market asked for spot instances of a type in the last 30 days.',
  evidence: { page: 'DescribeSpotPriceHistory', revisions: 'to 2024-03' },
  access: { level: 'list', on: nothing },
  params: {
    RegionId: p.region({ required: true }),
    ZoneId: p.string({ about: 'one zone; all of the region when left out' }),
    NetworkType: p.enum(networkTypes, { required: true }),
    InstanceType: p.string({ required: true }),
    StartTime: p.time({}),
    EndTime: p.time({}),
    Offset: p.integer({ default: 0, min: 0 }),
    IoOptimized: p.enum(['optimized', 'none'], { default: 'optimized' }),
    // The market is the same for all of them.
    SpotDuration: p.integer({ min: 0, max: 6, hidden: true }),
    OSType: p.enum(['linux', 'windows'], { hidden: true }),
    ...compatibilityParams,
  },
  errors: ['InvalidParameter', 'InvalidZoneId.NotFound', 'InvalidInstanceType.ValueNotSupported'],
  examples: [
    {
      title: 'See the price of the last three hours',
      params: { RegionId: 'cn-hangzhou', NetworkType: 'vpc', InstanceType: 'ecs.g7.large' },
    },
  ],
  async handle(call, { RegionId, ZoneId, InstanceType: type, Offset: offset, IoOptimized, NetworkType, ...times }) {
    if (findInstanceType(type) === undefined) return call.fail('InvalidInstanceType.ValueNotSupported')
    const zoneIds = getRegion(RegionId)
      .zones.map(zone => zone.id)
      .filter(id => (ZoneId ?? id) === id)
    if (zoneIds.length === 0) return call.fail('InvalidZoneId.NotFound')
    const until = times.EndTime ?? call.now
    const from = times.StartTime ?? until - 3 * hourMs
    if (from > until || until - from > 30 * dayMs) return call.fail('InvalidParameter', { name: 'StartTime' })
    const { listPrice, prices } = await call.services.market.listPrices(call.tx, { zoneIds, type, from, until })
    const page = IoOptimized === 'none' ? [] : prices.slice(offset, offset + pageSize)
    return {
      Currency: 'CNY',
      NextOffset: offset + page.length,
      SpotPrices: {
        SpotPriceType: page.map(({ zoneId, at, price }) => ({
          ZoneId: zoneId,
          InstanceType: type,
          NetworkType,
          IoOptimized,
          Timestamp: formatSecond(at),
          SpotPrice: toMicro(price) / 1e6,
          OriginPrice: toMicro(listPrice) / 1e6,
        })),
      },
    }
  },
})
