import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { countInstances, listInstances } from '../../../store/tables/instances/queries.ts'
import { type Instance } from '../../../store/tables/instances/instances.ts'
import { pageParams, rowsOf } from '../../paging.ts'
import { autoRenewErrors, autoRenewParams, readIds, renewalIdsAbout } from './auto-renew.ts'

/** Tells which subscriptions renew themselves. */
export const DescribeInstanceAutoRenewAttribute = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceAutoRenewAttribute',
  summary: 'Tells which subscriptions renew themselves when they end.',
  evidence: { page: 'DescribeInstanceAutoRenewAttribute', revisions: '2021 to 2026-08' },
  access: { level: 'read', on: instance('InstanceId', { separator: ',' }) },
  params: {
    ...autoRenewParams,
    InstanceId: p.string({ about: `${renewalIdsAbout}; this or RenewalStatus must be given` }),
    ...pageParams(),
    ...compatibilityParams,
  },
  errors: [...autoRenewErrors, 'InvalidParameter.RenewalStatusInstanceId'],
  examples: [
    {
      title: 'Look at a subscription',
      params: { RegionId: 'cn-hangzhou', InstanceId: 'i-bp1example00000000004' },
    },
  ],
  async handle(call, input) {
    const { RegionId: regionId, RenewalStatus: status, PageNumber, PageSize } = input
    const ids = readIds(call, input.InstanceId)
    if (ids.length === 0 && status === undefined) return call.fail('InvalidParameter.RenewalStatusInstanceId')
    const where = { accountId: call.principal.account.id, regionId }
    if (ids.length > 0) {
      const named = await listInstances(call.tx, { ...where, ids }, { limit: ids.length })
      if (named.length < ids.length) return call.fail('InvalidParameter.InvalidInstanceId')
      if (named.some(one => one.chargeType !== 'PrePaid')) return call.fail('ChargeTypeViolation#payAsYouGo')
    }
    const filter = {
      ...where,
      ...(ids.length === 0 ? {} : { ids }),
      equals: { chargeType: 'PrePaid', ...(status === undefined ? {} : { renewalStatus: status }) },
    }
    const page = await listInstances(call.tx, filter, rowsOf(input))
    return {
      InstanceRenewAttributes: { InstanceRenewAttribute: page.map(toWireRenewal) },
      PageNumber,
      PageSize,
      TotalCount: await countInstances(call.tx, filter),
    }
  },
})

function toWireRenewal({ id, renewalStatus, details: { renewal } }: Instance) {
  const enabled = renewalStatus === 'AutoRenewal'
  return {
    InstanceId: id,
    RenewalStatus: renewalStatus,
    AutoRenewEnabled: enabled,
    Duration: enabled ? renewal.length : 0,
    PeriodUnit: enabled ? renewal.unit : '',
    EnableExpectedRenewDay: false,
  }
}
