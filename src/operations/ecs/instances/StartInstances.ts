import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { batchInstanceIds, batchModes } from './common.ts'
import { batchErrors, runBatch } from './power-batch.ts'

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
  errors: batchErrors,
  examples: [
    {
      title: 'Start an instance',
      params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000003' },
    },
  ],
  handle: (call, input) =>
    runBatch(call, 'StartInstances', input, batch => call.services.instances.start(call.tx, batch)),
})
