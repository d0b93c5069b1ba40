import { defineOperation } from '../../../protocol/operation.ts'
import { every } from '../../../protocol/resources.ts'
import { createInstances } from './creation.ts'
import { runInstancesErrors } from './creation-errors.ts'
import { runInstancesParams, unsupportedParams } from './creation-params.ts'

/**
 * Makes 1 to 100 instances and starts them: Pending → Starting → Running. Without a vSwitch they go to the default
 * network.
 */
export const RunInstances = defineOperation({
  product: 'Ecs',
  action: 'RunInstances',
  summary: 'Creates and starts 1 to 100 instances.',
  evidence: { page: 'RunInstances' },
  access: { level: 'create', on: every('instance') },
  params: runInstancesParams,
  refused: unsupportedParams,
  errors: runInstancesErrors,
  examples: [
    {
      title: 'Make two tagged instances with public addresses',
      params: {
        RegionId: 'cn-hangzhou',
        ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
        InstanceType: 'ecs.g7.large',
        Amount: '2',
        InstanceName: 'web-[1,3]',
        InternetMaxBandwidthOut: '5',
        'Tag.1.Key': 'env',
        'Tag.1.Value': 'dev',
      },
    },
  ],
  idempotent: { mismatch: 'IdempotentParameterMismatch' },
  handle: (call, input) => createInstances(call, input, { action: 'RunInstances' }),
  render: ({ ids, purchase }) => ({ InstanceIdSets: { InstanceIdSet: ids }, ...purchase }),
})
