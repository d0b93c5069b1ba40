import { defineOperation } from '../../protocol/operation.ts'
import { NoStock } from '../../services/capacity.ts'
import { once, TokenMismatch } from '../../services/idempotency.ts'
import { instanceArn } from './common.ts'
import { runInstancesErrors, toCreationRequest } from './run-instances-order.ts'
import { runInstancesParams, unsupportedParams } from './run-instances-params.ts'

/**
 * Makes 1 to 100 instances and starts them: Pending → Starting → Running. Without a vSwitch they go to the default
 * network. Source: help page "RunInstances".
 */
export const RunInstances = defineOperation({
  product: 'Ecs',
  action: 'RunInstances',
  summary: 'Creates and starts 1 to 100 instances.',
  access: {
    level: 'create',
    resources: ({ RegionId }, accountId) => [instanceArn(RegionId, accountId, '*')],
  },
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
  async handle(call, input) {
    const { account } = call.principal
    const { ClientToken: token, ...rest } = input
    const create = async () => call.services.creation.create(call.tx, await toCreationRequest(call, input))
    if (input.DryRun) {
      await toCreationRequest(call, input)
      return call.fail('DryRunOperation')
    }
    try {
      const use = { accountId: account.id, action: 'RunInstances', token, input: rest, wallNow: call.wallNow }
      return { InstanceIdSets: { InstanceIdSet: await once(call.tx, use, create) } }
    } catch (reason) {
      if (reason instanceof TokenMismatch) return call.fail('IdempotentParameterMismatch')
      if (reason instanceof NoStock) return call.fail('OperationDenied.NoStock')
      throw reason
    }
  },
})
