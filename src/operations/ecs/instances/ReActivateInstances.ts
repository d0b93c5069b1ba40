import { startRefusals } from '../../../domain/instances/power.ts'
import type { ReactivationRefusal } from '../../../domain/instances/reactivating.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { singleInstanceId } from './common.ts'
import { breakdowns, refusalOf } from './power.ts'
import { refusalError, refusalErrors } from './refusals.ts'

const action = 'ReActivateInstances'

/** Codes of the page; what else a start may be refused for has the code that StartInstance gives it. */
export const refusals = {
  subscription: 'InvalidPayType.NotSupport',
  'locked-for-security': 'InstanceLockedForSecurity',
  'wrong-status': 'IncorrectInstanceStatus#attribute',
  'not-in-arrears': 'ReopenInstance.InstanceStatusNotValid',
  'insufficient-balance': 'InsufficientBalance',
} as const satisfies Record<ReactivationRefusal, ErrorName>

/** Starts an instance that was stopped for arrears and did not come back by itself. */
export const ReActivateInstances = defineOperation({
  product: 'Ecs',
  action,
  summary: 'Brings back an instance that was stopped for arrears, once the account is settled.',
  evidence: { page: action, revisions: '2018 to 2026' },
  access: { level: 'update', on: instance('InstanceId') },
  params: { RegionId: p.region(), InstanceId: singleInstanceId, ...compatibilityParams },
  errors: [
    'InvalidInstanceId.NotFound',
    ...refusalErrors('single', startRefusals),
    ...breakdowns,
    'InvalidPayType.NotSupport',
    'IncorrectInstanceStatus#attribute',
    'ReopenInstance.InstanceStatusNotValid',
  ],
  examples: [{ title: 'Bring an instance back', params: { InstanceId: 'i-bp1example00000000003' } }],
  async handle(call, { RegionId: regionId, InstanceId }) {
    const { account } = call.principal
    const batch = { account, regionId, requestId: call.requestId, action }
    const outcome = await call.services.reactivation.reactivate(call.tx, batch, InstanceId)
    if (outcome === 'done') return undefined
    if (outcome === 'not-found') return call.fail('InvalidInstanceId.NotFound')
    if (typeof outcome === 'string') return call.fail(refusals[outcome])
    return call.fail(...refusalError('single', refusalOf(outcome), { operation: action, region: '' }))
  },
})
