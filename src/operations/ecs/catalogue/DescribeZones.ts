import { getRegion } from '../../../domain/catalogue/regions.ts'
import { instanceTypes } from '../../../domain/catalogue/instance-types.ts'
import { dataDiskCategories, systemDiskCategories } from '../../../domain/disks/disks.ts'
import { spotStrategies } from '../../../domain/instances/types.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'
import { acceptLanguage, localName } from './languages.ts'

/** Lists the zones of a region and what can be made in them. */
export const DescribeZones = defineOperation({
  product: 'Ecs',
  action: 'DescribeZones',
  summary: 'Lists the zones of a region and what can be made in them.',
  evidence: { page: 'DescribeZones' },
  access: { level: 'list', on: nothing },
  params: {
    RegionId: p.region({ required: true }),
    InstanceChargeType: p.enum(['PrePaid', 'PostPaid'], {
      default: 'PostPaid',
      error: 'InvalidInstanceChargeType.NotFound',
    }),
    SpotStrategy: p.enum(spotStrategies, { default: 'NoSpot', error: 'InvalidSpotStrategy' }),
    AcceptLanguage: acceptLanguage,
    // False leaves out what can be made.
    Verbose: p.boolean({ default: true }),
    ...compatibilityParams,
  },
  errors: ['InvalidInstanceChargeType.NotFound', 'InvalidSpotStrategy', 'InvalidAcceptLanguage.NotFound'],
  examples: [{ title: 'List the zones of a region', params: { RegionId: 'cn-hangzhou', Verbose: 'false' } }],
  async handle(_call, input) {
    const types = input.Verbose ? instanceTypes.map(type => type.id) : []
    const resources = input.Verbose ? [resourcesInfo(types)] : []
    return {
      Zones: {
        Zone: getRegion(input.RegionId).zones.map(zone => ({
          ZoneId: zone.id,
          LocalName: localName(zone.name, input.AcceptLanguage),
          ZoneType: 'AvailabilityZone',
          AvailableResourceCreation: { ResourceTypes: ['Instance', 'Disk', 'VSwitch', 'IoOptimized'] },
          AvailableInstanceTypes: { InstanceTypes: types },
          AvailableDiskCategories: { DiskCategories: dataDiskCategories },
          AvailableVolumeCategories: { VolumeCategories: [] },
          AvailableDedicatedHostTypes: { DedicatedHostType: [] },
          DedicatedHostGenerations: { DedicatedHostGeneration: [] },
          AvailableResources: { ResourcesInfo: resources },
        })),
      },
    }
  },
})

function resourcesInfo(types: readonly string[]) {
  return {
    IoOptimized: true,
    InstanceTypes: { supportedInstanceType: types },
    InstanceTypeFamilies: {
      supportedInstanceTypeFamily: [...new Set(instanceTypes.map(type => type.family))],
    },
    SystemDiskCategories: { supportedSystemDiskCategory: systemDiskCategories },
    DataDiskCategories: { supportedDataDiskCategory: dataDiskCategories },
    NetworkTypes: { supportedNetworkCategory: ['vpc'] },
  }
}
