import { startRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { start } from '../../../services/instances/start.ts'
import { singleInstanceId } from './common.ts'
import { renderSingle, singleErrors, toBatchOfOne } from './power.ts'

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
  errors: singleErrors(startRefusals, 'StartInstance'),
  examples: [{ title: 'Start an instance', params: { InstanceId: 'i-bp1example00000000003' } }],
  async handle(call, input) {
    const batch = toBatchOfOne(call, 'StartInstance', input)
    const outcomes = await start(call.tx, batch, call.services.power)
    return renderSingle(call, batch, outcomes, 'StartInstance')
  },
})
