import sql, { bulk, empty, join, type Sql } from 'sql-template-tag'
import type { RenewalStatus, SubscriptionPeriod } from '../../../domain/billing/subscription.ts'
import type {
  ChargeType,
  Guest,
  InstanceFacts,
  InstanceStatus,
  LockReason,
  NetworkType,
  OperationInFlight,
  SpotStrategy,
  StopMode,
} from '../../../domain/instances/types.ts'
import { type Claims, ofClaims } from '../hosts/claims.ts'
import { shownInstances } from './stale-views.ts'
import type { Tx } from '../../store.ts'

/** Everything kept of an instance. Times are instance time in ms; absent addresses and ids are empty text. */
export interface Instance extends InstanceFacts {
  readonly name: string
  /** What the user wants of the machine, who said so (a request id or `localyun`), and when. */
  readonly intentPower: Power
  readonly intentBy: string
  readonly intentAt: number
  /** What the machine was last seen to do. */
  readonly machinePower: Power
  readonly family: string
  readonly imageId: string
  readonly internetChargeType: string
  readonly vpcId: string
  readonly vSwitchId: string
  readonly securityGroupIds: readonly string[]
  readonly privateIp: string
  readonly publicIp: string
  /** The address of the EIP it has; the rest is in the EIP's own row. */
  readonly eip: string
  readonly keyPairName: string
  readonly resourceGroupId: string
  readonly httpEndpoint: string
  readonly httpTokens: string
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly startedAt: number | null
  readonly autoReleaseAt: number | null
  /** See CreditFacts; of no meaning for types without CPU credits. */
  readonly creditsSince: number
  /** Of a subscription; empty for pay-as-you-go. */
  readonly renewalStatus: RenewalStatus | ''
  /** When the platform deals with the end of the subscription next; null for pay-as-you-go. */
  readonly expiryDueAt: number | null
  /** Whether it was on when its subscription ended; null while that has not come. */
  readonly beforeExpiry: Power | null
  readonly details: InstanceDetails
}

export type Power = 'on' | 'off'

/** What no query asks for. */
export interface InstanceDetails {
  readonly cpu: { readonly coreCount: number; readonly threadsPerCore: number }
  readonly tenancy: string
  readonly affinity: string
  readonly hostName: string
  readonly description: string
  readonly internetMaxBandwidthOut: number
  readonly internetMaxBandwidthIn: number
  readonly spotPriceLimit: number
  readonly spotDuration: number
  readonly spotInterruptionBehavior: string
  readonly creditSpecification: string
  readonly networkInterfaceId: string
  readonly macAddress: string
  readonly serialNumber: string
  readonly deploymentSetId: string
  readonly ramRoleName: string
  readonly userData: string
  readonly disks: readonly DiskDetails[]
  /** What an automatic renewal buys. */
  readonly renewal: SubscriptionPeriod
}

export interface DiskDetails {
  readonly id: string
  readonly kind: 'system' | 'data'
  readonly category: string
  readonly performanceLevel: string
  readonly sizeGiB: number
  readonly name: string
  readonly description: string
  readonly encrypted: boolean
  readonly kmsKeyId: string
  readonly snapshotId: string
  readonly deleteWithInstance: boolean
}

/** What the engine needs to drive a machine. */
export interface Machine extends Pick<InstanceFacts, 'zoneId' | 'type' | 'stopMode' | 'hostId'> {
  readonly id: string
  readonly seq: number
  readonly accountId: string
  readonly regionId: string
  readonly status: InstanceStatus
  readonly operation: OperationInFlight | null
  readonly intentPower: Power
  readonly machinePower: Power
  readonly guest: Guest
}

/** Facts of those of `ids` that the account has, in any region, in no particular order; the rows stay locked. */
export async function listFacts(tx: Tx, accountId: string, ids: readonly string[]): Promise<InstanceFacts[]> {
  const rows = await tx.all<FactsRow>(sql`
    select id, seq, account_id, region_id, zone_id, type, status, operation, stop_mode, charge_type, spot_strategy,
      network_type, locks, kms_key_ids, managed, deletion_protection, guest, regains_public_ip, expires_at, reboot_planned, host_id
    from instances where id in (${join([...ids])}) and ${unindexed(sql`account_id`)} = ${accountId}
    order by id ${tx.mode === 'write' ? tx.dialect.forUpdate : empty}`)
  return rows.map(toFacts)
}

const machineColumns = sql`
  id, seq, account_id, region_id, zone_id, type, status, operation, stop_mode, intent_power, machine_power, guest, host_id`

/** Those that still exist, by their numbers, but for those that another transaction has locked; the rows stay locked. */
export async function listFreeMachines(tx: Tx, seqs: readonly number[]): Promise<Machine[]> {
  const rows = await tx.all<MachineRow>(sql`
    select ${machineColumns} from instances where seq in (${join([...seqs])})
    ${tx.dialect.skipLocked}`)
  return rows.map(toMachine)
}

/** Those that still exist, by their numbers; the rows stay locked. */
export async function listMachines(tx: Tx, seqs: readonly number[]): Promise<Machine[]> {
  const rows = await tx.all<MachineRow>(sql`
    select ${machineColumns} from instances where seq in (${join([...seqs])})
    order by id ${tx.dialect.forUpdate}`)
  return rows.map(toMachine)
}

/** Locks instances by their numbers, in the order in which everybody locks them. Whoever locks jobs, too, does this first. */
export async function lockMachines(tx: Tx, seqs: readonly number[]): Promise<void> {
  await tx.all(
    sql`select 1 as one from instances where seq in (${join([...seqs])}) order by id ${tx.dialect.forUpdate}`,
  )
}

/** Those whose time to be released has come (instance time, ms), the oldest time first; the rows stay locked. */
export async function listReleaseDue(tx: Tx, now: number, limit: number): Promise<Machine[]> {
  const rows = await tx.all<MachineRow>(sql`
    select ${machineColumns} from instances
    where auto_release_at is not null and auto_release_at <= ${now}
    order by auto_release_at limit ${limit} ${tx.dialect.skipLocked}`)
  return rows.map(toMachine)
}

/** When the next instance is to be released; instance time, ms. */
export const nextRelease = sql`select min(auto_release_at) as at from instances where auto_release_at is not null`

/** Those of `addresses` that an instance of the account has in the zone. */
export async function listTakenAddresses(
  tx: Tx,
  where: { accountId: string; zoneId: string; addresses: readonly string[] },
): Promise<ReadonlySet<string>> {
  const rows = await tx.all<{ private_ip: string }>(sql`
    select private_ip from instances where private_ip in (${join([...where.addresses])})
      and ${unindexed(sql`account_id`)} = ${where.accountId} and zone_id = ${where.zoneId}`)
  return new Set(rows.map(row => row.private_ip))
}

export interface PowerChange {
  readonly status: InstanceStatus
  readonly operation: OperationInFlight | null
  /** Left as it is when absent. */
  readonly stopMode?: StopMode | null
  readonly intent?: { readonly power: Power; readonly by: string; readonly at: number }
  readonly machinePower?: Power
  readonly startedAt?: number
  /** Takes static public addresses away until the next start. */
  readonly losesPublicIp?: true
}

/** Writes one state to several instances. */
export async function updatePower(tx: Tx, ids: readonly string[], change: PowerChange): Promise<void> {
  const { intent, stopMode, machinePower, startedAt, losesPublicIp } = change
  await tx.run(sql`
    update instances set status = ${change.status}, operation = ${change.operation}
      ${stopMode === undefined ? empty : sql`, stop_mode = ${stopMode}`}
      ${intent === undefined ? empty : sql`, intent_power = ${intent.power}, intent_by = ${intent.by}, intent_at = ${intent.at}`}
      ${machinePower === undefined ? empty : sql`, machine_power = ${machinePower}`}
      ${startedAt === undefined ? empty : sql`, started_at = ${startedAt}`}
      ${losesPublicIp === undefined ? empty : losePublicIp}
    where id in (${join([...ids])})`)
}

const losePublicIp = sql`,
  regains_public_ip = case when public_ip = '' then regains_public_ip else 1 end, public_ip = ''`

/** Gives an instance a static public address. */
export async function updatePublicIp(tx: Tx, id: string, publicIp: string): Promise<void> {
  await tx.run(sql`update instances set public_ip = ${publicIp}, regains_public_ip = 0 where id = ${id}`)
}

/** CPU credits begin anew at this time. */
export async function updateCreditsSince(tx: Tx, ids: readonly string[], at: number): Promise<void> {
  await tx.run(sql`update instances set credits_since = ${at} where id in (${join([...ids])})`)
}

export async function insertInstances(tx: Tx, instances: readonly Instance[]): Promise<void> {
  for (let start = 0; start < instances.length; start += 100) {
    await tx.run(sql`
      insert into instances (seq, id, account_id, region_id, zone_id, name, status, operation, stop_mode, intent_power,
        intent_by, intent_at, machine_power, type, family, image_id, network_type, charge_type, spot_strategy,
        internet_charge_type, vpc_id, vswitch_id, security_group_ids, private_ip, public_ip, regains_public_ip, eip, key_pair_name,
        resource_group_id, http_endpoint, http_tokens, tags, locks, kms_key_ids, managed, deletion_protection, guest,
        created_at, started_at, expires_at, auto_release_at, reboot_planned, credits_since, renewal_status,
        expiry_due_at, before_expiry, host_id, details)
      values ${bulk(instances.slice(start, start + 100).map(toValues))}`)
  }
}

/** Shows an EIP's address at an instance; empty text takes it away. */
export async function updateEipAddress(tx: Tx, id: string, address: string): Promise<void> {
  await tx.run(sql`update instances set eip = ${address} where id = ${id}`)
}

/**
 * Deletes instances for good: what is left of each is a tombstone, so that its id never comes back. System events that were
 * to come have lost their object; EIPs stay, bound to nothing. Returns their numbers, and when that was.
 */
export async function deleteInstances(
  tx: Tx,
  ids: readonly string[],
  release: { at: number; by: string },
): Promise<{ seq: number; at: number }[]> {
  const freed = await tx.all<{ seq: number }>(sql`
    update eips set instance_seq = null, instance_id = ''
    where instance_seq in (select seq from instances where id in (${join([...ids])})) returning seq`)
  await tx.run(sql`
    insert into released_instances (id, seq, account_id, region_id, released_at, released_by, name, type, tags)
    select id, seq, account_id, region_id, cast(${release.at} as bigint), cast(${release.by} as text), name, type, tags
    from instances where id in (${join([...ids])})`)
  await tx.run(sql`
    update system_events set status = 'Canceled', finished_at = ${release.at}
    where instance_id in (${join([...ids])}) and status in ('Scheduled', 'Executing')`)
  await tx.run(sql`delete from spot_interruptions where instance_id in (${join([...ids])})`)
  await tx.run(sql`delete from instances where id in (${join([...ids])})`)
  return freed.map(({ seq }) => ({ seq, at: release.at }))
}

/** Those of `ids` that an instance has or had. */
export async function listTakenIds(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx.all<{ id: string }>(sql`
    select id from instances where id in (${join([...ids])})
    union all select id from released_instances where id in (${join([...ids])})`)
  return rows.map(row => row.id)
}

/** An instance by id, whichever account and region it belongs to. */
export async function findInstance(tx: Tx, id: string): Promise<Instance | undefined> {
  const row = await tx.get<InstanceRow>(sql`select * from instances where id = ${id}`)
  return row === undefined ? undefined : toInstance(row)
}

/** As findInstance; the row stays locked. */
export async function lockInstance(tx: Tx, id: string): Promise<Instance | undefined> {
  const row = await tx.get<InstanceRow>(sql`select * from instances where id = ${id} ${tx.dialect.forUpdate}`)
  return row === undefined ? undefined : toInstance(row)
}

/** Those of `ids` that the account has, in any region, in no particular order; the rows stay locked. */
export async function lockInstances(tx: Tx, accountId: string, ids: readonly string[]): Promise<Instance[]> {
  if (ids.length === 0) return []
  const rows = await tx.all<InstanceRow>(sql`
    select * from instances where id in (${join([...ids])}) and ${unindexed(sql`account_id`)} = ${accountId}
    order by id ${tx.mode === 'write' ? tx.dialect.forUpdate : empty}`)
  return rows.map(toInstance)
}

/** The tags of those of `ids` that the account has, by id. */
export async function listTags(
  tx: Tx,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, Readonly<Record<string, string>>>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.all<{ id: string; tags: string }>(sql`
    select id, tags from instances where id in (${join([...ids])}) and ${unindexed(sql`account_id`)} = ${accountId}`)
  return new Map(rows.map(row => [row.id, JSON.parse(row.tags) as Record<string, string>]))
}

/** How many instances of each type hold the vCPUs and memory of each of these hosts; see holdsCapacity of the domain. */
export async function countHolders(
  tx: Tx,
  hostIds: readonly string[],
): Promise<{ hostId: string; type: string; count: number }[]> {
  if (hostIds.length === 0) return []
  const rows = await tx.all<{ host_id: string; type: string; count: number | string }>(sql`
    select host_id, type, count(*) as count from instances
    where host_id in (${join([...hostIds])}) and host_id is not null
      and (status <> 'Stopped' or coalesce(stop_mode, '') <> 'StopCharging' or coalesce(operation, '') = 'deallocate')
    group by host_id, type`)
  return rows.map(row => ({ hostId: row.host_id, type: row.type, count: Number(row.count) }))
}

/** Ids of the instances, of any account and region, that are in a status; those whose machines are the caller's. */
export async function listIdsIn(tx: Tx, status: InstanceStatus, claims: Claims): Promise<string[]> {
  const rows = await tx.all<{ id: string }>(
    sql`select id from instances where status = ${status} ${ofClaims(claims)} order by seq`,
  )
  return rows.map(row => row.id)
}

/** What became of an instance. */
export type Fate = InstanceStatus | 'released'

/** What became of those of `ids` that an instance has or had, unless its machine is somebody else's. */
export async function listFates(tx: Tx, ids: readonly string[], claims: Claims): Promise<Map<string, Fate>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.all<{ id: string; fate: Fate }>(sql`
    select id, status as fate from instances where id in (${join([...ids])}) ${ofClaims(claims)}
    union all select id, 'released' as fate from released_instances where id in (${join([...ids])})`)
  return new Map(rows.map(row => [row.id, row.fate]))
}

/** How many instances of an image a host has. */
export async function countByImage(tx: Tx, imageId: string, hostId: string): Promise<number> {
  const row = await tx.get<{ total: number | string }>(
    sql`select count(*) as total from instances where host_id = ${hostId} and image_id = ${imageId}`,
  )
  return Number(row?.total ?? 0)
}

/** Instances of every account and region, oldest first. */
export async function listAllInstances(tx: Tx, page: { after: number; limit: number }): Promise<Instance[]> {
  const rows = await tx.all<InstanceRow>(
    sql`select * from instances where seq > ${page.after} order by seq limit ${page.limit}`,
  )
  return rows.map(toInstance)
}

export async function updateLocks(tx: Tx, id: string, locks: readonly LockReason[]): Promise<void> {
  await tx.run(sql`update instances set locks = ${JSON.stringify(locks)} where id = ${id}`)
}

export async function updateTags(tx: Tx, id: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await tx.run(sql`update instances set tags = ${JSON.stringify(tags)} where id = ${id}`)
}

type InstanceAttributes = Pick<
  Instance,
  'name' | 'securityGroupIds' | 'deletionProtection' | 'autoReleaseAt' | 'details'
>

export async function updateAttributes(tx: Tx, id: string, attributes: InstanceAttributes): Promise<void> {
  await tx.run(sql`
    update instances set name = ${attributes.name},
      security_group_ids = ${JSON.stringify(attributes.securityGroupIds)},
      deletion_protection = ${attributes.deletionProtection ? 1 : 0},
      auto_release_at = ${attributes.autoReleaseAt}, details = ${JSON.stringify(attributes.details)}
    where id = ${id}`)
}

export async function updateSpec(
  tx: Tx,
  id: string,
  { type, family, creditsSince, details }: Pick<Instance, 'type' | 'family' | 'creditsSince' | 'details'>,
): Promise<void> {
  await tx.run(sql`
    update instances set type = ${type}, family = ${family}, credits_since = ${creditsSince}, details = ${JSON.stringify(details)} where id = ${id}`)
}

/** Changes the public side of an instance; without an address the next start brings none either. */
export async function updatePublicSide(
  tx: Tx,
  id: string,
  { internetChargeType, publicIp, regainsPublicIp, details }: PublicSide,
): Promise<void> {
  await tx.run(sql`
    update instances set internet_charge_type = ${internetChargeType}, public_ip = ${publicIp},
      regains_public_ip = ${regainsPublicIp ? 1 : 0}, details = ${JSON.stringify(details)}
    where id = ${id}`)
}

type PublicSide = Pick<Instance, 'internetChargeType' | 'publicIp' | 'regainsPublicIp' | 'details'>

export async function updateGuest(tx: Tx, id: string, guest: Guest): Promise<void> {
  await tx.run(sql`update instances set guest = ${JSON.stringify(guest)} where id = ${id}`)
}

/** Conditions on the instances of one account and region; all that are given must hold. */
export interface InstanceFilter {
  readonly accountId: string
  readonly regionId: string
  readonly ids?: readonly string[]
  /** Instance time, ms: shows what queries show then, instead of the truth. */
  readonly at?: number
  /** Columns that must equal the value. */
  readonly equals?: Partial<Record<FilterColumn, string>>
  /** Columns that must have one of the values. */
  readonly oneOf?: Partial<Record<FilterColumn, readonly string[]>>
  /** `*` stands for any text. */
  readonly name?: string
  readonly lockReason?: string
  readonly securityGroupId?: string
  readonly tags?: readonly { readonly key: string; readonly value: string | undefined }[]
  /** Only those that have tags. */
  readonly tagged?: boolean
  readonly createdFrom?: number
  readonly createdUntil?: number
  readonly expiresFrom?: number
  readonly expiresUntil?: number
}

const filterColumns = {
  status: sql`status`,
  zoneId: sql`zone_id`,
  vpcId: sql`vpc_id`,
  vSwitchId: sql`vswitch_id`,
  networkType: sql`network_type`,
  resourceGroupId: sql`resource_group_id`,
  type: sql`type`,
  family: sql`family`,
  imageId: sql`image_id`,
  chargeType: sql`charge_type`,
  internetChargeType: sql`internet_charge_type`,
  keyPairName: sql`key_pair_name`,
  httpEndpoint: sql`http_endpoint`,
  httpTokens: sql`http_tokens`,
  privateIp: sql`private_ip`,
  publicIp: sql`public_ip`,
  eip: sql`eip`,
  renewalStatus: sql`renewal_status`,
} as const
export type FilterColumn = keyof typeof filterColumns

export interface PageRequest {
  /** Only instances older than this seq. */
  readonly before?: number
  /** Instances to pass over. */
  readonly skip?: number
  readonly limit: number
}

/** Newest first. `filter.at` shows them as queries do at that time. */
export async function listInstances(tx: Tx, filter: InstanceFilter, page: PageRequest): Promise<Instance[]> {
  const before = page.before === undefined ? empty : sql`and seq < ${page.before}`
  const rows = await tx.all<InstanceRow>(sql`
    select * from ${await source(tx, filter)} where ${conditions(tx, filter)} ${before}
    order by seq desc limit ${page.limit} offset ${page.skip ?? 0}`)
  return rows.map(toInstance)
}

export async function countInstances(tx: Tx, filter: InstanceFilter): Promise<number> {
  const row = await tx.get<{ total: number | string }>(
    sql`select count(*) as total from ${await source(tx, filter)} where ${conditions(tx, filter)}`,
  )
  return Number(row?.total ?? 0)
}

/** The different sets of tags there are, and how many instances have each. */
export async function countTagSets(
  tx: Tx,
  filter: InstanceFilter,
): Promise<{ tags: Readonly<Record<string, string>>; count: number }[]> {
  const rows = await tx.all<{ tags: string; count: number | string }>(
    sql`select tags, count(*) as count from instances where ${conditions(tx, filter)} group by tags order by tags`,
  )
  return rows.map(row => ({ tags: JSON.parse(row.tags) as Record<string, string>, count: Number(row.count) }))
}

export async function listStatuses(
  tx: Tx,
  filter: InstanceFilter,
  page: PageRequest,
): Promise<{ id: string; status: InstanceStatus }[]> {
  return tx.all(sql`
    select id, status from ${await source(tx, filter)} where ${conditions(tx, filter)}
    order by seq desc limit ${page.limit} offset ${page.skip ?? 0}`)
}

/** What queries are about: the instances, or what is shown of them for now. */
async function source(tx: Tx, { at }: InstanceFilter): Promise<Sql> {
  return at === undefined ? sql`instances` : shownInstances(tx, at)
}

export function conditions(tx: Tx, filter: InstanceFilter): Sql {
  const [account, region] = [sql`account_id`, sql`region_id`]
  const all: Sql[] =
    filter.ids === undefined
      ? [sql`${account} = ${filter.accountId}`, sql`${region} = ${filter.regionId}`]
      : [sql`${unindexed(account)} = ${filter.accountId}`, sql`${unindexed(region)} = ${filter.regionId}`]
  const oneOf = (column: Sql, values: readonly string[]) =>
    all.push(values.length === 0 ? sql`1 = 0` : sql`${column} in (${join([...values])})`)
  if (filter.ids !== undefined) oneOf(sql`id`, filter.ids)
  for (const [name, value] of Object.entries(filter.equals ?? {})) {
    all.push(sql`${filterColumns[name as FilterColumn]} = ${value}`)
  }
  for (const [name, values] of Object.entries(filter.oneOf ?? {})) oneOf(filterColumns[name as FilterColumn], values)
  if (filter.name !== undefined) all.push(tx.dialect.matches(sql`name`, filter.name))
  if (filter.lockReason !== undefined) all.push(tx.dialect.contains(sql`locks`, JSON.stringify(filter.lockReason)))
  if (filter.securityGroupId !== undefined) {
    all.push(tx.dialect.contains(sql`security_group_ids`, JSON.stringify(filter.securityGroupId)))
  }
  for (const tag of filter.tags ?? []) all.push(tx.dialect.hasEntry(sql`tags`, tag.key, tag.value))
  if (filter.tagged === true) all.push(sql`tags <> '{}'`)
  if (filter.createdFrom !== undefined) all.push(sql`created_at >= ${filter.createdFrom}`)
  if (filter.createdUntil !== undefined) all.push(sql`created_at <= ${filter.createdUntil}`)
  if (filter.expiresFrom !== undefined) all.push(sql`expires_at >= ${filter.expiresFrom}`)
  if (filter.expiresUntil !== undefined) all.push(sql`expires_at <= ${filter.expiresUntil}`)
  return join(all, ' and ')
}

/**
 * The column as an expression, for which no index is used. Where ids are given, the planner must find the rows by
 * them: it has no statistics and would rather read every row of the account.
 */
export function unindexed(column: Sql): Sql {
  return sql`coalesce(${column}, '')`
}

interface FactsRow {
  id: string
  seq: number
  account_id: string
  region_id: string
  zone_id: string
  type: string
  status: InstanceStatus
  operation: OperationInFlight | null
  stop_mode: StopMode | null
  charge_type: ChargeType
  spot_strategy: SpotStrategy
  network_type: NetworkType
  locks: string
  kms_key_ids: string
  managed: number
  deletion_protection: number
  guest: string
  regains_public_ip: number
  expires_at: number | null
  reboot_planned: number
  host_id: string | null
}

export interface InstanceRow extends FactsRow {
  name: string
  intent_power: Power
  intent_by: string
  intent_at: number
  machine_power: Power
  family: string
  image_id: string
  internet_charge_type: string
  vpc_id: string
  vswitch_id: string
  security_group_ids: string
  private_ip: string
  public_ip: string
  eip: string
  key_pair_name: string
  resource_group_id: string
  http_endpoint: string
  http_tokens: string
  tags: string
  created_at: number
  started_at: number | null
  auto_release_at: number | null
  credits_since: number
  renewal_status: RenewalStatus | ''
  expiry_due_at: number | null
  before_expiry: Power | null
  details: string
}

type MachineRow = Pick<
  InstanceRow,
  | 'id'
  | 'seq'
  | 'account_id'
  | 'region_id'
  | 'zone_id'
  | 'type'
  | 'status'
  | 'operation'
  | 'stop_mode'
  | 'intent_power'
  | 'machine_power'
  | 'guest'
  | 'host_id'
>

function toMachine(row: MachineRow): Machine {
  return {
    id: row.id,
    seq: row.seq,
    accountId: row.account_id,
    regionId: row.region_id,
    zoneId: row.zone_id,
    type: row.type,
    status: row.status,
    operation: row.operation,
    intentPower: row.intent_power,
    stopMode: row.stop_mode,
    machinePower: row.machine_power,
    guest: JSON.parse(row.guest) as Guest,
    hostId: row.host_id,
  }
}

function toFacts(row: FactsRow): InstanceFacts {
  return {
    id: row.id,
    seq: row.seq,
    accountId: row.account_id,
    regionId: row.region_id,
    zoneId: row.zone_id,
    type: row.type,
    status: row.status,
    operation: row.operation,
    stopMode: row.stop_mode,
    chargeType: row.charge_type,
    spotStrategy: row.spot_strategy,
    networkType: row.network_type,
    locks: parseList(row.locks) as LockReason[],
    kmsKeyIds: parseList(row.kms_key_ids),
    managed: row.managed === 1,
    deletionProtection: row.deletion_protection === 1,
    guest: JSON.parse(row.guest) as Guest,
    regainsPublicIp: row.regains_public_ip === 1,
    expiresAt: row.expires_at,
    rebootPlanned: row.reboot_planned === 1,
    hostId: row.host_id,
  }
}

export function toInstance(row: InstanceRow): Instance {
  return {
    ...toFacts(row),
    name: row.name,
    intentPower: row.intent_power,
    intentBy: row.intent_by,
    intentAt: row.intent_at,
    machinePower: row.machine_power,
    family: row.family,
    imageId: row.image_id,
    internetChargeType: row.internet_charge_type,
    vpcId: row.vpc_id,
    vSwitchId: row.vswitch_id,
    securityGroupIds: parseList(row.security_group_ids),
    privateIp: row.private_ip,
    publicIp: row.public_ip,
    eip: row.eip,
    keyPairName: row.key_pair_name,
    resourceGroupId: row.resource_group_id,
    httpEndpoint: row.http_endpoint,
    httpTokens: row.http_tokens,
    tags: JSON.parse(row.tags) as Record<string, string>,
    createdAt: row.created_at,
    startedAt: row.started_at,
    autoReleaseAt: row.auto_release_at,
    creditsSince: row.credits_since,
    renewalStatus: row.renewal_status,
    expiryDueAt: row.expiry_due_at,
    beforeExpiry: row.before_expiry,
    details: JSON.parse(row.details) as InstanceDetails,
  }
}

/** In the order of the columns in insertInstances. */
function toValues(instance: Instance): (string | number | null)[] {
  return [
    instance.seq,
    instance.id,
    instance.accountId,
    instance.regionId,
    instance.zoneId,
    instance.name,
    instance.status,
    instance.operation,
    instance.stopMode,
    instance.intentPower,
    instance.intentBy,
    instance.intentAt,
    instance.machinePower,
    instance.type,
    instance.family,
    instance.imageId,
    instance.networkType,
    instance.chargeType,
    instance.spotStrategy,
    instance.internetChargeType,
    instance.vpcId,
    instance.vSwitchId,
    JSON.stringify(instance.securityGroupIds),
    instance.privateIp,
    instance.publicIp,
    instance.regainsPublicIp ? 1 : 0,
    instance.eip,
    instance.keyPairName,
    instance.resourceGroupId,
    instance.httpEndpoint,
    instance.httpTokens,
    JSON.stringify(instance.tags),
    JSON.stringify(instance.locks),
    JSON.stringify(instance.kmsKeyIds),
    instance.managed ? 1 : 0,
    instance.deletionProtection ? 1 : 0,
    JSON.stringify(instance.guest),
    instance.createdAt,
    instance.startedAt,
    instance.expiresAt,
    instance.autoReleaseAt,
    instance.rebootPlanned ? 1 : 0,
    instance.creditsSince,
    instance.renewalStatus,
    instance.expiryDueAt,
    instance.beforeExpiry,
    instance.hostId,
    JSON.stringify(instance.details),
  ]
}

function parseList(text: string): string[] {
  return text === '[]' ? [] : (JSON.parse(text) as string[])
}
