import { releaseRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { release } from '../../../services/instances/release.ts'
import { instanceIdPattern } from './common.ts'
import { renderSingle, singleErrors, toBatchOfOne } from './power.ts'

/** Releases one instance. */
export const DeleteInstance = defineOperation({
  product: 'Ecs',
  action: 'DeleteInstance',
  summary: 'Releases one instance: stopped, or with Force also running.',
  evidence: { page: 'DeleteInstance' },
  access: { level: 'delete', on: instance('InstanceId') },
  params: {
    InstanceId: p.string({
      required: true,
      pattern: instanceIdPattern,
      error: 'InvalidParameter#InstanceId',
      badValue: 'i-!',
      about: 'instance id',
    }),
    Force: p.boolean({ default: false }),
    // With Force: false lets the guest shut down first.
    ForceStop: p.boolean({ default: true }),
    TerminateSubscription: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: [...singleErrors(releaseRefusals), 'InvalidParameter#InstanceId'],
  examples: [{ title: 'Release a running instance', params: { InstanceId: 'i-bp1example00000000001', Force: 'true' } }],
  async handle(call, input) {
    const batch = toBatchOfOne(call, 'DeleteInstance', input)
    const { Force: force, ForceStop: forceStop, TerminateSubscription: terminateSubscription } = input
    const refused = await release(call.tx, batch, { force, forceStop, terminateSubscription }, call.services.power)
    return renderSingle(call, batch, refused)
  },
})
