import { type AnyOperation, products } from '../protocol/operation.ts'
import { QueryAccountBalance } from './bss/billing/QueryAccountBalance.ts'
import { CreateInstance } from './ecs/instances/CreateInstance.ts'
import { DeleteInstance } from './ecs/instances/DeleteInstance.ts'
import { DeleteInstances } from './ecs/instances/DeleteInstances.ts'
import { DescribeInstances } from './ecs/instances/DescribeInstances.ts'
import { DescribeInstanceStatus } from './ecs/instances/DescribeInstanceStatus.ts'
import { DescribeInstancesFullStatus } from './ecs/instances/DescribeInstancesFullStatus.ts'
import { DescribeInstanceHistoryEvents } from './ecs/system-events/DescribeInstanceHistoryEvents.ts'
import { DescribeInstanceTypeFamilies } from './ecs/catalogue/DescribeInstanceTypeFamilies.ts'
import { DescribeInstanceTypes } from './ecs/catalogue/DescribeInstanceTypes.ts'
import { DescribeRegions } from './ecs/catalogue/DescribeRegions.ts'
import { DescribeZones } from './ecs/catalogue/DescribeZones.ts'
import { ReActivateInstances } from './ecs/instances/ReActivateInstances.ts'
import { RebootInstance } from './ecs/instances/RebootInstance.ts'
import { RebootInstances } from './ecs/instances/RebootInstances.ts'
import { RunInstances } from './ecs/instances/RunInstances.ts'
import { StartInstance } from './ecs/instances/StartInstance.ts'
import { StartInstances } from './ecs/instances/StartInstances.ts'
import { StopInstance } from './ecs/instances/StopInstance.ts'
import { StopInstances } from './ecs/instances/StopInstances.ts'
import { TagResources } from './ecs/tags/TagResources.ts'
import { UntagResources } from './ecs/tags/UntagResources.ts'
import { ListTagResources } from './ecs/tags/ListTagResources.ts'
import { AddTags } from './ecs/tags/AddTags.ts'
import { RemoveTags } from './ecs/tags/RemoveTags.ts'
import { DescribeTags } from './ecs/tags/DescribeTags.ts'
import { ModifyInstanceAttribute } from './ecs/instances/ModifyInstanceAttribute.ts'
import { ModifyInstanceAutoReleaseTime } from './ecs/instances/ModifyInstanceAutoReleaseTime.ts'
import { ModifyInstanceSpec } from './ecs/instances/ModifyInstanceSpec.ts'
import { RenewInstance } from './ecs/billing/RenewInstance.ts'
import { ModifyInstanceChargeType } from './ecs/billing/ModifyInstanceChargeType.ts'
import { ModifyInstanceAutoRenewAttribute } from './ecs/billing/ModifyInstanceAutoRenewAttribute.ts'
import { DescribeInstanceAutoRenewAttribute } from './ecs/billing/DescribeInstanceAutoRenewAttribute.ts'
import { DescribeInstanceAttribute } from './ecs/instances/DescribeInstanceAttribute.ts'
import { DescribeUserData } from './ecs/instances/DescribeUserData.ts'
import { GetInstanceConsoleOutput } from './ecs/instances/GetInstanceConsoleOutput.ts'
import { DescribeInstanceRamRole } from './ecs/identity/DescribeInstanceRamRole.ts'
import { DescribeDisks } from './ecs/disks/DescribeDisks.ts'
import { DescribeSecurityGroups } from './ecs/network/DescribeSecurityGroups.ts'
import { DescribeImages } from './ecs/images/DescribeImages.ts'
import { DescribeSpotPriceHistory } from './ecs/spot/DescribeSpotPriceHistory.ts'
import { DescribeAvailableResource } from './ecs/catalogue/DescribeAvailableResource.ts'
import { DescribeInstanceAttachmentAttributes } from './ecs/instances/DescribeInstanceAttachmentAttributes.ts'
import { AllocatePublicIpAddress } from './ecs/network/AllocatePublicIpAddress.ts'
import { ModifyInstanceNetworkSpec } from './ecs/network/ModifyInstanceNetworkSpec.ts'
import { eipOperations } from './ecs/network/eip-operations.ts'
import { AllocateEipAddress } from './vpc/network/AllocateEipAddress.ts'
import { AssociateEipAddress } from './vpc/network/AssociateEipAddress.ts'
import { UnassociateEipAddress } from './vpc/network/UnassociateEipAddress.ts'
import { ReleaseEipAddress } from './vpc/network/ReleaseEipAddress.ts'
import { DescribeEipAddresses } from './vpc/network/DescribeEipAddresses.ts'
import { ModifyEipAddressAttribute } from './vpc/network/ModifyEipAddressAttribute.ts'
import { CreateKey } from './kms/keys/CreateKey.ts'
import { DescribeKey } from './kms/keys/DescribeKey.ts'
import { ListKeys } from './kms/keys/ListKeys.ts'
import { EnableKey } from './kms/keys/EnableKey.ts'
import { DisableKey } from './kms/keys/DisableKey.ts'
import { ScheduleKeyDeletion } from './kms/keys/ScheduleKeyDeletion.ts'
import { CancelKeyDeletion } from './kms/keys/CancelKeyDeletion.ts'
import { SetDeletionProtection } from './kms/keys/SetDeletionProtection.ts'
import { TagResource } from './kms/keys/TagResource.ts'
import { UntagResource } from './kms/keys/UntagResource.ts'
import { ListResourceTags } from './kms/keys/ListResourceTags.ts'
import { OpenKmsService } from './kms/keys/OpenKmsService.ts'
import { DescribeInstanceBill } from './bss/billing/DescribeInstanceBill.ts'
import { ListCdtInternetTraffic } from './cdt/network/ListCdtInternetTraffic.ts'

/** To add an operation, add its file, its test, and its line here. */
const defined = [
  StopInstances,
  StopInstance,
  StartInstances,
  StartInstance,
  RebootInstances,
  RebootInstance,
  ReActivateInstances,
  RunInstances,
  CreateInstance,
  DeleteInstances,
  DeleteInstance,
  DescribeInstances,
  DescribeInstanceStatus,
  DescribeInstancesFullStatus,
  DescribeInstanceHistoryEvents,
  DescribeRegions,
  DescribeZones,
  DescribeInstanceTypes,
  DescribeInstanceTypeFamilies,
  TagResources,
  UntagResources,
  ListTagResources,
  AddTags,
  RemoveTags,
  DescribeTags,
  ModifyInstanceAttribute,
  ModifyInstanceAutoReleaseTime,
  ModifyInstanceSpec,
  RenewInstance,
  ModifyInstanceChargeType,
  ModifyInstanceAutoRenewAttribute,
  DescribeInstanceAutoRenewAttribute,
  DescribeInstanceAttribute,
  DescribeUserData,
  GetInstanceConsoleOutput,
  DescribeInstanceRamRole,
  DescribeDisks,
  DescribeSecurityGroups,
  DescribeImages,
  DescribeAvailableResource,
  DescribeSpotPriceHistory,
  DescribeInstanceAttachmentAttributes,
  AllocatePublicIpAddress,
  ModifyInstanceNetworkSpec,
  ...eipOperations,
  AllocateEipAddress,
  AssociateEipAddress,
  UnassociateEipAddress,
  ReleaseEipAddress,
  DescribeEipAddresses,
  ModifyEipAddressAttribute,
  QueryAccountBalance,
  CreateKey,
  DescribeKey,
  ListKeys,
  EnableKey,
  DisableKey,
  ScheduleKeyDeletion,
  CancelKeyDeletion,
  SetDeletionProtection,
  TagResource,
  UntagResource,
  ListResourceTags,
  OpenKmsService,
  DescribeInstanceBill,
  ListCdtInternetTraffic,
]

/** Every operation there is. */
export const operations: readonly AnyOperation[] = defined

type Defined = (typeof defined)[number]
/** What operations answer on the wire, by their actions, as far as the compiler knows these. */
export type Answers = {
  readonly [One in Defined as string extends One['action'] ? never : One['action']]: ReturnType<
    NonNullable<One['render']>
  >
}

/** Every operation by its version and action, as in `2014-05-26 StopInstances`. */
export const operationsByName: ReadonlyMap<string, AnyOperation> = new Map(
  operations.map(one => [`${products[one.product]} ${one.action}`, one]),
)
