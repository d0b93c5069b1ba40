import { internetChargeTypes } from '../../../domain/network/eip.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { tokenErrors } from '../../vpc/network/common.ts'
import { findOwnInstance, singleInstanceId } from '../instances/common.ts'

const action = 'ModifyInstanceNetworkSpec'

/** Why it refuses, as codes. */
export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound',
  'managed-by-product': 'OperationDenied.SystemInstanceNotSupport',
  'locked-for-security': 'InstanceLockedForSecurity',
  'in-arrears': 'Account.Arrearage#spec',
  subscription: 'ChargeTypeViolation',
  'operation-in-flight': 'OperationConflict',
  unsettled: 'IncorrectInstanceStatus#attribute',
  'eip-bound': 'InvalidInstance.EipNotSupport',
  'bad-bandwidth': 'InvalidInternetMaxBandwidthIn.ValueNotSupported',
  'nothing-to-assign': 'InvalidParam.AllocatePublicIp',
} as const satisfies Partial<Record<string, ErrorName>>

/** Changes the public bandwidth of an instance; from 0 up it gets an address where that is asked for, down to 0 it loses it. */
export const ModifyInstanceNetworkSpec = defineOperation({
  product: 'Ecs',
  action,
  summary: 'Changes the public bandwidth of one pay-as-you-go instance, how it is paid, and its static public address.',
  evidence: { page: action, revisions: '2018 to 2026-01' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    InternetMaxBandwidthOut: p.integer({
      min: 0,
      max: 100,
      error: 'InvalidInternetMaxBandwidthOut.ValueNotSupported',
    }),
    InternetMaxBandwidthIn: p.integer({ min: 1, max: 200, error: 'InvalidInternetMaxBandwidthIn.ValueNotSupported' }),
    NetworkChargeType: p.enum(internetChargeTypes, { error: 'InvalidInternetChargeType.ValueNotSupported#network' }),
    AllocatePublicIp: p.boolean({ default: false }),
    ClientToken: clientToken,
    // Of subscriptions only.
    AutoPay: p.boolean({ hidden: true }),
    ...compatibilityParams,
  },
  refused: ['EndTime', 'ISP', 'StartTime'],
  errors: [
    ...new Set(Object.values(refusals)),
    ...tokenErrors,
    'InvalidInternetMaxBandwidthOut.ValueNotSupported',
    'InvalidInternetChargeType.ValueNotSupported#network',
    'MissingParameter',
  ],
  examples: [
    {
      title: 'Give an instance 5 Mbit/s and a public address',
      params: {
        InstanceId: 'i-bp1example00000000001',
        InternetMaxBandwidthOut: '5',
        AllocatePublicIp: 'true',
      },
    },
  ],
  idempotent: {
    mismatch: 'IdempotentParameterMismatch',
    async holds(call, input) {
      const instance = await findOwnInstance(call, input.InstanceId)
      if (instance === undefined) return true
      const { internetMaxBandwidthOut: out, internetMaxBandwidthIn: into } = instance.details
      return (
        out === (input.InternetMaxBandwidthOut ?? out) &&
        into === (input.InternetMaxBandwidthIn ?? into) &&
        instance.internetChargeType === (input.NetworkChargeType ?? instance.internetChargeType) &&
        (!input.AllocatePublicIp || instance.publicIp !== '')
      )
    },
  },
  async handle(call, input) {
    const { InternetMaxBandwidthOut: out, InternetMaxBandwidthIn: into, NetworkChargeType: chargeType } = input
    const assign = input.AllocatePublicIp
    if (!assign && out === undefined && into === undefined && chargeType === undefined) {
      return call.fail('MissingParameter', { name: 'InternetMaxBandwidthOut' })
    }
    const which = { account: call.principal.account, id: input.InstanceId }
    const change = { out, in: into, chargeType, assign }
    const outcome = await call.services.instances.changeNetwork(call.tx, which, change)
    if (outcome === 'done') return undefined
    if (!(outcome in refusals)) throw new Error(`A change of bandwidth cannot be refused as ${outcome}.`)
    return call.fail(refusals[outcome as keyof typeof refusals], { operation: action })
  },
})
