import { type InstanceType, instanceTypes } from '../../../domain/catalogue/instance-types.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { nothing } from '../../../protocol/resources.ts'

const count = () => p.integer({ min: 0 })
const amount = () => p.number({ min: 0 })

const params = {
  // Sent by some clients; types are the same everywhere.
  RegionId: p.string({ hidden: true }),
  InstanceTypes: p.repeated(p.string(), { max: 10 }),
  InstanceTypeFamily: p.string(),
  InstanceFamilyLevel: p.enum(['EntryLevel', 'EnterpriseLevel', 'CreditEntryLevel']),
  InstanceCategory: p.string(),
  CpuArchitecture: p.enum(['X86', 'ARM']),
  LocalStorageCategory: p.enum(['local_hdd_pro', 'local_ssd_pro']),
  GPUSpec: p.string(),
  MinimumCpuCoreCount: count(),
  MaximumCpuCoreCount: count(),
  MinimumMemorySize: amount(),
  MaximumMemorySize: amount(),
  MinimumGPUAmount: count(),
  MaximumGPUAmount: count(),
  MinimumLocalStorageAmount: count(),
  MaximumLocalStorageAmount: count(),
  MinimumLocalStorageCapacity: count(),
  MaximumLocalStorageCapacity: count(),
  MinimumEniQuantity: count(),
  MinimumEniPrivateIpAddressQuantity: count(),
  MinimumInstanceBandwidthRx: count(),
  MinimumInstanceBandwidthTx: count(),
  MinimumInstancePpsRx: count(),
  MinimumInstancePpsTx: count(),
  MinimumDiskQuantity: count(),
  MinimumBaselineCredit: count(),
  MinimumInitialCredit: count(),
  MaxResults: p.integer({ default: 1600, min: 1, max: 1600 }),
  NextToken: p.string({ pattern: /^t\d{1,6}$/, badValue: '!' }),
  ...compatibilityParams,
}

/** Filters for what the catalogue does not tell of a type, and their plurals: ignored, they would show too much. */
const unsupportedParams = [
  'InstanceTypeFamilies',
  'InstanceCategories',
  'CpuArchitectures',
  'LocalStorageCategories',
  'GpuSpecs',
  'PhysicalProcessorModel',
  'PhysicalProcessorModels',
  'MinimumCpuSpeedFrequency',
  'MaximumCpuSpeedFrequency',
  'MinimumCpuTurboFrequency',
  'MaximumCpuTurboFrequency',
  'MinimumEniIpv6AddressQuantity',
  'MinimumEriQuantity',
  'MinimumPrimaryEniQueueNumber',
  'MinimumSecondaryEniQueueNumber',
  'MinimumQueuePairNumber',
  'NvmeSupport',
]

type Input = InputOf<typeof params>

/** Lists instance types. */
export const DescribeInstanceTypes = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceTypes',
  summary: 'Lists instance types by their figures.',
  evidence: { page: 'DescribeInstanceTypes' },
  access: { level: 'list', on: nothing },
  params,
  refused: unsupportedParams,
  errors: [],
  examples: [
    {
      title: 'Find small general-purpose types',
      params: { InstanceTypeFamily: 'ecs.g7', MaximumCpuCoreCount: '4' },
    },
  ],
  async handle(_call, input) {
    const matches = instanceTypes.filter(type => matchesAll(type, input))
    const start = Number(input.NextToken?.slice(1) ?? 0)
    const end = start + input.MaxResults
    return {
      InstanceTypes: { InstanceType: matches.slice(start, end).map(toWireType) },
      NextToken: end < matches.length ? `t${end}` : '',
    }
  },
})

function matchesAll(type: InstanceType, input: Input): boolean {
  const storage = type.localStorage
  const local = { amount: storage?.amount ?? 0, capacity: (storage?.amount ?? 0) * (storage?.capacityGiB ?? 0) }
  const gpus = type.gpu?.amount ?? 0
  return (
    (input.InstanceTypes.length === 0 || input.InstanceTypes.includes(type.id)) &&
    equals(type.family, input.InstanceTypeFamily) &&
    equals(type.familyLevel, input.InstanceFamilyLevel) &&
    equals(type.category, input.InstanceCategory) &&
    equals(type.architecture, input.CpuArchitecture) &&
    equals(storage?.category, input.LocalStorageCategory) &&
    equals(type.gpu?.spec, input.GPUSpec) &&
    between(type.cpuCores, input.MinimumCpuCoreCount, input.MaximumCpuCoreCount) &&
    between(type.memoryGiB, input.MinimumMemorySize, input.MaximumMemorySize) &&
    between(gpus, input.MinimumGPUAmount, input.MaximumGPUAmount) &&
    between(local.amount, input.MinimumLocalStorageAmount, input.MaximumLocalStorageAmount) &&
    between(local.capacity, input.MinimumLocalStorageCapacity, input.MaximumLocalStorageCapacity) &&
    between(type.eniQuantity, input.MinimumEniQuantity) &&
    between(type.privateIpsPerEni, input.MinimumEniPrivateIpAddressQuantity) &&
    between(type.bandwidthKbps, input.MinimumInstanceBandwidthRx) &&
    between(type.bandwidthKbps, input.MinimumInstanceBandwidthTx) &&
    between(type.pps, input.MinimumInstancePpsRx) &&
    between(type.pps, input.MinimumInstancePpsTx) &&
    between(type.diskQuantity, input.MinimumDiskQuantity) &&
    between(type.credits?.baseline ?? 0, input.MinimumBaselineCredit) &&
    between(type.credits?.initial ?? 0, input.MinimumInitialCredit)
  )
}

function equals(value: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || value === wanted
}

function between(value: number, min = 0, max = Infinity): boolean {
  return value >= min && value <= max
}

function toWireType(type: InstanceType) {
  return {
    InstanceTypeId: type.id,
    InstanceTypeFamily: type.family,
    InstanceFamilyLevel: type.familyLevel,
    InstanceCategory: type.category,
    CpuCoreCount: type.cpuCores,
    MemorySize: type.memoryGiB,
    CpuArchitecture: type.architecture,
    GPUAmount: type.gpu?.amount ?? 0,
    GPUSpec: type.gpu?.spec ?? '',
    ...(type.localStorage === undefined
      ? {}
      : {
          LocalStorageAmount: type.localStorage.amount,
          LocalStorageCapacity: type.localStorage.capacityGiB,
          LocalStorageCategory: type.localStorage.category,
        }),
    EniQuantity: type.eniQuantity,
    EniPrivateIpAddressQuantity: type.privateIpsPerEni,
    InstanceBandwidthRx: type.bandwidthKbps,
    InstanceBandwidthTx: type.bandwidthKbps,
    InstancePpsRx: type.pps,
    InstancePpsTx: type.pps,
    DiskQuantity: type.diskQuantity,
    BaselineCredit: type.credits?.baseline ?? 0,
    InitialCredit: type.credits?.initial ?? 0,
    NvmeSupport: 'unsupported',
  }
}
