import { stopRefusals } from '../../../domain/instances/power.ts'
import { stopModes } from '../../../domain/instances/types.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { stop } from '../../../services/instances/power.ts'
import { singleInstanceId } from './common.ts'
import { renderSingle, singleErrors, toBatchOfOne } from './power.ts'

/** Stops one running instance. */
export const StopInstance = defineOperation({
  product: 'Ecs',
  action: 'StopInstance',
  summary: 'Stops one running instance.',
  evidence: { page: 'StopInstance', revisions: 'to 2025-12' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    InstanceId: singleInstanceId,
    StoppedMode: p.enum(stopModes),
    ForceStop: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    // Once mandatory for retired types with local disks; has no effect.
    ConfirmStop: p.boolean({ hidden: true }),
    Hibernate: p.boolean({ default: false, hidden: true }),
    ...compatibilityParams,
  },
  errors: singleErrors(stopRefusals),
  examples: [
    {
      title: 'Stop an instance in standard mode',
      params: { InstanceId: 'i-bp1example00000000001', StoppedMode: 'KeepCharging' },
    },
  ],
  async handle(call, input) {
    const batch = toBatchOfOne(call, 'StopInstance', input)
    const how = { force: input.ForceStop, mode: input.StoppedMode, hibernate: input.Hibernate }
    const outcomes = await stop(call.tx, batch, how, call.services.power)
    return renderSingle(call, batch, outcomes)
  },
})
