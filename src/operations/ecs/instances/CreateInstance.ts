import { defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { createInstances } from './creation.ts'
import { creationErrors, type RunInstancesCall } from './creation-errors.ts'
import { creationParams, type RunInstancesInput } from './creation-params.ts'

/** What only RunInstances can be asked for. */
const nothingMore: Omit<RunInstancesInput, keyof typeof creationParams> = {
  LaunchTemplateId: undefined,
  LaunchTemplateName: undefined,
  SecurityGroupIds: [],
  Amount: 1,
  MinAmount: undefined,
  UniqueSuffix: false,
  AutoPay: true,
  AutoReleaseTime: undefined,
  NetworkInterface: [],
  CpuOptions: undefined,
  Ipv6AddressCount: undefined,
}

/**
 * Makes one instance and leaves it off: Pending → Stopped, until it is started. Unlike RunInstances it gives the instance
 * no public address, whatever its bandwidth.
 */
export const CreateInstance = defineOperation({
  product: 'Ecs',
  action: 'CreateInstance',
  summary: 'Creates one instance, which stays Stopped until it is started.',
  evidence: { page: 'CreateInstance', revisions: '2026-01' },
  access: { level: 'create', on: every('instance') },
  params: {
    ...creationParams,
    InstanceType: p.string({ required: true }),
    // Concerns services inside the guest.
    UseAdditionalService: p.boolean({ hidden: true }),
  },
  refused: [
    'Arn',
    'ClusterId',
    'DeploymentSetGroupNo',
    'HibernationOptions',
    'HpcClusterId',
    'HttpPutResponseHopLimit',
    'InnerIpAddress',
    'ManagedHostId',
    'NodeControllerId',
    'StorageSetId',
    'StorageSetPartitionNumber',
    'VlanId',
  ],
  errors: creationErrors,
  examples: [
    {
      title: 'Make an instance that is off',
      params: {
        RegionId: 'cn-hangzhou',
        ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
        InstanceType: 'ecs.g7.large',
        InstanceName: 'web-1',
        'SystemDisk.Category': 'cloud_essd',
        'SystemDisk.Size': '40',
      },
    },
  ],
  // Stores of version 0.1.0 keep tokens that were compared in this form.
  idempotent: { mismatch: 'IdempotentParameterMismatch', compared: input => ({ ...nothingMore, ...input }) },
  handle(call, input) {
    const order = { action: 'CreateInstance', staysOff: true, publicIp: false, stopMode: 'KeepCharging' } as const
    // It is not refused for what it cannot be asked for.
    return createInstances(call as RunInstancesCall, { ...nothingMore, ...input }, order)
  },
  render: ({ ids, purchase }) => ({ InstanceId: ids[0], ...purchase }),
})
