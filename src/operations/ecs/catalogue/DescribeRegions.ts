import { regions } from '../../../domain/catalogue/regions.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'
import { acceptLanguage, localName } from './languages.ts'

/** Lists the regions. */
export const DescribeRegions = defineOperation({
  product: 'Ecs',
  action: 'DescribeRegions',
  summary: 'Lists the regions.',
  evidence: { page: 'DescribeRegions' },
  access: { level: 'list', on: nothing },
  params: {
    InstanceChargeType: p.enum(['PrePaid', 'PostPaid', 'SpotWithPriceLimit', 'SpotAsPriceGo'], {
      default: 'PostPaid',
      error: 'InvalidInstanceChargeType.NotFound',
    }),
    ResourceType: p.enum(['instance', 'disk', 'reservedinstance', 'scu'], {
      default: 'instance',
      error: 'InvalidResourceType.NotFound',
    }),
    AcceptLanguage: acceptLanguage,
    // Sent by some clients; the list does not depend on it.
    RegionId: p.string({ hidden: true }),
    ...compatibilityParams,
  },
  errors: ['InvalidInstanceChargeType.NotFound', 'InvalidResourceType.NotFound', 'InvalidAcceptLanguage.NotFound'],
  examples: [{ title: 'List the regions in English', params: { AcceptLanguage: 'en-US' } }],
  async handle(_call, { AcceptLanguage }) {
    return {
      Regions: {
        Region: regions.map(region => ({
          RegionId: region.id,
          RegionEndpoint: region.endpoint,
          LocalName: localName(region.name, AcceptLanguage),
          Status: 'available',
        })),
      },
    }
  },
})
