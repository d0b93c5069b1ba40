import type { ErrorName } from '../../../protocol/errors.ts'
import { describeError } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { type BatchOutcome, BatchRefused, type BatchRequest } from '../../../services/instances/instances.ts'
import { batchError, type BatchError, distinct, wholeBatchError } from './common.ts'

/** Codes that StopInstances, StartInstances and RebootInstances share. */
export const batchErrors = [
  'InvalidInstanceId.NotFound#null',
  'InvalidParameter.TooManyInstanceIds',
  'Abs.InvalidInstanceIds.MalFormed',
  'InvalidInstanceId.NotFound',
  'InvalidInstanceId.NotFound#region',
  'InvalidInstanceIds.NotFound',
  'OperationDenied.SystemInstanceNotSupport',
  'InstanceLockedForSecurity',
  'InstanceExpiredOrInArrears',
  'InstanceExpired#prepaid',
  'InstanceExpired#postpaid',
  'InvalidOperation.Conflict',
  'InstanceNotReady',
  'IncorrectInstanceStatus',
  'InvalidParameter.Encrypted.KmsNotEnable',
  'InvalidOperation.KMSServiceNotOpen',
  'InvalidOperation.KMSKeyIdNotFound',
  'InvalidParameter.KMSKeyId.CMKNotEnabled#untagged',
  'InvalidParameter.KMSKeyId.CMKNotEnabled',
  'InvalidParameter.KMSKeyId.KMSUnauthorized',
  'InsufficientBalance',
  'OperationDenied.NoStock',
  'OperationDenied.SpotPriceLowerThanPublicPrice',
  'InvalidInstanceId.NotSupport',
  'DRYRUN.SUCCESS',
  'InternalError',
  'ServiceUnavailable#host',
  'LimitedOperation.ServiceUnavailable',
] as const satisfies readonly ErrorName[]

interface BatchInput {
  readonly RegionId: string
  readonly InstanceId: readonly string[]
  readonly BatchOptimization: 'AllTogether' | 'SuccessFirst'
  readonly DryRun: boolean
}

/** Runs a batch over `order` and words its outcome: dry run, all-or-nothing failure, or an entry per instance. */
export async function runBatch(
  call: Call<BatchError | 'DRYRUN.SUCCESS'>,
  action: string,
  input: BatchInput,
  order: (batch: BatchRequest) => Promise<readonly BatchOutcome[]>,
) {
  const refusedCall = { action, regionId: input.RegionId }
  try {
    const outcomes = await order({
      account: call.principal.account,
      regionId: input.RegionId,
      instanceIds: distinct(input.InstanceId),
      mode: input.BatchOptimization === 'AllTogether' ? 'together' : 'separately',
      dryRun: input.DryRun,
      requestId: call.requestId,
      action,
    })
    // SuccessFirst never tells in a dry run which instances would have failed.
    if (input.DryRun) return call.fail('DRYRUN.SUCCESS')
    return { InstanceResponses: { InstanceResponse: outcomes.map(outcome => toEntry(outcome, refusedCall)) } }
  } catch (reason) {
    if (reason instanceof BatchRefused) return call.fail(...wholeBatchError(reason.refusal, refusedCall))
    throw reason
  }
}

function toEntry(outcome: BatchOutcome, refusedCall: { action: string; regionId: string }) {
  if (outcome.accepted) {
    const { id, previousStatus, currentStatus } = outcome
    return {
      Code: '200',
      Message: 'success',
      InstanceId: id,
      PreviousStatus: previousStatus,
      CurrentStatus: currentStatus,
    }
  }
  const { refusal } = outcome
  const { code, message } =
    refusal.reason === 'injected' ? refusal.error : describeError(...batchError(refusal, refusedCall))
  const status = outcome.status ?? ''
  return { Code: code, Message: message, InstanceId: outcome.id, PreviousStatus: status, CurrentStatus: status }
}
