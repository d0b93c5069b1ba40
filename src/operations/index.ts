import type { AnyOperation } from '../protocol/operation.ts'
import { QueryAccountBalance } from './bss/QueryAccountBalance.ts'
import { CreateInstance } from './ecs/CreateInstance.ts'
import { DeleteInstance } from './ecs/DeleteInstance.ts'
import { DeleteInstances } from './ecs/DeleteInstances.ts'
import { DescribeInstances } from './ecs/DescribeInstances.ts'
import { DescribeInstanceStatus } from './ecs/DescribeInstanceStatus.ts'
import { DescribeInstancesFullStatus } from './ecs/DescribeInstancesFullStatus.ts'
import { DescribeInstanceHistoryEvents } from './ecs/DescribeInstanceHistoryEvents.ts'
import { DescribeInstanceTypes } from './ecs/DescribeInstanceTypes.ts'
import { DescribeRegions } from './ecs/DescribeRegions.ts'
import { DescribeZones } from './ecs/DescribeZones.ts'
import { ReActivateInstances } from './ecs/ReActivateInstances.ts'
import { RebootInstance } from './ecs/RebootInstance.ts'
import { RebootInstances } from './ecs/RebootInstances.ts'
import { RunInstances } from './ecs/RunInstances.ts'
import { StartInstance } from './ecs/StartInstance.ts'
import { StartInstances } from './ecs/StartInstances.ts'
import { StopInstance } from './ecs/StopInstance.ts'
import { StopInstances } from './ecs/StopInstances.ts'
import { TagResources } from './ecs/TagResources.ts'
import { UntagResources } from './ecs/UntagResources.ts'
import { ListTagResources } from './ecs/ListTagResources.ts'
import { AddTags } from './ecs/AddTags.ts'
import { RemoveTags } from './ecs/RemoveTags.ts'
import { DescribeTags } from './ecs/DescribeTags.ts'
import { ModifyInstanceAttribute } from './ecs/ModifyInstanceAttribute.ts'
import { ModifyInstanceAutoReleaseTime } from './ecs/ModifyInstanceAutoReleaseTime.ts'
import { ModifyInstanceSpec } from './ecs/ModifyInstanceSpec.ts'
import { RenewInstance } from './ecs/RenewInstance.ts'
import { ModifyInstanceChargeType } from './ecs/ModifyInstanceChargeType.ts'
import { ModifyInstanceAutoRenewAttribute } from './ecs/ModifyInstanceAutoRenewAttribute.ts'
import { DescribeInstanceAutoRenewAttribute } from './ecs/DescribeInstanceAutoRenewAttribute.ts'
import { DescribeInstanceAttribute } from './ecs/DescribeInstanceAttribute.ts'
import { DescribeUserData } from './ecs/DescribeUserData.ts'
import { GetInstanceConsoleOutput } from './ecs/GetInstanceConsoleOutput.ts'
import { DescribeInstanceRamRole } from './ecs/DescribeInstanceRamRole.ts'
import { DescribeDisks } from './ecs/DescribeDisks.ts'
import { DescribeSecurityGroups } from './ecs/DescribeSecurityGroups.ts'
import { DescribeImages } from './ecs/DescribeImages.ts'
import { DescribeSpotPriceHistory } from './ecs/DescribeSpotPriceHistory.ts'
import { DescribeAvailableResource } from './ecs/DescribeAvailableResource.ts'
import { DescribeInstanceAttachmentAttributes } from './ecs/DescribeInstanceAttachmentAttributes.ts'
import { AllocatePublicIpAddress } from './ecs/AllocatePublicIpAddress.ts'
import { ModifyInstanceNetworkSpec } from './ecs/ModifyInstanceNetworkSpec.ts'
import { eipOperations } from './ecs/eip-operations.ts'
import { AllocateEipAddress } from './vpc/AllocateEipAddress.ts'
import { AssociateEipAddress } from './vpc/AssociateEipAddress.ts'
import { UnassociateEipAddress } from './vpc/UnassociateEipAddress.ts'
import { ReleaseEipAddress } from './vpc/ReleaseEipAddress.ts'
import { DescribeEipAddresses } from './vpc/DescribeEipAddresses.ts'
import { ModifyEipAddressAttribute } from './vpc/ModifyEipAddressAttribute.ts'
import { CreateKey } from './kms/CreateKey.ts'
import { DescribeKey } from './kms/DescribeKey.ts'
import { ListKeys } from './kms/ListKeys.ts'
import { EnableKey } from './kms/EnableKey.ts'
import { DisableKey } from './kms/DisableKey.ts'
import { ScheduleKeyDeletion } from './kms/ScheduleKeyDeletion.ts'
import { CancelKeyDeletion } from './kms/CancelKeyDeletion.ts'
import { SetDeletionProtection } from './kms/SetDeletionProtection.ts'
import { TagResource } from './kms/TagResource.ts'
import { UntagResource } from './kms/UntagResource.ts'
import { ListResourceTags } from './kms/ListResourceTags.ts'
import { OpenKmsService } from './kms/OpenKmsService.ts'
import { DescribeInstanceBill } from './bss/DescribeInstanceBill.ts'
import { ListCdtInternetTraffic } from './cdt/ListCdtInternetTraffic.ts'

/** Every operation there is. To add one, add its file, its test, and its line here. */
export const operations: readonly AnyOperation[] = [
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
