import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { instanceIdPattern } from './common.ts'
import { runSingle, singlePowerErrors } from './power-single.ts'

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
  errors: [...singlePowerErrors, 'InvalidParameter#InstanceId'],
  examples: [{ title: 'Release a running instance', params: { InstanceId: 'i-bp1example00000000001', Force: 'true' } }],
  handle: (call, input) =>
    runSingle(call, { action: 'DeleteInstance', expected: 'Stopped' }, input, batch =>
      call.services.instances.release(call.tx, batch, {
        force: input.Force,
        forceStop: input.ForceStop,
        terminateSubscription: input.TerminateSubscription,
      }),
    ),
})
