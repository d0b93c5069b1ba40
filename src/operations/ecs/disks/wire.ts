import type { DiskPlace } from '../../../store/tables/disks.ts'
import { formatMinute, formatSecond } from '../../times.ts'
import { neverExpires } from '../instances/wire.ts'

/** A disk as DescribeDisks shows it; it came and is attached with its instance. */
export function toWireDisk({ instance, place }: DiskPlace) {
  const disk = instance.details.disks[place]
  if (disk === undefined) throw new Error(`${instance.id} has no disk ${place}.`)
  const device = `/dev/xvd${String.fromCodePoint(0x61 + place)}`
  const at = formatSecond(instance.createdAt)
  const attachment = { InstanceId: instance.id, Device: device, AttachedTime: at }
  return {
    DiskId: disk.id,
    DiskName: disk.name,
    Description: disk.description,
    RegionId: instance.regionId,
    ZoneId: instance.zoneId,
    Type: disk.kind,
    Category: disk.category,
    PerformanceLevel: disk.performanceLevel,
    Size: disk.sizeGiB,
    Status: 'In_use',
    InstanceId: instance.id,
    Device: device,
    MountInstanceNum: 1,
    MountInstances: { MountInstance: [attachment] },
    Attachments: { Attachment: [attachment] },
    CreationTime: at,
    AttachedTime: at,
    DetachedTime: '',
    DiskChargeType: instance.chargeType,
    ExpiredTime: instance.expiresAt === null ? neverExpires : formatMinute(instance.expiresAt),
    Portable: disk.kind === 'data' && instance.chargeType === 'PostPaid',
    DeleteWithInstance: disk.deleteWithInstance,
    DeleteAutoSnapshot: false,
    EnableAutoSnapshot: false,
    EnableAutomatedSnapshotPolicy: false,
    AutoSnapshotPolicyId: '',
    Encrypted: disk.encrypted,
    KMSKeyId: disk.kmsKeyId,
    ImageId: disk.kind === 'system' ? instance.imageId : '',
    SourceSnapshotId: disk.snapshotId,
    SourceDiskId: '',
    SerialNumber: disk.id.slice(2),
    ProductCode: '',
    ResourceGroupId: instance.resourceGroupId,
    MultiAttach: 'Disabled',
    BurstingEnabled: false,
    StorageSetId: '',
    StorageClusterId: '',
    OperationLocks: { OperationLock: instance.locks.map(lock => ({ LockReason: lock })) },
    Tags: { Tag: [] },
  }
}
