import { findInstanceType } from '../../../domain/catalogue/instance-types.ts'
import type { SpecChange, SpecRefusal } from '../../../domain/instances/spec-change.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { instance } from '../../../protocol/resources.ts'
import { findOwnInstance, singleInstanceId } from './common.ts'

const action = 'ModifyInstanceSpec'

export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound',
  'managed-by-product': 'OperationDenied.SystemInstanceNotSupport',
  'locked-for-security': 'InstanceLockedForSecurity',
  'in-arrears': 'Account.Arrearage#spec',
  subscription: 'ChargeTypeViolation',
  'operation-in-flight': 'OperationConflict',
  'unknown-type': 'InvalidInstanceType.ValueNotSupported#spec',
  'not-stopped': 'InvalidInstanceStatus.NotStopped',
  spot: 'ChargeTypeViolation',
  'local-disks': 'CategoryViolation',
  'unreachable-type': 'DependencyViolation.InstanceType',
  'other-architecture': 'ImageNotSupportInstanceType',
  'too-many-disks': 'InstanceTypeNotSupported.TooManyDisksAttached',
  unsettled: 'InvalidStatus.ValueNotSupported#instance',
  'eip-bound': 'InvalidInstance.EipNotSupport',
  'bad-bandwidth': 'InvalidParameter.Bandwidth',
  'no-stock': 'OperationDenied.NoStock',
} as const satisfies Record<SpecRefusal | 'not-found' | 'no-stock', ErrorName>

const errors = [
  ...new Set(Object.values(refusals)),
  'MissingParameter',
  'InvalidParameter',
  'InvalidParameter.Mismatch#spec',
  'InvalidClientToken.ValueNotSupported',
  'IdempotenceParamNotMatch',
  'DryRunOperation',
] as const satisfies readonly ErrorName[]

/** Changes the type of a stopped instance, or its public bandwidth. */
export const ModifyInstanceSpec = defineOperation({
  product: 'Ecs',
  action,
  summary: 'Changes the type or the public bandwidth of one pay-as-you-go instance.',
  evidence: { page: 'ModifyInstanceSpec', revisions: 'to 2025-12' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    InstanceType: p.string({ about: 'the new type; not together with a bandwidth' }),
    InternetMaxBandwidthOut: p.integer({ min: 0, max: 100 }),
    InternetMaxBandwidthIn: p.integer({ min: 1, max: 100 }),
    ClientToken: clientToken,
    DryRun: p.boolean({ default: false }),
    // The change is there when the call is answered, and there are no clusters to move between.
    Async: p.boolean({ hidden: true }),
    AllowMigrateAcrossZone: p.boolean({ hidden: true }),
    ...compatibilityParams,
  },
  refused: ['Disk', 'ModifyMode', 'SystemDisk', 'Temporary'],
  errors,
  examples: [
    {
      title: 'Give a stopped instance a larger type',
      params: { InstanceId: 'i-bp1example00000000003', InstanceType: 'ecs.g7.2xlarge' },
    },
  ],
  idempotent: {
    mismatch: 'IdempotenceParamNotMatch',
    compared: input => ({ ...input, DryRun: undefined }),
    async holds(call, { InstanceId, InstanceType: type, InternetMaxBandwidthOut: out, InternetMaxBandwidthIn: into }) {
      const instance = await findOwnInstance(call, InstanceId)
      if (instance === undefined) return true
      const { internetMaxBandwidthOut, internetMaxBandwidthIn } = instance.details
      return (
        instance.type === (type ?? instance.type) &&
        internetMaxBandwidthOut === (out ?? internetMaxBandwidthOut) &&
        internetMaxBandwidthIn === (into ?? internetMaxBandwidthIn)
      )
    },
  },
  async handle(call, input) {
    const change = readChange(call, input)
    const which = { account: call.principal.account, id: input.InstanceId }
    const outcome = await call.services.instances.changeSpec(call.tx, which, change, { dryRun: input.DryRun })
    if (outcome !== 'done') return call.fail(refusals[outcome], { operation: action })
    return input.DryRun ? call.fail('DryRunOperation') : undefined
  },
})

interface Wishes {
  readonly InstanceType: string | undefined
  readonly InternetMaxBandwidthOut: number | undefined
  readonly InternetMaxBandwidthIn: number | undefined
}

/** One of the two at a time. */
function readChange(call: Call<(typeof errors)[number]>, wishes: Wishes): SpecChange {
  const { InstanceType: type, InternetMaxBandwidthOut: out, InternetMaxBandwidthIn: into } = wishes
  const bandwidth = out !== undefined || into !== undefined
  if (type !== undefined && bandwidth) return call.fail('InvalidParameter.Mismatch#spec')
  if (type !== undefined) return { of: 'type', target: findInstanceType(type) }
  return bandwidth ? { of: 'bandwidth', out, in: into } : call.fail('MissingParameter', { name: 'InstanceType' })
}
