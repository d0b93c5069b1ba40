import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { eip } from '../../../protocol/resources.ts'
import { allocationId, regionParam, toEipRef } from './common.ts'

/** Gives an EIP back, which ends its bill. */
export const ReleaseEipAddress = defineOperation({
  product: 'Vpc',
  action: 'ReleaseEipAddress',
  summary: 'Releases an EIP that no instance has.',
  evidence: { page: 'ReleaseEipAddress' },
  access: { level: 'delete', on: eip('AllocationId') },
  params: { RegionId: regionParam, AllocationId: allocationId, ...compatibilityParams },
  errors: ['InvalidAllocationId.NotFound', 'IncorrectEipStatus'],
  examples: [
    { title: 'Release an EIP', params: { RegionId: 'cn-hangzhou', AllocationId: 'eip-bp1example00000000001' } },
  ],
  async handle(call, input) {
    const outcome = await call.services.eips.release(call.tx, toEipRef(call, input))
    if (outcome === 'no-eip') return call.fail('InvalidAllocationId.NotFound')
    return outcome === 'done' ? undefined : call.fail('IncorrectEipStatus')
  },
})
