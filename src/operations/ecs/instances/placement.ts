import { isIPv4 } from 'node:net'
import { findZone, type Region } from '../../../domain/catalogue/regions.ts'
import { type DefaultNetwork, defaultNetwork, isAddressOf } from '../../../services/network/network.ts'
import { listTakenAddresses } from '../../../store/tables/instances/placement.ts'
import type { RunInstancesCall } from './creation-errors.ts'
import type { RunInstancesInput } from './creation-params.ts'

export interface Placement {
  readonly zoneId: string
  /** The one the caller asked for; undefined takes the next free one. */
  readonly privateIp: string | undefined
}

/** Network settings, whether they stand by themselves or in the primary network interface. */
interface NetworkWishes {
  readonly vSwitchId: string | undefined
  readonly groupIds: readonly string[]
  readonly privateIp: string | undefined
}

/** Where an instance goes; everything that is named must exist and fit the rest. */
export async function choosePlacement(
  call: RunInstancesCall,
  input: RunInstancesInput,
  region: Region,
): Promise<Placement> {
  const network = defaultNetwork(call.principal.account.id, region)
  const wishes = readWishes(call, input)
  refuseWhatIsNotThere(call, input)
  if (wishes.groupIds.some(id => id !== network.securityGroupId)) call.fail('InvalidSecurityGroupId.NotFound')
  const zoneId = chooseZone(call, input.ZoneId, wishes.vSwitchId, region, network)
  const { privateIp } = wishes
  if (privateIp === undefined) return { zoneId, privateIp }
  const isOwn = isIPv4(privateIp) && isAddressOf(privateIp, region, zoneId)
  if (!isOwn || input.Amount !== 1) return call.fail('InvalidPrivateIpAddress.Malformed')
  const place = { accountId: call.principal.account.id, zoneId, addresses: [privateIp] }
  if ((await listTakenAddresses(call.tx, place)).size > 0) call.fail('InvalidIPAddress.AlreadyUsed')
  return { zoneId, privateIp }
}

/** `NetworkInterface.1` may be the primary one; then it says what would otherwise stand by itself. */
function readWishes(call: RunInstancesCall, input: RunInstancesInput): NetworkWishes {
  if (input.SecurityGroupId !== undefined && input.SecurityGroupIds.length > 0) {
    call.fail('InvalidParameter.Conflict', { first: 'SecurityGroupId', second: 'SecurityGroupIds.N' })
  }
  const groupIds = input.SecurityGroupId === undefined ? input.SecurityGroupIds : [input.SecurityGroupId]
  const [primary, ...others] = input.NetworkInterface
  if (primary === undefined) return { vSwitchId: input.VSwitchId, groupIds, privateIp: input.PrivateIpAddress }
  if (others.length > 0 || primary.InstanceType !== 'Primary') {
    call.fail('NotImplemented#value', {
      action: 'RunInstances',
      name: 'NetworkInterface.N.InstanceType',
      value: 'Secondary',
    })
  }
  if (groupIds.length > 0 || input.VSwitchId !== undefined || input.PrivateIpAddress !== undefined) {
    const first = 'NetworkInterface.1'
    call.fail('InvalidParameter.Conflict', { first, second: 'SecurityGroupId, VSwitchId or PrivateIpAddress' })
  }
  const { SecurityGroupId: one, SecurityGroupIds: several } = primary
  return {
    vSwitchId: primary.VSwitchId,
    groupIds: one === undefined ? several : [one, ...several],
    privateIp: primary.PrimaryIpAddress,
  }
}

/** There are no dedicated hosts and no private pools, and the default network has no IPv6. */
function refuseWhatIsNotThere(call: RunInstancesCall, input: RunInstancesInput): void {
  if (input.DedicatedHostId !== undefined || input.Tenancy === 'host') call.fail('InvalidDedicatedHostId.NotFound')
  const pool = input.PrivatePoolOptions
  if (pool?.Id !== undefined || pool?.MatchCriteria === 'Target') call.fail('InvalidPrivatePoolId.NotFound')
  if (input.Ipv6AddressCount !== undefined && input.Ipv6AddressCount > 0) {
    call.fail('InvalidParameter', { name: 'Ipv6AddressCount' })
  }
}

function chooseZone(
  call: RunInstancesCall,
  zoneId: string | undefined,
  vSwitchId: string | undefined,
  region: Region,
  network: DefaultNetwork,
): string {
  if (zoneId !== undefined && findZone(zoneId)?.region.id !== region.id) return call.fail('InvalidZoneId.NotFound')
  if (vSwitchId === undefined) return zoneId ?? region.zones[0]?.id ?? call.fail('InvalidZoneId.NotFound')
  const zoneOfSwitch = [...network.vSwitchIds].find(([, id]) => id === vSwitchId)?.[0]
  if (zoneOfSwitch === undefined) return call.fail('InvalidVSwitchId.NotFound')
  if (zoneId !== undefined && zoneId !== zoneOfSwitch) return call.fail('InvalidParameter.Mismatch')
  return zoneOfSwitch
}
