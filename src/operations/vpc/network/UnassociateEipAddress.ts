import { clientToken } from '../../../protocol/idempotency.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { eip } from '../../../protocol/resources.ts'
import {
  allocationId,
  findOwnEip,
  holderTypes,
  regionParam,
  requireEcsInstance,
  toEipRef,
  tokenErrors,
} from './common.ts'

const action = 'UnassociateEipAddress'

const refusals = {
  'no-eip': 'InvalidAllocationId.NotFound',
  'no-instance': 'InvalidInstanceId.NotFound#eip',
  'eip-unbound': 'IncorrectEipStatus',
  'other-instance': 'InvalidBindingStatus',
  'instance-unsettled': 'IncorrectInstanceStatus#eip',
} as const

/** Takes an EIP from its instance. It goes on costing until it is released. */
export const UnassociateEipAddress = defineOperation({
  product: 'Vpc',
  action,
  summary: 'Takes an EIP from the instance that has it.',
  evidence: { page: action },
  access: { level: 'update', on: eip('AllocationId') },
  instancesIn: ['InstanceId'],
  params: {
    RegionId: regionParam,
    AllocationId: allocationId,
    InstanceId: p.string({ about: 'the instance that must have it' }),
    InstanceType: p.enum(holderTypes, { default: 'EcsInstance', error: 'InvalidInstanceType.ValueNotSupported#eip' }),
    ClientToken: clientToken,
    // Concerns NAT gateways only.
    Force: p.boolean({ hidden: true }),
    ...compatibilityParams,
  },
  refused: ['PrivateIpAddress'],
  errors: [
    ...Object.values(refusals),
    ...tokenErrors,
    'InvalidInstanceType.ValueNotSupported#eip',
    'NotImplemented#value',
  ],
  examples: [
    {
      title: 'Take an EIP from its instance',
      params: {
        RegionId: 'cn-hangzhou',
        AllocationId: 'eip-bp1example00000000002',
        InstanceId: 'i-bp1example00000000003',
      },
    },
  ],
  idempotent: {
    mismatch: 'IdempotentParameterMismatch',
    async holds(call, input) {
      const eip = await findOwnEip(call, input)
      if (eip === undefined) return true
      return input.InstanceId === undefined ? eip.instanceSeq === null : eip.instanceId !== input.InstanceId
    },
  },
  async handle(call, input) {
    requireEcsInstance(call, action, input.InstanceType)
    const outcome = await call.services.eips.unassociate(call.tx, toEipRef(call, input), input.InstanceId)
    return outcome === 'done' ? undefined : call.fail(refusals[outcome])
  },
})
