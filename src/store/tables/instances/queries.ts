import sql, { empty, join, type Sql } from 'sql-template-tag'
import type { InstanceStatus } from '../../../domain/instances/types.ts'
import { json, number, reader } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { count } from '../../table.ts'
import { type Instance, instances, unindexed } from './instances.ts'
import { shownInstances } from './stale-views.ts'

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
  return tx.all(
    sql`select ${instances.all.columns} from ${await source(tx, filter)} where ${pageOf(tx, filter, page)}`,
    instances.all.read,
  )
}

export async function countInstances(tx: Tx, filter: InstanceFilter): Promise<number> {
  return count(tx, sql`${await source(tx, filter)} where ${conditions(tx, filter)}`)
}

const readTagSet = reader({ tags: json<Readonly<Record<string, string>>>(), count: number })

/** The different sets of tags there are, and how many instances have each. */
export function countTagSets(
  tx: Tx,
  filter: InstanceFilter,
): Promise<{ tags: Readonly<Record<string, string>>; count: number }[]> {
  return tx.all(
    sql`select tags, count(*) from instances where ${conditions(tx, filter)} group by tags order by tags`,
    readTagSet,
  )
}

const statuses = instances.select('id', 'status')

export async function listStatuses(
  tx: Tx,
  filter: InstanceFilter,
  page: PageRequest,
): Promise<{ id: string; status: InstanceStatus }[]> {
  return tx.all(
    sql`select ${statuses.columns} from ${await source(tx, filter)} where ${pageOf(tx, filter, page)}`,
    statuses.read,
  )
}

/** What queries are about: the instances, or what is shown of them for now. */
async function source(tx: Tx, { at }: InstanceFilter): Promise<Sql> {
  return at === undefined ? sql`instances` : shownInstances(tx, at)
}

function pageOf(tx: Tx, filter: InstanceFilter, { before, limit, skip = 0 }: PageRequest): Sql {
  const older = before === undefined ? empty : sql`and seq < ${before}`
  return sql`${conditions(tx, filter)} ${older} order by seq desc limit ${limit} offset ${skip}`
}

export function conditions(tx: Tx, filter: InstanceFilter): Sql {
  const [account, region] = [sql`account_id`, sql`region_id`]
  const all: Sql[] =
    filter.ids === undefined
      ? [sql`${account} = ${filter.accountId}`, sql`${region} = ${filter.regionId}`]
      : [sql`${unindexed(account)} = ${filter.accountId}`, sql`${unindexed(region)} = ${filter.regionId}`]
  if (filter.ids !== undefined) all.push(tx.dialect.oneOf(sql`id`, filter.ids))
  for (const [name, value] of Object.entries(filter.equals ?? {})) {
    all.push(sql`${filterColumns[name as FilterColumn]} = ${value}`)
  }
  for (const [name, values] of Object.entries(filter.oneOf ?? {})) {
    all.push(tx.dialect.oneOf(filterColumns[name as FilterColumn], values))
  }
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
