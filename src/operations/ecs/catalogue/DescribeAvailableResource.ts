import { getRegion } from '../../../domain/catalogue/regions.ts'
import { instanceTypes } from '../../../domain/catalogue/instance-types.ts'
import { dataDiskCategories, findDiskCategory, systemDiskCategories } from '../../../domain/disks/disks.ts'
import { spotStrategies } from '../../../domain/instances/types.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'
import { listStock } from '../../../store/tables/instances/stock.ts'

const params = {
  RegionId: p.region({ required: true }),
  DestinationResource: p.enum(['Zone', 'IoOptimized', 'InstanceType', 'Network', 'SystemDisk', 'DataDisk', 'ddh'], {
    required: true,
  }),
  ZoneId: p.string(),
  ResourceType: p.enum(['instance', 'disk', 'reservedinstance', 'ddh']),
  InstanceChargeType: p.enum(['PostPaid', 'PrePaid'], { default: 'PostPaid', error: 'Invalid.InstanceChargeType' }),
  SpotStrategy: p.enum(spotStrategies, { default: 'NoSpot', error: 'InvalidSpotStrategy' }),
  SpotDuration: p.integer({ min: 0, max: 6 }),
  IoOptimized: p.enum(['none', 'optimized'], { error: 'Invalid.IoOptimized' }),
  NetworkCategory: p.enum(['vpc', 'classic'], { error: 'Invalid.NetworkCategory' }),
  InstanceType: p.string(),
  Cores: p.integer({ min: 1 }),
  Memory: p.number({ min: 0 }),
  SystemDiskCategory: p.string(),
  DataDiskCategory: p.string(),
  ...compatibilityParams,
}

type Input = InputOf<typeof params>

/**
 * Lists what can be made in the zones of a region; every zone has every type but those whose stock is used up.
 */
export const DescribeAvailableResource = defineOperation({
  product: 'Ecs',
  action: 'DescribeAvailableResource',
  summary: 'Lists what can be made in the zones of a region.',
  evidence: { page: 'DescribeAvailableResource' },
  access: { level: 'list', on: nothing },
  params,
  refused: ['DedicatedHostId', 'Scope'],
  errors: [
    'Invalid.InstanceChargeType',
    'Invalid.IoOptimized',
    'Invalid.NetworkCategory',
    'InvalidSpotStrategy',
    'NotImplemented#value',
  ],
  examples: [
    {
      title: 'Find zones for an instance type',
      params: { RegionId: 'cn-hangzhou', DestinationResource: 'InstanceType', InstanceType: 'ecs.g7.large' },
    },
  ],
  async handle(call, input) {
    const { RegionId, DestinationResource: wanted, ResourceType = 'instance' } = input
    const about = { action: 'DescribeAvailableResource' }
    if (wanted === 'ddh') call.fail('NotImplemented#value', { ...about, name: 'DestinationResource', value: wanted })
    if (ResourceType !== 'instance' && ResourceType !== 'disk') {
      call.fail('NotImplemented#value', { ...about, name: 'ResourceType', value: ResourceType })
    }
    const zones = getRegion(RegionId).zones.filter(zone => (input.ZoneId ?? zone.id) === zone.id)
    const ids = zones.map(zone => zone.id)
    const stock = ids.length === 0 ? [] : await listStock(call.tx, ids)
    const soldOut = new Set(stock.filter(one => one.available === 0).map(one => `${one.zoneId} ${one.type}`))
    const types = typesFor(input)
    const shown = types.length === 0 ? [] : ids.flatMap(id => zoneWith(id, input, types, soldOut))
    return { AvailableZones: { AvailableZone: shown } }
  },
})

/** A zone and what it has; nothing where it has none of what is asked for. */
function zoneWith(id: string, input: Input, types: readonly string[], soldOut: ReadonlySet<string>) {
  const { RegionId, DestinationResource: Type } = input
  const open = (type: string) => !soldOut.has(`${id} ${type}`)
  const anyOpen = types.some(open)
  const found =
    Type === 'InstanceType'
      ? types.map(type => ({ Value: type, Status: statusOf(open(type)), StatusCategory: stockOf(open(type)) }))
      : supported(input, anyOpen)
  if (found.length === 0 && Type !== 'Zone') return []
  const AvailableResource = Type === 'Zone' ? [] : [{ Type, SupportedResources: { SupportedResource: found } }]
  return [
    {
      RegionId,
      ZoneId: id,
      Status: statusOf(anyOpen),
      StatusCategory: stockOf(anyOpen),
      AvailableResources: { AvailableResource },
    },
  ]
}

const statusOf = (open: boolean) => (open ? 'Available' : 'SoldOut')
const stockOf = (open: boolean) => (open ? 'WithStock' : 'WithoutStock')

/** The types that fit; none where what else is asked for does not exist. */
function typesFor(input: Input): string[] {
  const { SystemDiskCategory: system, DataDiskCategory: data } = input
  const impossible =
    input.IoOptimized === 'none' ||
    input.NetworkCategory === 'classic' ||
    (system !== undefined && !systemDiskCategories.includes(system)) ||
    (data !== undefined && !dataDiskCategories.includes(data))
  if (impossible) return []
  return instanceTypes
    .filter(
      type =>
        (input.InstanceType ?? type.id) === type.id &&
        (input.Cores ?? type.cpuCores) === type.cpuCores &&
        (input.Memory ?? type.memoryGiB) === type.memoryGiB,
    )
    .map(type => type.id)
}

/** What else than types can be had, wherever a type can. */
function supported(input: Input, open: boolean) {
  const { SystemDiskCategory: system, DataDiskCategory: data } = input
  const found = { Status: statusOf(open), StatusCategory: stockOf(open) }
  switch (input.DestinationResource) {
    case 'IoOptimized':
      return [{ Value: 'optimized', ...found }]
    case 'Network':
      return [{ Value: 'vpc', ...found }]
    case 'SystemDisk':
      return systemDiskCategories
        .filter(name => (system ?? name) === name)
        .map(name => Object.assign(sized(name, 'systemSize'), found))
    case 'DataDisk':
      return dataDiskCategories
        .filter(name => (data ?? name) === name)
        .map(name => Object.assign(sized(name, 'dataSize'), found))
    case 'Zone':
    case 'InstanceType':
    case 'ddh':
      return []
  }
}

function sized(Value: string, field: 'systemSize' | 'dataSize') {
  const [Min = 0, Max = 0] = findDiskCategory(Value)?.[field] ?? []
  return { Value, Min, Max, Unit: 'GiB' }
}
