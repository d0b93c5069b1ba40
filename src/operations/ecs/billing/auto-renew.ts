import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { renewalStatuses } from '../../../domain/billing/subscription.ts'
import { distinct, instanceIdPattern } from '../instances/common.ts'

/** What the two operations on automatic renewal share: ids come in one text, with commas between them. */
export const autoRenewParams = {
  RegionId: p.region({ required: true }),
  RenewalStatus: p.enum(renewalStatuses, { error: 'InvalidParameter.RenewalStatus' }),
}

export const renewalIdsAbout = 'up to 100 ids, with commas between them'

export const autoRenewErrors = [
  'InvalidParameter.RenewalStatus',
  'InvalidParameter.InvalidInstanceId',
  'InvalidParameter.ToManyInstanceIds',
  'ChargeTypeViolation#payAsYouGo',
] as const satisfies readonly ErrorName[]

export function readIds(call: Call<(typeof autoRenewErrors)[number]>, text: string | undefined): string[] {
  const ids = distinct((text ?? '').split(',').map(id => id.trim())).filter(id => id !== '')
  if (ids.length > 100) return call.fail('InvalidParameter.ToManyInstanceIds')
  return ids.every(id => instanceIdPattern.test(id)) ? ids : call.fail('InvalidParameter.InvalidInstanceId')
}
