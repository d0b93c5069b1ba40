import { startRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { start } from '../../../services/instances/start.ts'
import { batchInstanceIds, batchModes } from './common.ts'
import { batchErrors, renderBatch, toBatch } from './power.ts'

/** Starts one or more stopped instances. */
export const StartInstances = defineOperation({
  product: 'Ecs',
  action: 'StartInstances',
  summary: 'Starts one or more stopped instances.',
  evidence: { page: 'StartInstances', revisions: '2025' },
  access: { level: 'update', on: instance('InstanceId') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: batchInstanceIds({ malformed: 'Abs.InvalidInstanceIds.MalFormed' }),
    BatchOptimization: p.enum(batchModes, { default: 'AllTogether' }),
    DryRun: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: batchErrors(startRefusals),
  examples: [
    {
      title: 'Start an instance',
      params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000003' },
    },
  ],
  async handle(call, input) {
    const batch = toBatch(call, 'StartInstances', input)
    const outcomes = await start(call.tx, batch, call.services.power)
    return renderBatch(call, batch, outcomes)
  },
})
