import { isRenewable, periodUnits } from '../../../domain/billing/subscription.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { autoRenewErrors, autoRenewParams, readIds, renewalIdsAbout } from './auto-renew.ts'

/** Older pages and clients write units in lower case. */
const units = [...periodUnits, 'week', 'month', 'year'] as const

/** Sets whether subscriptions renew themselves when they end, and by how much. */
export const ModifyInstanceAutoRenewAttribute = defineOperation({
  product: 'Ecs',
  action: 'ModifyInstanceAutoRenewAttribute',
  summary: 'Sets whether subscriptions renew themselves when they end, and by how much.',
  evidence: { page: 'ModifyInstanceAutoRenewAttribute', revisions: '2021 to 2026-08' },
  access: { level: 'update', on: instance('InstanceId', { separator: ',' }) },
  params: {
    ...autoRenewParams,
    InstanceId: p.string({ required: true, about: renewalIdsAbout }),
    AutoRenew: p.boolean({ default: false }),
    Duration: p.integer({ error: 'InvalidParameter.Duration' }),
    PeriodUnit: p.enum(units, { default: 'Month', error: 'InvalidPeriodUnit.ValueNotSupported#renewal' }),
    ...compatibilityParams,
  },
  errors: [
    ...autoRenewErrors,
    'MissingParameter.InstanceId',
    'InvalidParameter.Duration',
    'InvalidPeriodUnit.ValueNotSupported#renewal',
  ],
  examples: [
    {
      title: 'Renew by a month whenever a month is over',
      params: {
        RegionId: 'cn-hangzhou',
        InstanceId: 'i-bp1example00000000004',
        RenewalStatus: 'AutoRenewal',
        Duration: '1',
        PeriodUnit: 'Month',
      },
    },
  ],
  async handle(call, input) {
    const ids = readIds(call, input.InstanceId)
    if (ids.length === 0) return call.fail('MissingParameter.InstanceId')
    const status = input.RenewalStatus ?? (input.AutoRenew ? 'AutoRenewal' : 'Normal')
    const unit = periodUnits.find(one => one.toLowerCase() === input.PeriodUnit.toLowerCase()) ?? 'Month'
    const period = { length: input.Duration ?? 1, unit }
    if (!isRenewable(period)) return call.fail('InvalidParameter.Duration')
    const outcome = await call.services.subscriptions.setRenewal(
      call.tx,
      { accountId: call.principal.account.id, regionId: input.RegionId, ids },
      { status, period: status === 'AutoRenewal' ? period : undefined },
    )
    if (outcome === 'done') return undefined
    return call.fail(
      outcome.refusal === 'not-found' ? 'InvalidParameter.InvalidInstanceId' : 'ChargeTypeViolation#payAsYouGo',
    )
  },
})
