import { findImage } from '../../../domain/catalogue/images.ts'
import { findInstanceType } from '../../../domain/catalogue/instance-types.ts'
import { shownStopMode } from '../../../domain/instances/economical-mode.ts'
import { type Eip, loadEips } from '../../../store/tables/network/eips.ts'
import type { Instance } from '../../../store/tables/instances/instances.ts'
import type { Tx } from '../../../store/store.ts'
import { formatMinute } from '../../times.ts'

/** What pay-as-you-go instances and disks show as their end. */
export const neverExpires = '2099-12-31T15:59Z'

export async function toWireInstances(tx: Tx, instances: readonly Instance[]) {
  const eips = await loadEips(tx, instances)
  return instances.map(instance => toWireInstance(instance, eips.get(instance.eip)))
}

/** An instance as DescribeInstances shows it. Every field is there: some clients fail on a missing one. */
function toWireInstance(instance: Instance, eip: Eip | undefined) {
  const type = findInstanceType(instance.type)
  const image = findImage(instance.imageId)
  const { details } = instance
  const inVpc = instance.networkType === 'vpc'
  const cpuCores = type?.cpuCores ?? 1
  return {
    InstanceId: instance.id,
    InstanceName: instance.name,
    HostName: details.hostName,
    Description: details.description,
    Status: instance.status,
    StoppedMode: shownStopMode(instance),
    RegionId: instance.regionId,
    ZoneId: instance.zoneId,
    ClusterId: '',
    InstanceType: instance.type,
    InstanceTypeFamily: instance.family,
    Cpu: cpuCores,
    Memory: (type?.memoryGiB ?? 0) * 1024,
    CpuOptions: { CoreCount: details.cpu.coreCount, ThreadsPerCore: details.cpu.threadsPerCore, Numa: 'ON' },
    GPUAmount: type?.gpu?.amount ?? 0,
    GPUSpec: type?.gpu?.spec ?? '',
    LocalStorageAmount: type?.localStorage?.amount ?? 0,
    LocalStorageCapacity: type?.localStorage?.capacityGiB ?? 0,
    CreditSpecification: details.creditSpecification,
    ImageId: instance.imageId,
    OSName: image?.osName ?? '',
    OSNameEn: image?.osNameEn ?? '',
    OSType: image?.osType ?? 'linux',
    InstanceChargeType: instance.chargeType,
    SpotStrategy: instance.spotStrategy,
    SpotPriceLimit: details.spotPriceLimit,
    SpotDuration: details.spotDuration,
    SpotInterruptionBehavior: details.spotInterruptionBehavior,
    SaleCycle: instance.chargeType === 'PrePaid' ? 'Month' : '',
    CreationTime: formatMinute(instance.createdAt),
    StartTime: formatMinute(instance.startedAt),
    ExpiredTime: instance.expiresAt === null ? neverExpires : formatMinute(instance.expiresAt),
    AutoReleaseTime: formatMinute(instance.autoReleaseAt),
    OperationLocks: { LockReason: instance.locks.map(lock => ({ LockReason: lock, LockMsg: '' })) },
    InstanceNetworkType: instance.networkType,
    VpcAttributes: {
      VpcId: instance.vpcId,
      VSwitchId: instance.vSwitchId,
      NatIpAddress: '',
      PrivateIpAddress: { IpAddress: inVpc ? [instance.privateIp] : [] },
    },
    PublicIpAddress: { IpAddress: listOf(instance.publicIp) },
    InnerIpAddress: { IpAddress: inVpc ? [] : [instance.privateIp] },
    EipAddress: {
      AllocationId: eip?.id ?? '',
      IpAddress: instance.eip,
      InternetChargeType: eip?.internetChargeType ?? '',
      Bandwidth: eip?.bandwidth ?? 0,
      IsSupportUnassociate: eip !== undefined,
    },
    NetworkInterfaces: { NetworkInterface: inVpc ? [toWireInterface(instance)] : [] },
    RdmaIpAddress: { IpAddress: [] },
    InternetChargeType: instance.internetChargeType,
    InternetMaxBandwidthOut: details.internetMaxBandwidthOut,
    InternetMaxBandwidthIn: details.internetMaxBandwidthIn,
    SecurityGroupIds: { SecurityGroupId: [...instance.securityGroupIds] },
    Tags: { Tag: Object.entries(instance.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })) },
    KeyPairName: instance.keyPairName,
    ResourceGroupId: instance.resourceGroupId,
    DeploymentSetId: details.deploymentSetId,
    HpcClusterId: '',
    SerialNumber: details.serialNumber,
    VlanId: '',
    ISP: '',
    DeletionProtection: instance.deletionProtection,
    DeviceAvailable: true,
    IoOptimized: true,
    Recyclable: false,
    MetadataOptions: {
      HttpEndpoint: instance.httpEndpoint,
      HttpTokens: instance.httpTokens,
      HttpPutResponseHopLimit: 0,
    },
    DedicatedHostAttribute: { DedicatedHostId: '', DedicatedHostName: '', DedicatedHostClusterId: '' },
    DedicatedInstanceAttribute: { Tenancy: details.tenancy, Affinity: details.affinity },
    EcsCapacityReservationAttr: { CapacityReservationId: '', CapacityReservationPreference: '' },
    HibernationOptions: { Configured: false },
    ImageOptions: { LoginAsNonRoot: false },
    AdditionalInfo: { EnableHighDensityMode: false },
  }
}

function toWireInterface({ details, privateIp }: Instance) {
  return {
    Type: 'Primary',
    NetworkInterfaceId: details.networkInterfaceId,
    MacAddress: details.macAddress,
    PrimaryIpAddress: privateIp,
    PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: privateIp, Primary: true }] },
    Ipv6Sets: { Ipv6Set: [] },
    Ipv4PrefixSets: { Ipv4PrefixSet: [] },
    Ipv6PrefixSets: { Ipv6PrefixSet: [] },
  }
}

function listOf(address: string): string[] {
  return address === '' ? [] : [address]
}
