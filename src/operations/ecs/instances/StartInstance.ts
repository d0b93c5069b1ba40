import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { runSingle, singleInstanceId, singlePowerErrors } from './power-single.ts'

/** Starts one stopped instance. */
export const StartInstance = defineOperation({
  product: 'Ecs',
  action: 'StartInstance',
  summary: 'Starts one stopped instance.',
  evidence: { page: 'StartInstance', revisions: 'to 2025-12' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    DryRun: p.boolean({ default: false }),
    // Concerns local disks of retired types; has no effect.
    InitLocalDisk: p.boolean({ hidden: true }),
    ...compatibilityParams,
  },
  errors: singlePowerErrors,
  examples: [{ title: 'Start an instance', params: { InstanceId: 'i-bp1example00000000003' } }],
  handle: (call, input) =>
    runSingle(call, { action: 'StartInstance', expected: 'Stopped' }, input, batch =>
      call.services.instances.start(call.tx, batch),
    ),
})
