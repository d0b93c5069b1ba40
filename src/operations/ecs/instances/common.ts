import type { Refusal } from '../../../domain/instances/refusals.ts'
import type { ErrorName, ErrorWords } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { findInstance, type Instance } from '../../../store/tables/instances/instances.ts'

/** `i-` and 8 to 32 lower-case letters and digits. */
export const instanceIdPattern = /^i-[a-z0-9]{8,32}$/

/** The ids of a batch: 1 to 100, as `InstanceId.1`, `InstanceId.2`, … */
export const batchInstanceIds = (options: { malformed: ErrorName }) =>
  p.repeated(
    p.string({ pattern: instanceIdPattern, error: options.malformed, badValue: 'i-!', about: 'instance id' }),
    {
      required: true,
      max: 100,
      tooMany: 'InvalidParameter.TooManyInstanceIds',
      mustHold: 'InvalidInstanceId.NotFound#null',
    },
  )

/** An id that stands twice counts once, in its first place. */
export function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

/** An instance of the caller's account. */
export async function findOwnInstance(call: Call, id: string): Promise<Instance | undefined> {
  const instance = await findInstance(call.tx, id)
  return instance?.accountId === call.principal.account.id ? instance : undefined
}

export const batchModes = ['AllTogether', 'SuccessFirst'] as const

/** An error of the catalogue with the words for its message. */
export type ErrorRef<Name extends ErrorName> = readonly [Name, ErrorWords?]

/** Why instances are refused, as codes of the batch operations. */
export type BatchError =
  | 'InvalidInstanceId.NotFound'
  | 'InvalidInstanceId.NotFound#region'
  | 'InvalidInstanceIds.NotFound'
  | 'OperationDenied.SystemInstanceNotSupport'
  | 'InstanceLockedForSecurity'
  | 'InstanceExpiredOrInArrears'
  | 'InstanceExpired#prepaid'
  | 'InstanceExpired#postpaid'
  | 'InvalidOperation.Conflict'
  | 'InstanceNotReady'
  | 'IncorrectInstanceStatus'
  | 'InvalidParameter.Encrypted.KmsNotEnable'
  | 'InvalidOperation.KMSServiceNotOpen'
  | 'InvalidOperation.KMSKeyIdNotFound'
  | 'InvalidParameter.KMSKeyId.CMKNotEnabled#untagged'
  | 'InvalidParameter.KMSKeyId.CMKNotEnabled'
  | 'InvalidParameter.KMSKeyId.KMSUnauthorized'
  | 'InsufficientBalance'
  | 'OperationDenied.NoStock'
  | 'ServiceUnavailable#host'
  | 'OperationDenied.SpotPriceLowerThanPublicPrice'
  | 'InvalidInstanceId.NotSupport'

export interface RefusedCall {
  readonly action: string
  readonly regionId: string
}

/** The code a batch operation answers with, for one instance of a SuccessFirst batch. */
export function batchError(refusal: Refusal, call: RefusedCall): ErrorRef<BatchError> {
  switch (refusal.reason) {
    case 'not-found':
      return ['InvalidInstanceId.NotFound']
    case 'in-another-region':
      return ['InvalidInstanceId.NotFound#region', { region: call.regionId }]
    case 'managed-by-product':
      return ['OperationDenied.SystemInstanceNotSupport', { operation: call.action }]
    case 'locked-for-security':
      return ['InstanceLockedForSecurity']
    case 'expired-or-in-arrears':
      return ['InstanceExpiredOrInArrears']
    case 'expired':
      return [refusal.chargeType === 'PrePaid' ? 'InstanceExpired#prepaid' : 'InstanceExpired#postpaid']
    case 'operation-in-flight':
      return ['InvalidOperation.Conflict']
    case 'not-ready':
      return ['InstanceNotReady']
    case 'wrong-status':
      return ['IncorrectInstanceStatus', { actual: refusal.actual, expected: refusal.expected.join(',') }]
    case 'kms-not-activated':
      return ['InvalidParameter.Encrypted.KmsNotEnable']
    case 'kms-closed':
      return ['InvalidOperation.KMSServiceNotOpen']
    case 'kms-key-missing':
      return ['InvalidOperation.KMSKeyIdNotFound', { keyId: refusal.keyId }]
    case 'kms-key-untagged':
      return ['InvalidParameter.KMSKeyId.CMKNotEnabled#untagged']
    case 'kms-key-not-enabled':
      return ['InvalidParameter.KMSKeyId.CMKNotEnabled']
    case 'kms-unauthorized':
      return ['InvalidParameter.KMSKeyId.KMSUnauthorized']
    case 'insufficient-balance':
      return ['InsufficientBalance']
    case 'no-stock':
      return ['OperationDenied.NoStock']
    case 'host-away':
      return ['ServiceUnavailable#host', { host: refusal.hostId }]
    case 'outbid':
      return ['OperationDenied.SpotPriceLowerThanPublicPrice']
    case 'hibernation-unsupported':
      return ['InvalidInstanceId.NotSupport', { kind: refusal.kind }]
    case 'hibernation-not-enabled':
      return ['InvalidInstanceId.NotSupport', { kind: 'An instance without hibernation' }]
    case 'deletion-protected':
    case 'unexpired-subscription':
    case 'initializing':
      throw new Error(`A batch of ${call.action} cannot be refused as ${refusal.reason}.`)
  }
}

/** The same for a batch that is refused as a whole: ids that don't exist are reported together. */
export function wholeBatchError(refusal: Refusal, call: RefusedCall): ErrorRef<BatchError> {
  return refusal.reason === 'not-found' || refusal.reason === 'in-another-region'
    ? ['InvalidInstanceIds.NotFound']
    : batchError(refusal, call)
}

/** Why an instance is refused, as codes of the operations on one instance. */
export type SingleError =
  | 'InvalidInstanceId.NotFound'
  | 'OperationDenied.SystemInstanceNotSupport'
  | 'InstanceLockedForSecurity'
  | 'InstanceExpiredOrInArrears'
  | 'InstanceExpired#prepaid'
  | 'InstanceExpired#postpaid'
  | 'OperationConflict'
  | 'InstanceNotReady'
  | 'IncorrectInstanceStatus'
  | 'IncorrectInstanceStatus.Initializing'
  | 'InvalidParameter.Encrypted.KmsNotEnable'
  | 'InvalidOperation.KMSServiceNotOpen'
  | 'InvalidOperation.KMSKeyIdNotFound'
  | 'InvalidParameter.KMSKeyId.NotFound'
  | 'InvalidParameter.KMSKeyId.CMKUnauthorized'
  | 'InvalidParameter.KMSKeyId.CMKNotEnabled#single'
  | 'InvalidParameter.KMSKeyId.KMSUnauthorized#single'
  | 'InsufficientBalance'
  | 'OperationDenied.NoStock'
  | 'ServiceUnavailable#host'
  | 'OperationDenied.SpotPriceLowerThanPublicPrice'
  | 'InvalidInstanceId.NotSupport'
  | 'HibernationConfigured.NotEnabled'
  | 'InvalidOperation.DeletionProtection'
  | 'ChargeTypeViolation'

/** The code an operation on one instance answers with; the statuses and some codes differ from the batch's. */
export function singleError(refusal: Refusal, call: { action: string; expected: string }): ErrorRef<SingleError> {
  switch (refusal.reason) {
    case 'not-found':
    case 'in-another-region':
      return ['InvalidInstanceId.NotFound']
    case 'managed-by-product':
      return ['OperationDenied.SystemInstanceNotSupport', { operation: call.action }]
    case 'locked-for-security':
      return ['InstanceLockedForSecurity']
    case 'expired-or-in-arrears':
      return ['InstanceExpiredOrInArrears']
    case 'expired':
      return [refusal.chargeType === 'PrePaid' ? 'InstanceExpired#prepaid' : 'InstanceExpired#postpaid']
    case 'operation-in-flight':
      return ['OperationConflict']
    case 'not-ready':
      // Of the operations on one instance, only the page of StartInstance lists a code of its own.
      return call.action === 'StartInstance'
        ? ['InstanceNotReady']
        : ['IncorrectInstanceStatus', { actual: 'Pending', expected: call.expected }]
    case 'wrong-status':
      return ['IncorrectInstanceStatus', { actual: refusal.actual, expected: refusal.expected.join(',') }]
    case 'initializing':
      return ['IncorrectInstanceStatus.Initializing']
    case 'kms-not-activated':
      return ['InvalidParameter.Encrypted.KmsNotEnable']
    case 'kms-closed':
      return ['InvalidOperation.KMSServiceNotOpen']
    case 'kms-key-missing':
      // StopInstance and StartInstance have different codes for it.
      return call.action === 'StartInstance'
        ? ['InvalidParameter.KMSKeyId.NotFound']
        : ['InvalidOperation.KMSKeyIdNotFound', { keyId: refusal.keyId }]
    case 'kms-key-untagged':
      return ['InvalidParameter.KMSKeyId.CMKUnauthorized']
    case 'kms-key-not-enabled':
      return ['InvalidParameter.KMSKeyId.CMKNotEnabled#single']
    case 'kms-unauthorized':
      return ['InvalidParameter.KMSKeyId.KMSUnauthorized#single']
    case 'insufficient-balance':
      return ['InsufficientBalance']
    case 'no-stock':
      return ['OperationDenied.NoStock']
    case 'host-away':
      return ['ServiceUnavailable#host', { host: refusal.hostId }]
    case 'outbid':
      return ['OperationDenied.SpotPriceLowerThanPublicPrice']
    case 'hibernation-unsupported':
      return ['InvalidInstanceId.NotSupport', { kind: refusal.kind }]
    case 'hibernation-not-enabled':
      return ['HibernationConfigured.NotEnabled']
    case 'deletion-protected':
      return ['InvalidOperation.DeletionProtection']
    case 'unexpired-subscription':
      return ['ChargeTypeViolation']
  }
}

/** `{name: value}`, or nothing when the value was not given. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]: Value })
}
