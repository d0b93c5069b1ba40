import { periodUnits } from '../../../domain/billing/subscription.ts'
import { chargeTypes } from '../../../domain/instances/types.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { instance } from '../../../protocol/resources.ts'
import type { ChargeOutcome } from '../../../services/billing/subscriptions.ts'
import { listFacts } from '../../../store/tables/instances/power.ts'
import { distinct } from '../instances/common.ts'

const action = 'ModifyInstanceChargeType'
/** Instances of one call. */
const most = 20

/** Why it refuses, as codes. */
export const refusals = {
  'not-found': 'InvalidInstanceId.NotFound#charge',
  'managed-by-product': 'OperationDenied.SystemInstanceNotSupport',
  'locked-for-security': 'InstanceLockedForSecurity',
  expired: 'ExpiredInstance',
  'in-arrears': 'Account.Arrearage#charge',
  spot: 'InvalidSpotStrategy#charge',
  'has-it-already': 'InvalidInstanceChargeType.ValueNotSupported',
  'release-time-set': 'ReleaseTimeHaveBeenSet',
  'wrong-status': 'InvalidStatus.ValueNotSupported#charge',
  'in-flight': 'InvalidStatus.ValueNotSupported#charge',
  economical: 'InvalidStatus.ValueNotSupported#economical',
  'bad-period': 'InvalidPeriod.UnitMismatch',
  'cannot-pay': 'InvalidAccountStatus.NotEnoughBalance',
} as const satisfies Record<Extract<ChargeOutcome, { refusal: unknown }>['refusal'], ErrorName>

/** Makes subscriptions of pay-as-you-go instances, or the other way round; all of them or none. */
export const ModifyInstanceChargeType = defineOperation({
  product: 'Ecs',
  action,
  summary: 'Changes up to 20 instances from pay-as-you-go to subscription, or back.',
  evidence: { page: 'ModifyInstanceChargeType', revisions: 'to 2026-01' },
  access: { level: 'update', on: instance('InstanceIds') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceIds: p.jsonList({
      required: true,
      error: 'InvalidParameter.InstanceIds',
      tooMany: 'InstancesIdQuotaExceed',
    }),
    InstanceChargeType: p.enum(chargeTypes, {
      default: 'PrePaid',
      error: 'InvalidInstanceChargeType.ValueNotSupported#value',
    }),
    Period: p.integer({ error: 'InvalidPeriod' }),
    PeriodUnit: p.enum(periodUnits, { default: 'Month' }),
    // Disks here are charged as their instance is.
    IncludeDataDisks: p.boolean({ default: false }),
    AutoPay: p.boolean({ default: true }),
    IsDetailFee: p.boolean({ default: false }),
    ClientToken: clientToken,
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: [
    ...new Set(Object.values(refusals)),
    'InvalidParameter.InstanceIds',
    'InstancesIdQuotaExceed',
    'InvalidInstanceChargeType.ValueNotSupported#value',
    'InvalidPeriod',
    'InvalidClientToken.ValueNotSupported',
    'IdempotenceParamNotMatch',
    'NotImplemented#value',
    'DryRunOperation',
  ],
  examples: [
    {
      title: 'Make a subscription of an instance for a month',
      params: { RegionId: 'cn-hangzhou', InstanceIds: '["i-bp1example00000000001"]', Period: '1' },
    },
  ],
  idempotent: {
    mismatch: 'IdempotenceParamNotMatch',
    compared: input => ({ ...input, DryRun: undefined }),
    // Terraform's provider has one token for the whole life of an instance, and changes it there and back.
    tokens: 'shared',
    async holds(call, { InstanceIds, InstanceChargeType: wanted }) {
      const found = await listFacts(call.tx, call.principal.account.id, InstanceIds ?? [])
      return found.every(({ chargeType }) => chargeType === wanted)
    },
  },
  async handle(call, input) {
    const { RegionId: regionId, InstanceChargeType: wanted, Period: length, PeriodUnit: unit, DryRun: dryRun } = input
    const ids = distinct(input.InstanceIds ?? [])
    if (ids.length === 0) return call.fail('InvalidParameter.InstanceIds')
    if (ids.length > most) return call.fail('InstancesIdQuotaExceed')
    if (wanted === 'PrePaid' && length === undefined) return call.fail('InvalidPeriod')
    // There is no console in which an order could be paid later.
    if (!input.AutoPay) return call.fail('NotImplemented#value', { action, name: 'AutoPay', value: 'false' })
    const which = { account: call.principal.account, regionId, ids }
    const change = { wanted, period: { length: length ?? 0, unit }, dryRun }
    const outcome = await call.services.subscriptions.changeChargeType(call.tx, which, change)
    if ('refusal' in outcome) return call.fail(refusals[outcome.refusal], { operation: action })
    if (dryRun) return call.fail('DryRunOperation')
    const { orderId: OrderId, fees } = outcome
    if (wanted === 'PostPaid' && !input.IsDetailFee) return { OrderId }
    const FeeOfInstance = fees.map(({ id, fen }) => ({
      InstanceId: id,
      Currency: 'CNY',
      Fee: (fen / 100).toFixed(2),
    }))
    return { OrderId, FeeOfInstances: { FeeOfInstance } }
  },
})
