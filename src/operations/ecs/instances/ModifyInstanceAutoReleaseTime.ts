import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { instanceIdPattern } from './common.ts'

/** Sets or clears when an instance is to be released by itself. */
export const ModifyInstanceAutoReleaseTime = defineOperation({
  product: 'Ecs',
  action: 'ModifyInstanceAutoReleaseTime',
  summary: 'Sets when a pay-as-you-go instance is to be released by itself, or takes that back.',
  evidence: { page: 'ModifyInstanceAutoReleaseTime' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    RegionId: p.region(),
    InstanceId: p.string({
      required: true,
      pattern: instanceIdPattern,
      error: 'NoSuchResource',
      badValue: 'i-!',
      about: 'instance id',
    }),
    // Without it the instance stays. Seconds are cut off.
    AutoReleaseTime: p.time({ error: 'InvalidAutoReleaseTime.Malformed' }),
    ...compatibilityParams,
  },
  errors: ['NoSuchResource', 'ChargeTypeViolation', 'InvalidAutoReleaseTime.Malformed'],
  examples: [{ title: 'Take a release time back', params: { InstanceId: 'i-bp1example00000000001' } }],
  async handle(call, input) {
    const instance = {
      accountId: call.principal.account.id,
      id: input.InstanceId,
      regionId: input.RegionId,
    }
    const outcome = await call.services.instances.setReleaseTime(call.tx, instance, input.AutoReleaseTime ?? null)
    if (outcome === 'not-found') call.fail('NoSuchResource')
    if (outcome === 'subscription') call.fail('ChargeTypeViolation')
    if (outcome === 'bad-time') call.fail('InvalidAutoReleaseTime.Malformed')
    return undefined
  },
})
