import { isPurchasable, periodUnits } from '../../../domain/billing/subscription.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { instance } from '../../../protocol/resources.ts'
import type { Renewal } from '../../../services/billing/subscriptions.ts'
import { singleInstanceId } from '../instances/common.ts'

const action = 'RenewInstance'

/** Why it refuses, as codes. */
export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound',
  'locked-for-security': 'InstanceLockedForSecurity',
  'pay-as-you-go': 'ChargeTypeViolation',
  'wrong-status': 'IncorrectInstanceStatus#attribute',
  'ends-in-the-past': 'InvalidPeriod',
  'cannot-pay': 'InvalidAccountStatus.NotEnoughBalance',
} as const satisfies Record<string, ErrorName>

const errors = [
  ...Object.values(refusals),
  'MissingParameter',
  'InvalidParameter.Conflict',
  'InvalidPeriodUnit.ValueNotSupported',
  'InvalidClientToken.ValueNotSupported',
  'IdempotenceParamNotMatch',
] as const satisfies readonly ErrorName[]

/** Renews a subscription from its end on, and brings the instance back when that end has come already. */
export const RenewInstance = defineOperation({
  product: 'Ecs',
  action,
  summary: 'Renews one subscription; an instance that was on until its subscription ended starts again.',
  evidence: { page: 'RenewInstance', revisions: '2021 and 2026-07' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    Period: p.integer({ error: 'InvalidPeriod' }),
    PeriodUnit: p.enum(periodUnits, { default: 'Month', error: 'InvalidPeriodUnit.ValueNotSupported' }),
    ExpectedRenewDay: p.integer({ min: 1, max: 28 }),
    ClientToken: clientToken,
    ...compatibilityParams,
  },
  errors,
  examples: [
    { title: 'Renew for a month', params: { InstanceId: 'i-bp1example00000000004', Period: '1', PeriodUnit: 'Month' } },
  ],
  // What it buys is more time, which never "holds already": it is paid once per token.
  idempotent: { mismatch: 'IdempotenceParamNotMatch' },
  async handle(call, input) {
    const by = readRenewal(call, input)
    const caller = { account: call.principal.account, requestId: call.requestId, action }
    const outcome = await call.services.subscriptions.renew(call.tx, caller, input.InstanceId, by)
    if ('refusal' in outcome) return call.fail(refusals[outcome.refusal])
    return { OrderId: outcome.orderId }
  },
})

interface Wishes {
  readonly Period: number | undefined
  readonly PeriodUnit: (typeof periodUnits)[number]
  readonly ExpectedRenewDay: number | undefined
}

/** One of the two. */
function readRenewal(call: Call<(typeof errors)[number]>, wishes: Wishes): Renewal {
  const { Period: length, PeriodUnit: unit, ExpectedRenewDay: day } = wishes
  if (length !== undefined && day !== undefined) {
    return call.fail('InvalidParameter.Conflict', { first: 'Period', second: 'ExpectedRenewDay' })
  }
  if (day !== undefined) return { day }
  if (length === undefined) return call.fail('MissingParameter', { name: 'Period' })
  return isPurchasable({ length, unit }) ? { length, unit } : call.fail('InvalidPeriod')
}
