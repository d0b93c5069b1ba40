import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { allocationId, eipArns, regionParam, toEipRef } from './common.ts'

/** Gives an EIP back, which ends its bill. */
export const ReleaseEipAddress = defineOperation({
  product: 'Vpc',
  action: 'ReleaseEipAddress',
  summary: 'Releases an EIP that no instance has.',
  evidence: { page: 'ReleaseEipAddress' },
  access: { level: 'delete', resources: eipArns },
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
