import { maxBandwidth } from '../../../domain/network/eip.ts'
import type { AnyOperation } from '../../../protocol/operation.ts'
import { p, type ParamSchema } from '../../../protocol/params.ts'
import { AllocateEipAddress } from '../../vpc/network/AllocateEipAddress.ts'
import { AssociateEipAddress } from '../../vpc/network/AssociateEipAddress.ts'
import { DescribeEipAddresses } from '../../vpc/network/DescribeEipAddresses.ts'
import { ModifyEipAddressAttribute } from '../../vpc/network/ModifyEipAddressAttribute.ts'
import { ReleaseEipAddress } from '../../vpc/network/ReleaseEipAddress.ts'
import { UnassociateEipAddress } from '../../vpc/network/UnassociateEipAddress.ts'

/** What ECS's older form of an operation does not know. */
interface Differences {
  readonly without: readonly string[]
  readonly params?: ParamSchema
  readonly refused?: readonly string[]
  readonly render?: AnyOperation['render']
}

/** The operation as ECS 2014-05-26 has it: deprecated there, and permitted under VPC's name (help pages of ECS). */
function asEcs(operation: AnyOperation, { without, params = {}, refused = [], render }: Differences): AnyOperation {
  const { action, access } = operation
  const left = Object.entries(operation.params).filter(([name]) => !without.includes(name))
  return {
    ...operation,
    product: 'Ecs',
    access: { ...access, action: `vpc:${action}` },
    params: { ...Object.fromEntries(left), ...params },
    refused,
    ...(render === undefined ? {} : { render }),
  }
}

/** Fields of an EIP that ECS shows. */
const shownFields = [
  'AllocationId',
  'AllocationTime',
  'Bandwidth',
  'ChargeType',
  'EipBandwidth',
  'ExpiredTime',
  'InstanceId',
  'InstanceType',
  'InternetChargeType',
  'IpAddress',
  'OperationLocks',
  'RegionId',
  'Status',
]

function onlyShown({ EipAddresses, ...rest }: Readonly<Record<string, unknown>>) {
  const { EipAddress } = EipAddresses as { EipAddress: Record<string, unknown>[] }
  const shown = EipAddress.map(eip => Object.fromEntries(shownFields.map(name => [name, eip[name]])))
  return { ...rest, EipAddresses: { EipAddress: shown } }
}

export const eipOperations = [
  asEcs(AllocateEipAddress, {
    without: [
      'InstanceChargeType',
      'Netmode',
      'Name',
      'Description',
      'ResourceGroupId',
      'Tag',
      'Period',
      'PricingCycle',
      'AutoPay',
    ],
    render: ({ AllocationId, EipAddress }) => ({ AllocationId, EipAddress }),
  }),
  asEcs(AssociateEipAddress, { without: ['InstanceRegionId', 'Mode', 'ClientToken'] }),
  asEcs(UnassociateEipAddress, {
    without: ['Force', 'ClientToken'],
    params: { InstanceId: p.string({ required: true, about: 'the instance that must have it' }) },
  }),
  asEcs(ReleaseEipAddress, { without: [] }),
  asEcs(ModifyEipAddressAttribute, {
    without: ['Name', 'Description'],
    params: { Bandwidth: p.integer({ required: true, min: 1, max: maxBandwidth.PayByBandwidth }) },
  }),
  asEcs(DescribeEipAddresses, {
    without: ['EipName', 'ResourceGroupId', 'Tag', 'DryRun', 'IncludeReservationData'],
    refused: ['Filter'],
    render: onlyShown,
  }),
]
