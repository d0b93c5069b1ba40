import { stopRefusals } from '../../../domain/instances/power.ts'
import { stopModes } from '../../../domain/instances/types.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { stop } from '../../../services/instances/power.ts'
import { batchInstanceIds, batchModes } from './common.ts'
import { batchErrors, renderBatch, toBatch } from './power.ts'

/**
 * Stops one or more running instances: all or none, or each on its own. The answer means "accepted"; poll
 * DescribeInstanceStatus until Stopped.
 */
export const StopInstances = defineOperation({
  product: 'Ecs',
  action: 'StopInstances',
  summary: 'Stops one or more running instances.',
  evidence: { page: 'StopInstances', revisions: '2024-02 to 2026-09' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: batchInstanceIds({ malformed: 'Abs.InvalidInstanceIds.MalFormed' }),
    BatchOptimization: p.enum(batchModes, { default: 'AllTogether' }),
    StoppedMode: p.enum(stopModes),
    ForceStop: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    // By invitation only in the real service, and declared for StopInstance alone.
    Hibernate: p.boolean({ default: false, hidden: true }),
    ...compatibilityParams,
  },
  errors: batchErrors(stopRefusals),
  examples: [
    {
      title: 'Stop two instances in economical mode, all or none',
      params: {
        RegionId: 'cn-hangzhou',
        'InstanceId.1': 'i-bp1example00000000001',
        'InstanceId.2': 'i-bp1example00000000002',
        StoppedMode: 'StopCharging',
      },
    },
  ],
  async handle(call, input) {
    const batch = toBatch(call, 'StopInstances', input)
    const how = { force: input.ForceStop, mode: input.StoppedMode, hibernate: input.Hibernate }
    const outcomes = await stop(call.tx, batch, how, call.services.power)
    return renderBatch(call, batch, outcomes)
  },
})
