import { internetChargeTypes, maxBandwidth, usualBandwidth } from '../../../domain/network/eip.ts'
import { isDescription, isInstanceName } from '../../../domain/instances/naming.ts'
import { chargeTypes } from '../../../domain/instances/types.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { readTagList, tagFaultErrors, tagList } from '../../ecs/tags/params.ts'
import { tokenErrors } from './common.ts'

const action = 'AllocateEipAddress'

const params = {
  RegionId: p.region({ required: true }),
  Bandwidth: p.integer({ min: 1, max: maxBandwidth.PayByBandwidth, default: usualBandwidth }),
  InternetChargeType: p.enum(internetChargeTypes, { default: 'PayByBandwidth' }),
  InstanceChargeType: p.enum(chargeTypes),
  ISP: p.enum(['BGP', 'BGP_PRO'], { default: 'BGP' }),
  Netmode: p.enum(['public']),
  Name: p.string({ about: '2 to 128 characters, begins with a letter' }),
  Description: p.string({ about: '2 to 256 characters, not starting with http(s)://' }),
  ResourceGroupId: p.string(),
  Tag: tagList(),
  ClientToken: clientToken,
  // Of subscriptions only.
  Period: p.integer({ hidden: true }),
  PricingCycle: p.string({ hidden: true }),
  AutoPay: p.boolean({ hidden: true }),
  ActivityId: p.integer({ hidden: true }),
  ...compatibilityParams,
}

const errors = [
  ...tokenErrors,
  ...tagFaultErrors,
  'InvalidParameter',
  'InvalidTagCount',
  'InsufficientBalance#eip',
  'NotImplemented#value',
] as const

/** Takes an EIP, which costs from then on. */
export const AllocateEipAddress = defineOperation({
  product: 'Vpc',
  action,
  summary: 'Takes a pay-as-you-go elastic IP address (EIP).',
  evidence: { page: 'AllocateEipAddress' },
  access: { level: 'create', on: every('eip') },
  params,
  refused: ['InstanceId', 'IpAddress', 'PublicIpAddressPoolId', 'SecurityProtectionTypes', 'Zone'],
  errors,
  examples: [
    {
      title: 'Take an EIP of 10 Mbit/s',
      params: { RegionId: 'cn-hangzhou', Bandwidth: '10', InternetChargeType: 'PayByTraffic' },
    },
  ],
  idempotent: { mismatch: 'IdempotentParameterMismatch' },
  async handle(call, input) {
    const eip = await call.services.eips.allocate(call.tx, readOrder(call, input))
    return { AllocationId: eip.id, EipAddress: eip.address, ResourceGroupId: eip.resourceGroupId }
  },
})

function readOrder(call: Call<(typeof errors)[number]>, input: InputOf<typeof params>) {
  const { InternetChargeType: internetChargeType, Bandwidth: bandwidth, Name: name, Description: description } = input
  const { account } = call.principal
  if (input.InstanceChargeType === 'PrePaid') {
    call.fail('NotImplemented#value', { action, name: 'InstanceChargeType', value: 'PrePaid' })
  }
  if (bandwidth > maxBandwidth[internetChargeType]) call.fail('InvalidParameter', { name: 'Bandwidth' })
  if (name !== undefined && !isInstanceName(name)) call.fail('InvalidParameter', { name: 'Name' })
  if (description !== undefined && !isDescription(description)) call.fail('InvalidParameter', { name: 'Description' })
  if (account.balanceFen < 0) call.fail('InsufficientBalance#eip')
  return {
    accountId: account.id,
    regionId: input.RegionId,
    name: name ?? '',
    description: description ?? '',
    bandwidth,
    internetChargeType,
    isp: input.ISP,
    resourceGroupId: input.ResourceGroupId ?? '',
    // What ECS's form of the call lacks is not there at all.
    tags: readTagList(call, input.Tag ?? []),
  }
}
