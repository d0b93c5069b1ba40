import { clientToken } from '../../../protocol/idempotency.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { eip } from '../../../protocol/resources.ts'
import {
  allocationId,
  associationErrors,
  findOwnEip,
  holderTypes,
  regionParam,
  requireEcsInstance,
  toEipRef,
  tokenErrors,
} from './common.ts'

const action = 'AssociateEipAddress'

/** Binds an EIP to an instance; the address is there with the answer. */
export const AssociateEipAddress = defineOperation({
  product: 'Vpc',
  action,
  summary: 'Binds an EIP to an instance in a VPC.',
  evidence: { page: action, revisions: 'to 2024-11' },
  access: { level: 'update', on: eip('AllocationId') },
  instancesIn: ['InstanceId'],
  params: {
    RegionId: regionParam,
    AllocationId: allocationId,
    InstanceId: p.string({ required: true, about: 'instance id' }),
    InstanceType: p.enum(holderTypes, { default: 'EcsInstance', error: 'InvalidInstanceType.ValueNotSupported#eip' }),
    InstanceRegionId: regionParam,
    ClientToken: clientToken,
    // Concerns network interfaces only.
    Mode: p.string({ hidden: true }),
    ...compatibilityParams,
  },
  refused: ['PrivateIpAddress', 'VpcId'],
  errors: [
    ...Object.values(associationErrors),
    ...tokenErrors,
    'InvalidInstanceType.ValueNotSupported#eip',
    'NotImplemented#value',
  ],
  examples: [
    {
      title: 'Bind an EIP to an instance',
      params: {
        RegionId: 'cn-hangzhou',
        AllocationId: 'eip-bp1example00000000001',
        InstanceId: 'i-bp1example00000000001',
      },
    },
  ],
  idempotent: {
    mismatch: 'IdempotentParameterMismatch',
    async holds(call, input) {
      const eip = await findOwnEip(call, input)
      return eip === undefined || eip.instanceId === input.InstanceId
    },
  },
  async handle(call, input) {
    requireEcsInstance(call, action, input.InstanceType)
    const outcome = await call.services.eips.associate(call.tx, toEipRef(call, input), input.InstanceId)
    return outcome === 'done' ? undefined : call.fail(associationErrors[outcome])
  },
})
