import { InjectedError } from '../../../domain/faults/errors.ts'
import type { Reason, Refusal } from '../../../domain/instances/refusals.ts'
import { describeError } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import type { BatchRequest, Missing, Outcome, RefusedOutcome } from '../../../services/instances/batch.ts'
import { type Form, refusalError, type RefusalError, refusalErrors } from './refusals.ts'

/** An instance that is not there is refused whatever the operation. */
const missing = ['not-found', 'in-another-region'] as const satisfies Missing['reason'][]

/** Documented for every operation on the power of instances; only fault rules bring them about. */
export const breakdowns = ['InternalError', 'LimitedOperation.ServiceUnavailable'] as const

const batchOnly = [
  'InvalidInstanceId.NotFound#null',
  'InvalidParameter.TooManyInstanceIds',
  'Abs.InvalidInstanceIds.MalFormed',
  'InvalidInstanceIds.NotFound',
  'DRYRUN.SUCCESS',
  ...breakdowns,
] as const

type BatchError<R extends Reason> =
  | (typeof batchOnly)[number]
  | RefusalError<Missing['reason'], 'batch'>
  | RefusalError<R, 'batch'>

/** What a batch operation can answer that refuses instances for these reasons. */
export function batchErrors<R extends Reason>(reasons: readonly R[]): readonly BatchError<R>[] {
  return [...batchOnly, ...refusalErrors('batch', [...missing, ...reasons])]
}

interface BatchInput {
  readonly RegionId: string
  readonly InstanceId: readonly string[]
  readonly BatchOptimization: 'AllTogether' | 'SuccessFirst'
  readonly DryRun: boolean
}

export function toBatch(call: Call, action: string, input: BatchInput): BatchRequest {
  return {
    account: call.principal.account,
    regionId: input.RegionId,
    // An id that stands twice counts once, in its first place.
    instanceIds: [...new Set(input.InstanceId)],
    mode: input.BatchOptimization === 'AllTogether' ? 'together' : 'separately',
    dryRun: input.DryRun,
    requestId: call.requestId,
    action,
  }
}

/** What a batch operation answers: an entry for each instance, or an error for all of them or for a dry run. */
export function renderBatch<Why extends Refusal>(
  call: Call<BatchError<Why['reason']>>,
  { action, regionId = '', mode, dryRun }: BatchRequest,
  outcomes: readonly Outcome<Why>[],
) {
  const words = { operation: action, region: regionId }
  const [first] = outcomes
  if (mode === 'together' && first?.accepted === false) {
    const refusal = refusalOf(first)
    // Ids that don't exist are reported together.
    if (isMissing(refusal)) return call.fail('InvalidInstanceIds.NotFound')
    return call.fail(...refusalError<Why['reason'], 'batch'>('batch', refusal, words))
  }
  // SuccessFirst never tells in a dry run which instances would have failed.
  if (dryRun) return call.fail('DRYRUN.SUCCESS')
  return { InstanceResponses: { InstanceResponse: outcomes.map(outcome => toEntry(outcome, words)) } }
}

interface Words {
  readonly operation: string
  readonly region: string
}

/** Why an instance is refused; where a fault rule has an error in store for it, that is thrown. */
export function refusalOf<Why extends Refusal>({ refusal }: RefusedOutcome<Why>): Why | Missing {
  if (refusal.reason === 'injected') throw new InjectedError(refusal.error)
  return refusal
}

function isMissing(refusal: Refusal): refusal is Missing {
  return refusal.reason === 'not-found' || refusal.reason === 'in-another-region'
}

function toEntry(outcome: Outcome<Refusal>, words: Words) {
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
    refusal.reason === 'injected' ? refusal.error : describeError(...refusalError('batch', refusal, words))
  const status = outcome.status ?? ''
  return { Code: code, Message: message, InstanceId: outcome.id, PreviousStatus: status, CurrentStatus: status }
}

const singleOnly = ['DryRunOperation', ...breakdowns] as const

type SingleError<R extends Reason, F extends Form> =
  | (typeof singleOnly)[number]
  | RefusalError<'not-found', F>
  | RefusalError<R, F>

/** What an operation on one instance can answer that refuses it for these reasons. */
export function singleErrors<R extends Reason, F extends Form = 'single'>(
  reasons: readonly R[],
  form: F = 'single' as F,
): readonly SingleError<R, F>[] {
  return [...singleOnly, ...refusalErrors(form, ['not-found', ...reasons])]
}

/** A batch of one, in whatever region the instance is. */
export function toBatchOfOne(call: Call, action: string, input: { InstanceId: string; DryRun: boolean }): BatchRequest {
  return {
    account: call.principal.account,
    regionId: undefined,
    instanceIds: [input.InstanceId],
    mode: 'together',
    dryRun: input.DryRun,
    requestId: call.requestId,
    action,
  }
}

/** Operations on one instance answer with nothing but the request id, or fail. */
export function renderSingle<Why extends Refusal, F extends Form = 'single'>(
  call: Call<SingleError<Why['reason'], F>>,
  { action, dryRun }: BatchRequest,
  [outcome]: readonly Outcome<Why>[],
  form: F = 'single' as F,
): undefined {
  if (outcome?.accepted === false) {
    const refusal = refusalOf(outcome)
    return call.fail(...refusalError<Why['reason'], F>(form, refusal, { operation: action, region: '' }))
  }
  return dryRun ? call.fail('DryRunOperation') : undefined
}
