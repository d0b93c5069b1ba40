import { maxBandwidth } from '../../../domain/network/eip.ts'
import { isDescription, isInstanceName } from '../../../domain/instances/naming.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { eip } from '../../../protocol/resources.ts'
import { allocationId, regionParam, toEipRef } from './common.ts'

/** Changes the bandwidth of an EIP, bound or not, and what it is called. */
export const ModifyEipAddressAttribute = defineOperation({
  product: 'Vpc',
  action: 'ModifyEipAddressAttribute',
  summary: 'Changes bandwidth, name and description of an EIP.',
  evidence: { page: 'ModifyEipAddressAttribute' },
  access: { level: 'update', on: eip('AllocationId') },
  params: {
    RegionId: regionParam,
    AllocationId: allocationId,
    Bandwidth: p.integer({ min: 1, max: maxBandwidth.PayByBandwidth }),
    Name: p.string({ about: '2 to 128 characters, begins with a letter' }),
    Description: p.string({ about: '2 to 256 characters, not starting with http(s)://' }),
    ...compatibilityParams,
  },
  errors: ['InvalidAllocationId.NotFound', 'InvalidParameter', 'InsufficientBalance.Eip'],
  examples: [
    {
      title: 'Give an EIP more bandwidth',
      params: { RegionId: 'cn-hangzhou', AllocationId: 'eip-bp1example00000000001', Bandwidth: '20' },
    },
  ],
  async handle(call, input) {
    const { Bandwidth: bandwidth, Name: name, Description: description } = input
    if (name !== undefined && !isInstanceName(name)) call.fail('InvalidParameter', { name: 'Name' })
    if (description !== undefined && !isDescription(description)) call.fail('InvalidParameter', { name: 'Description' })
    if (bandwidth !== undefined && call.principal.account.balanceFen < 0) call.fail('InsufficientBalance.Eip')
    const change = { bandwidth, name, description }
    const outcome = await call.services.eips.modify(call.tx, toEipRef(call, input), change)
    if (outcome === 'no-eip') return call.fail('InvalidAllocationId.NotFound')
    return outcome === 'done' ? undefined : call.fail('InvalidParameter', { name: 'Bandwidth' })
  },
})
