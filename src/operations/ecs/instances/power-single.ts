import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { BatchRefused, type BatchRequest } from '../../../services/instances/instances.ts'
import { instanceIdPattern, singleError, type SingleError } from './common.ts'

/** The one instance of a singular operation. An id that could never exist is answered as one that doesn't. */
export const singleInstanceId = p.string({
  required: true,
  pattern: instanceIdPattern,
  error: 'InvalidInstanceId.NotFound',
  badValue: 'i-!',
  about: 'instance id',
})

/** Codes that StopInstance, StartInstance and RebootInstance share. */
export const singlePowerErrors = [
  'InvalidInstanceId.NotFound',
  'OperationDenied.SystemInstanceNotSupport',
  'InstanceLockedForSecurity',
  'InstanceExpiredOrInArrears',
  'InstanceExpired#prepaid',
  'InstanceExpired#postpaid',
  'OperationConflict',
  'InstanceNotReady',
  'IncorrectInstanceStatus',
  'IncorrectInstanceStatus.Initializing',
  'InvalidParameter.Encrypted.KmsNotEnable',
  'InvalidOperation.KMSServiceNotOpen',
  'InvalidOperation.KMSKeyIdNotFound',
  'InvalidParameter.KMSKeyId.NotFound',
  'InvalidParameter.KMSKeyId.CMKUnauthorized',
  'InvalidParameter.KMSKeyId.CMKNotEnabled#single',
  'InvalidParameter.KMSKeyId.KMSUnauthorized#single',
  'InsufficientBalance',
  'OperationDenied.NoStock',
  'OperationDenied.SpotPriceLowerThanPublicPrice',
  'InvalidInstanceId.NotSupport',
  'HibernationConfigured.NotEnabled',
  'InvalidOperation.DeletionProtection',
  'ChargeTypeViolation',
  'DryRunOperation',
  'InternalError',
  'ServiceUnavailable#host',
  'LimitedOperation.ServiceUnavailable',
] as const satisfies readonly ErrorName[]

/** Runs an order on one instance; singular operations answer with nothing but the request id. */
export async function runSingle(
  call: Call<SingleError | 'DryRunOperation'>,
  about: { action: string; expected: string },
  input: { InstanceId: string; DryRun: boolean },
  order: (batch: BatchRequest) => Promise<unknown>,
): Promise<undefined> {
  try {
    await order({
      account: call.principal.account,
      regionId: undefined,
      instanceIds: [input.InstanceId],
      mode: 'together',
      dryRun: input.DryRun,
      requestId: call.requestId,
      action: about.action,
    })
  } catch (reason) {
    if (reason instanceof BatchRefused) return call.fail(...singleError(reason.refusal, about))
    throw reason
  }
  return input.DryRun ? call.fail('DryRunOperation') : undefined
}
