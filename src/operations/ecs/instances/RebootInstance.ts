import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { runSingle, singleInstanceId, singlePowerErrors } from './power-single.ts'

/** Restarts one running instance. */
export const RebootInstance = defineOperation({
  product: 'Ecs',
  action: 'RebootInstance',
  summary: 'Restarts one running instance.',
  evidence: { page: 'RebootInstance', revisions: '2021 and later' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    // The batch operation calls the same thing ForceReboot.
    ForceStop: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: singlePowerErrors,
  examples: [{ title: 'Restart an instance', params: { InstanceId: 'i-bp1example00000000001' } }],
  handle: (call, input) =>
    runSingle(call, { action: 'RebootInstance', expected: 'Running' }, input, batch =>
      call.services.instances.reboot(call.tx, batch, { force: input.ForceStop }),
    ),
})
