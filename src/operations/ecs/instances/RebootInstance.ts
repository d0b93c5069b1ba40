import { rebootRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { reboot } from '../../../services/instances/power.ts'
import { singleInstanceId } from './common.ts'
import { renderSingle, singleErrors, toBatchOfOne } from './power.ts'

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
  errors: singleErrors(rebootRefusals),
  examples: [{ title: 'Restart an instance', params: { InstanceId: 'i-bp1example00000000001' } }],
  async handle(call, input) {
    const batch = toBatchOfOne(call, 'RebootInstance', input)
    const outcomes = await reboot(call.tx, batch, { force: input.ForceStop }, call.services.power)
    return renderSingle(call, batch, outcomes)
  },
})
