import type { AssociationRefusal } from '../../../domain/network/eip-association.ts'
import { type Eip, findEip } from '../../../store/tables/network/eips.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import type { EipRef } from '../../../services/network/eips.ts'
import { formatSecond } from '../../times.ts'

/** Where it is left out, an EIP is found in whichever region it is. */
export const regionParam = p.region()
export const allocationId = p.string({ required: true, about: "an EIP's id, `eip-…`" })
/** Kinds of resources that can have an EIP; only ECS instances do here. */
export const holderTypes = ['EcsInstance', 'SlbInstance', 'Nat', 'NetworkInterface', 'HaVip', 'IpAddress'] as const

export const tokenErrors = ['InvalidClientToken.ValueNotSupported', 'IdempotentParameterMismatch'] as const

interface EipInput {
  readonly RegionId: string | undefined
  readonly AllocationId: string
}

export function toEipRef(call: Call, { RegionId: regionId, AllocationId: id }: EipInput): EipRef {
  return { accountId: call.principal.account.id, regionId, id }
}

/** Refuses a kind of resource that could have an EIP, but is not here. */
export function requireEcsInstance(
  call: Call<'NotImplemented#value'>,
  action: string,
  type: (typeof holderTypes)[number],
): void {
  if (type !== 'EcsInstance') call.fail('NotImplemented#value', { action, name: 'InstanceType', value: type })
}

export const associationErrors = {
  'no-eip': 'InvalidAllocationId.NotFound',
  'no-instance': 'InvalidInstanId.NotFound',
  'other-region': 'InvalidParameter.Mismatch#eip',
  'not-in-vpc': 'OperationDenied',
  'eip-in-use': 'IncorrectEipStatus',
  'instance-unsettled': 'IncorrectInstanceStatus#eip',
  'has-public-address': 'EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP',
  'has-eip': 'InvalidAssociation.Duplicated',
} as const satisfies Record<AssociationRefusal | 'no-eip' | 'no-instance', ErrorName>

/** The EIP that a call means. */
export async function findOwnEip(call: Call, { RegionId, AllocationId: id }: EipInput): Promise<Eip | undefined> {
  const eip = await findEip(call.tx, id)
  return eip?.accountId === call.principal.account.id && eip.regionId === (RegionId ?? eip.regionId) ? eip : undefined
}

export function toWireEip(eip: Eip) {
  const bound = eip.instanceSeq !== null
  return {
    AllocationId: eip.id,
    IpAddress: eip.address,
    Name: eip.name,
    Description: eip.description,
    Status: bound ? 'InUse' : 'Available',
    RegionId: eip.regionId,
    AllocationTime: formatSecond(eip.allocatedAt),
    Bandwidth: String(eip.bandwidth),
    EipBandwidth: String(eip.bandwidth),
    InternetChargeType: eip.internetChargeType,
    ChargeType: 'PostPaid',
    ExpiredTime: '',
    BusinessStatus: 'Normal',
    InstanceId: eip.instanceId,
    InstanceType: bound ? 'EcsInstance' : '',
    InstanceRegionId: bound ? eip.regionId : '',
    ISP: eip.isp,
    Mode: 'NAT',
    Netmode: 'public',
    PrivateIpAddress: '',
    VpcId: '',
    ResourceGroupId: eip.resourceGroupId,
    OperationLocks: { LockReason: [] },
    SecurityProtectionTypes: { SecurityProtectionType: [] },
    Tags: { Tag: Object.entries(eip.tags).map(([Key, Value]) => ({ Key, Value })) },
    BandwidthPackageId: '',
    BandwidthPackageBandwidth: '',
    BandwidthPackageType: '',
    BizType: '',
    DeletionProtection: false,
    HDMonitorStatus: 'OFF',
    HasReservationData: 'false',
    PublicIpAddressPoolId: '',
    SecondLimited: false,
    SegmentInstanceId: '',
    ServiceManaged: 0,
    Zone: '',
  }
}
