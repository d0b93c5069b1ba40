import { rebootRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { reboot } from '../../../services/instances/power.ts'
import { batchInstanceIds, batchModes } from './common.ts'
import { batchErrors, renderBatch, toBatch } from './power.ts'

/** Restarts one or more running instances. */
export const RebootInstances = defineOperation({
  product: 'Ecs',
  action: 'RebootInstances',
  summary: 'Restarts one or more running instances.',
  evidence: { page: 'RebootInstances', revisions: '2025' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: batchInstanceIds({ malformed: 'Abs.InvalidInstanceIds.MalFormed' }),
    BatchOptimization: p.enum(batchModes, { default: 'AllTogether' }),
    ForceReboot: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: batchErrors(rebootRefusals),
  examples: [
    {
      title: 'Restart an instance at once, without asking its guest',
      params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000001', ForceReboot: 'true' },
    },
  ],
  async handle(call, input) {
    const batch = toBatch(call, 'RebootInstances', input)
    const outcomes = await reboot(call.tx, batch, { force: input.ForceReboot }, call.services.power)
    return renderBatch(call, batch, outcomes)
  },
})
