import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { findInstance } from '../../../store/tables/instances/instances.ts'
import { toWireInstances } from './wire.ts'
import { singleInstanceId } from './common.ts'

/** Reads one instance. */
export const DescribeInstanceAttribute = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceAttribute',
  summary: 'Reads the attributes of one instance.',
  evidence: { page: 'DescribeInstanceAttribute' },
  access: { level: 'read', on: instance('InstanceId') },
  params: { InstanceId: singleInstanceId, ...compatibilityParams },
  errors: ['InvalidInstanceId.NotFound'],
  examples: [{ title: 'Read an instance', params: { InstanceId: 'i-bp1example00000000001' } }],
  async handle(call, { InstanceId: id }) {
    const found = await findInstance(call.tx, id)
    if (found?.accountId !== call.principal.account.id) return call.fail('InvalidInstanceId.NotFound')
    const [instance] = await toWireInstances(call.tx, [found])
    if (instance === undefined) return call.fail('InvalidInstanceId.NotFound')
    const { IsSupportUnassociate: _, ...eip } = instance.EipAddress
    return {
      InstanceId: instance.InstanceId,
      InstanceName: instance.InstanceName,
      HostName: instance.HostName,
      Description: instance.Description,
      Status: instance.Status,
      StoppedMode: instance.StoppedMode,
      RegionId: instance.RegionId,
      ZoneId: instance.ZoneId,
      ClusterId: instance.ClusterId,
      InstanceType: instance.InstanceType,
      Cpu: instance.Cpu,
      Memory: instance.Memory,
      CreditSpecification: instance.CreditSpecification,
      ImageId: instance.ImageId,
      InstanceChargeType: instance.InstanceChargeType,
      CreationTime: instance.CreationTime,
      ExpiredTime: instance.ExpiredTime,
      OperationLocks: { LockReason: found.locks.map(lock => ({ LockReason: lock })) },
      InstanceNetworkType: instance.InstanceNetworkType,
      VpcAttributes: instance.VpcAttributes,
      PublicIpAddress: instance.PublicIpAddress,
      InnerIpAddress: instance.InnerIpAddress,
      EipAddress: eip,
      InternetChargeType: instance.InternetChargeType,
      InternetMaxBandwidthOut: instance.InternetMaxBandwidthOut,
      InternetMaxBandwidthIn: instance.InternetMaxBandwidthIn,
      SecurityGroupIds: instance.SecurityGroupIds,
      SerialNumber: instance.SerialNumber,
      VlanId: instance.VlanId,
      IoOptimized: 'optimized',
      EnableJumboFrame: false,
      EnableNetworkEncryption: false,
      DedicatedHostAttribute: { DedicatedHostId: '', DedicatedHostName: '' },
    }
  },
})
