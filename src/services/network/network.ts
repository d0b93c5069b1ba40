import type { Region } from '../../domain/catalogue/regions.ts'
import { hashToken } from '../../platform/random.ts'
import { takeNumbers } from '../../store/tables/world/counters.ts'
import type { Tx } from '../../store/store.ts'

/** The network that every account has in every region from the start. Its ids depend on account and place alone. */
export interface DefaultNetwork {
  readonly vpcId: string
  readonly securityGroupId: string
  /** By zone id. */
  readonly vSwitchIds: ReadonlyMap<string, string>
}

export function defaultNetwork(accountId: string, region: Region): DefaultNetwork {
  const id = (kind: string, place: string) =>
    `${kind}-${region.idPrefix}${hashToken(kind === 'sg' ? 17 : 18, accountId, kind, place)}`
  return {
    vpcId: id('vpc', region.id),
    securityGroupId: id('sg', region.id),
    vSwitchIds: new Map(region.zones.map(zone => [zone.id, id('vsw', zone.id)])),
  }
}

/** Addresses of a vSwitch: 10.z.0.0/12, where z is 16 times the zone's place in its region. */
const addressesPerZone = 2 ** 20
/** The first addresses of a vSwitch belong to the cloud. */
const reservedAddresses = 4
/** 198.18.0.0/15, which no network on the internet uses. */
const publicAddresses = 2 ** 17

export async function takePrivateAddresses(
  tx: Tx,
  where: { accountId: string; region: Region; zoneId: string },
  count: number,
): Promise<string[]> {
  const first = await takeNumbers(tx, `private-ip/${where.accountId}/${where.zoneId}`, count)
  const base = firstAddress(where.region, where.zoneId)
  return Array.from({ length: count }, (_, index) =>
    formatAddress(base + reservedAddresses + ((first + index) % (addressesPerZone - 2 * reservedAddresses))),
  )
}

/** Whether an address can be given to an instance in the zone. */
export function isAddressOf(address: string, region: Region, zoneId: string): boolean {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const place = number - firstAddress(region, zoneId)
  return place >= reservedAddresses && place < addressesPerZone - reservedAddresses
}

function firstAddress(region: Region, zoneId: string): number {
  const zoneIndex = region.zones.findIndex(zone => zone.id === zoneId) % 16
  return 10 * 2 ** 24 + zoneIndex * addressesPerZone
}

export async function takePublicAddresses(tx: Tx, count: number): Promise<string[]> {
  const first = await takeNumbers(tx, 'public-ip', count)
  const base = 198 * 2 ** 24 + 18 * 2 ** 16
  return Array.from({ length: count }, (_, index) =>
    formatAddress(base + 1 + ((first + index) % (publicAddresses - 2))),
  )
}

function formatAddress(address: number): string {
  return [address / 2 ** 24, address / 2 ** 16, address / 2 ** 8, address].map(part => Math.floor(part) % 256).join('.')
}

/** `00:16:3e:…`, the prefix of the cloud's network cards. */
export function macAddressFor(privateIp: string): string {
  const bytes = privateIp
    .split('.')
    .slice(1)
    .map(part => Number(part).toString(16).padStart(2, '0'))
  return `00:16:3e:${bytes.join(':')}`
}
