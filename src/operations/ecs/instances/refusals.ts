import type { Reason } from '../../../domain/instances/refusals.ts'
import type { ErrorName, ErrorWords } from '../../../protocol/errors.ts'

/**
 * Why an instance is refused → the code in an entry of a batch, that of the operations on one instance where it is
 * another, and that of StartInstance where its page has one of its own.
 */
const codes = {
  'not-found': ['InvalidInstanceId.NotFound'],
  'in-another-region': ['InvalidInstanceId.NotFound#region', 'InvalidInstanceId.NotFound'],
  'managed-by-product': ['OperationDenied.SystemInstanceNotSupport'],
  'locked-for-security': ['InstanceLockedForSecurity'],
  'expired-or-in-arrears': ['InstanceExpiredOrInArrears'],
  'subscription-expired': ['InstanceExpired#prepaid'],
  'account-in-arrears': ['InstanceExpired#postpaid'],
  'operation-in-flight': ['InvalidOperation.Conflict', 'OperationConflict'],
  'not-ready': ['InstanceNotReady', 'IncorrectInstanceStatus', 'InstanceNotReady'],
  'wrong-status': ['IncorrectInstanceStatus'],
  'kms-not-activated': ['InvalidParameter.Encrypted.KmsNotEnable'],
  'kms-closed': ['InvalidOperation.KMSServiceNotOpen'],
  'kms-key-missing': [
    'InvalidOperation.KMSKeyIdNotFound',
    'InvalidOperation.KMSKeyIdNotFound',
    'InvalidParameter.KMSKeyId.NotFound',
  ],
  'kms-key-untagged': ['InvalidParameter.KMSKeyId.CMKNotEnabled#untagged', 'InvalidParameter.KMSKeyId.CMKUnauthorized'],
  'kms-key-not-enabled': ['InvalidParameter.KMSKeyId.CMKNotEnabled', 'InvalidParameter.KMSKeyId.CMKNotEnabled#single'],
  'kms-unauthorized': ['InvalidParameter.KMSKeyId.KMSUnauthorized', 'InvalidParameter.KMSKeyId.KMSUnauthorized#single'],
  'insufficient-balance': ['InsufficientBalance'],
  'no-stock': ['OperationDenied.NoStock'],
  outbid: ['OperationDenied.SpotPriceLowerThanPublicPrice'],
  'hibernation-unsupported': ['InvalidInstanceId.NotSupport'],
  'hibernation-not-enabled': ['InvalidInstanceId.NotSupport', 'HibernationConfigured.NotEnabled'],
  'deletion-protected': ['InvalidOperation.DeletionProtection'],
  'unexpired-subscription': ['ChargeTypeViolation'],
  initializing: ['IncorrectInstanceStatus.Initializing'],
  'host-away': ['ServiceUnavailable#host'],
} as const satisfies Record<Reason, readonly [batch: ErrorName, single?: ErrorName, startInstance?: ErrorName]>

/** Where a refusal stands: in an entry of a batch, in the answer about one instance, or in that of StartInstance. */
export type Form = 'batch' | 'single' | 'StartInstance'

type CodeIn<Row extends readonly ErrorName[], F extends Form> = F extends 'batch'
  ? Row[0]
  : F extends 'StartInstance'
    ? Row extends readonly [ErrorName, ErrorName, infer Own]
      ? Own
      : CodeIn<Row, 'single'>
    : Row extends readonly [ErrorName, infer Single, ...ErrorName[]]
      ? Single
      : Row[0]

/** The errors with which instances are refused for these reasons. */
export type RefusalError<R extends Reason, F extends Form> = { [One in R]: CodeIn<(typeof codes)[One], F> }[R]

/** An error of the catalogue with the words for its message. */
type ErrorRef<Name extends ErrorName> = readonly [Name, ErrorWords]

/** The error with which an instance is refused. */
export function refusalError<R extends Reason, F extends Form>(
  form: F,
  refusal: { readonly reason: R },
  words: { readonly operation: string; readonly region: string },
): ErrorRef<RefusalError<R, F>> {
  return [codeOf(form, refusal.reason) as RefusalError<R, F>, { ...words, ...refusal }]
}

/** Every error with which an operation refuses instances; `reasons` stand beside its decision in the domain. */
export function refusalErrors<R extends Reason, F extends Form>(
  form: F,
  reasons: readonly R[],
): readonly RefusalError<R, F>[] {
  return [...new Set(reasons.map(reason => codeOf(form, reason) as RefusalError<R, F>))]
}

function codeOf(form: Form, reason: Reason): ErrorName {
  const [batch, single = batch, startInstance = single]: readonly [ErrorName, ErrorName?, ErrorName?] = codes[reason]
  if (form === 'batch') return batch
  return form === 'single' ? single : startInstance
}
