import { given } from '../../given.ts'
import { eipStatuses } from '../../../domain/network/eip.ts'
import { chargeTypes } from '../../../domain/instances/types.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { eip } from '../../../protocol/resources.ts'
import { type EipFilter, pageEips } from '../../../store/tables/network/eips.ts'
import { readTagFilter, tagList } from '../../ecs/tags/params.ts'
import { pageParams, rowsOf } from '../../paging.ts'
import { holderTypes, toWireEip } from './common.ts'

/** Ids or addresses, separated by commas. */
const maxListed = 50

const params = {
  RegionId: p.region({ required: true }),
  Status: p.enum(eipStatuses),
  AllocationId: p.string({ about: `up to ${maxListed} ids, separated by commas` }),
  EipAddress: p.string({ about: `up to ${maxListed} addresses, separated by commas` }),
  EipName: p.string(),
  AssociatedInstanceType: p.enum(holderTypes),
  AssociatedInstanceId: p.string(),
  ChargeType: p.enum(chargeTypes),
  ISP: p.string(),
  // EIPs are never locked.
  LockReason: p.enum(['financial', 'security']),
  ResourceGroupId: p.string(),
  Tag: tagList(),
  ...pageParams(),
  DryRun: p.boolean(),
  // There is no order that takes effect later.
  IncludeReservationData: p.boolean({ hidden: true }),
  ...compatibilityParams,
}

type Input = InputOf<typeof params>
type DescribeCall = Call<'InvalidParameter' | 'InvalidTag.Mismatch' | 'InvalidTagCount' | 'DryRunOperation'>

/** Queries EIPs, newest first. */
export const DescribeEipAddresses = defineOperation({
  product: 'Vpc',
  action: 'DescribeEipAddresses',
  summary: 'Queries EIPs by id, address, status, instance and other properties, page by page.',
  evidence: { page: 'DescribeEipAddresses' },
  access: { level: 'list', on: eip('AllocationId', { separator: ',' }) },
  params,
  refused: ['Filter', 'PublicIpAddressPoolId', 'SecurityProtectionEnabled', 'SegmentInstanceId', 'ServiceManaged'],
  errors: ['InvalidParameter', 'InvalidTag.Mismatch', 'InvalidTagCount', 'DryRunOperation'],
  examples: [
    { title: 'Find the EIPs that no instance has', params: { RegionId: 'cn-hangzhou', Status: 'Available' } },
    {
      title: 'Read the EIP of an instance',
      params: {
        RegionId: 'cn-hangzhou',
        AssociatedInstanceType: 'EcsInstance',
        AssociatedInstanceId: 'i-bp1example00000000003',
      },
    },
  ],
  async handle(call, input) {
    const { PageNumber, PageSize } = input
    const filter = toFilter(call, input)
    if (input.DryRun) return call.fail('DryRunOperation')
    const { eips, total } = isImpossible(input)
      ? { eips: [], total: 0 }
      : await pageEips(call.tx, filter, rowsOf(input))
    return {
      EipAddresses: { EipAddress: eips.map(toWireEip) },
      TotalCount: total,
      PageNumber,
      PageSize,
    }
  },
})

/** Every EIP here is paid as one goes, never locked, and bound to an instance or to nothing. */
function isImpossible({ Status, ChargeType, LockReason, AssociatedInstanceType: type }: Input): boolean {
  const passing = Status !== undefined && Status !== 'InUse' && Status !== 'Available'
  const other = type !== undefined && type !== 'EcsInstance'
  return passing || ChargeType === 'PrePaid' || LockReason !== undefined || other
}

function toFilter(call: DescribeCall, input: Input): EipFilter {
  const bound = input.Status === undefined ? undefined : input.Status === 'InUse'
  return {
    accountId: call.principal.account.id,
    regionId: input.RegionId,
    // What ECS's form of the call lacks is not there at all.
    tags: readTagFilter(input.Tag ?? [], () => call.fail('InvalidTag.Mismatch')),
    ...given('ids', readList(call, 'AllocationId', input.AllocationId)),
    ...given('addresses', readList(call, 'EipAddress', input.EipAddress)),
    ...given('name', input.EipName),
    ...given('isp', input.ISP),
    ...given('instanceId', input.AssociatedInstanceId),
    ...given('resourceGroupId', input.ResourceGroupId),
    ...given('bound', bound ?? (input.AssociatedInstanceType === undefined ? undefined : true)),
  }
}

function readList(call: DescribeCall, name: string, text: string | undefined): string[] | undefined {
  const list = text?.split(',').map(item => item.trim())
  if (list !== undefined && list.length > maxListed) call.fail('InvalidParameter', { name })
  return list
}
