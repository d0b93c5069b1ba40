import sql, { bulk, empty, join, type Sql } from 'sql-template-tag'
import type { Resource } from '../../../domain/identity/resources.ts'
import type { InternetChargeType } from '../../../domain/network/eip.ts'
import type { Instance } from '../instances/instances.ts'
import type { Tx } from '../../store.ts'

/** An elastic IP address. It is bound to an instance or to nothing; its status follows from that. */
export interface Eip {
  readonly id: string
  /** Numbered together with instances. */
  readonly seq: number
  readonly accountId: string
  readonly regionId: string
  readonly address: string
  readonly name: string
  readonly description: string
  /** Mbit/s. */
  readonly bandwidth: number
  readonly internetChargeType: InternetChargeType
  readonly isp: string
  readonly resourceGroupId: string
  readonly tags: Readonly<Record<string, string>>
  /** The instance that has it: its number and id; null and empty text when none has. */
  readonly instanceSeq: number | null
  readonly instanceId: string
  /** Instance time, ms. */
  readonly allocatedAt: number
}

export async function insertEips(tx: Tx, eips: readonly Eip[]): Promise<void> {
  for (let start = 0; start < eips.length; start += 100) {
    const values = eips
      .slice(start, start + 100)
      .map(eip => [
        eip.seq,
        eip.id,
        eip.accountId,
        eip.regionId,
        eip.address,
        eip.name,
        eip.description,
        eip.bandwidth,
        eip.internetChargeType,
        eip.isp,
        eip.resourceGroupId,
        JSON.stringify(eip.tags),
        eip.instanceSeq,
        eip.instanceId,
        eip.allocatedAt,
      ])
    await tx.run(sql`
      insert into eips (seq, id, account_id, region_id, address, name, description, bandwidth, internet_charge_type, isp,
        resource_group_id, tags, instance_seq, instance_id, allocated_at)
      values ${bulk(values)}`)
  }
}

export async function findEip(tx: Tx, id: string): Promise<Eip | undefined> {
  const row = await tx.get<EipRow>(sql`select * from eips where id = ${id}`)
  return row === undefined ? undefined : toEip(row)
}

/** As findEip; the row stays locked. Lock the instance it is or will be bound to first. */
export async function lockEip(tx: Tx, id: string): Promise<Eip | undefined> {
  const row = await tx.get<EipRow>(sql`select * from eips where id = ${id} ${tx.dialect.forUpdate}`)
  return row === undefined ? undefined : toEip(row)
}

/** What policies look at of those of `ids` that the account has. */
export async function listEipResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  const rows = await tx.all<EipRow>(sql`
    select * from eips where ${tx.dialect.oneOf(sql`id`, ids)} and account_id = ${accountId}`)
  return rows.map(toEip)
}

/** EIPs by their numbers, those that were released left out. */
export async function listEipsByNumber(tx: Tx, numbers: readonly number[]): Promise<Eip[]> {
  const rows = await tx.all<EipRow>(sql`select * from eips where seq in (${join([...numbers])}) order by seq`)
  return rows.map(toEip)
}

/** The EIPs that these instances have, by address; asks nothing when none has one. */
export async function loadEips(tx: Tx, instances: readonly Instance[]): Promise<ReadonlyMap<string, Eip>> {
  const holders = instances.filter(instance => instance.eip !== '').map(instance => instance.seq)
  if (holders.length === 0) return new Map()
  const rows = await tx.all<EipRow>(sql`select * from eips where instance_seq in (${join(holders)})`)
  return new Map(rows.map(row => [row.address, toEip(row)]))
}

/** Conditions on the EIPs of one account and region; all that are given must hold. */
export interface EipFilter {
  readonly accountId: string
  readonly regionId: string
  readonly ids?: readonly string[]
  readonly addresses?: readonly string[]
  readonly name?: string
  readonly isp?: string
  readonly instanceId?: string
  readonly resourceGroupId?: string
  /** Whether an instance has it. */
  readonly bound?: boolean
  readonly tags?: readonly { readonly key: string; readonly value: string | undefined }[]
}

/** Newest first, and how many there are in all. */
export async function pageEips(
  tx: Tx,
  filter: EipFilter,
  page: { limit: number; skip: number },
): Promise<{ eips: Eip[]; total: number }> {
  const where = conditions(tx, filter)
  const count = await tx.get<{ total: number | string }>(sql`select count(*) as total from eips where ${where}`)
  const rows = await tx.all<EipRow>(sql`
    select * from eips where ${where} order by seq desc limit ${page.limit} offset ${page.skip}`)
  return { eips: rows.map(toEip), total: Number(count?.total ?? 0) }
}

function conditions(tx: Tx, filter: EipFilter): Sql {
  const all: Sql[] = [sql`account_id = ${filter.accountId}`, sql`region_id = ${filter.regionId}`]
  const equal = (column: Sql, value: string | undefined) => {
    if (value !== undefined) all.push(sql`${column} = ${value}`)
  }
  if (filter.ids !== undefined) all.push(sql`id in (${join([...filter.ids])})`)
  if (filter.addresses !== undefined) all.push(sql`address in (${join([...filter.addresses])})`)
  equal(sql`name`, filter.name)
  equal(sql`isp`, filter.isp)
  equal(sql`instance_id`, filter.instanceId)
  equal(sql`resource_group_id`, filter.resourceGroupId)
  if (filter.bound !== undefined) all.push(sql`instance_seq is ${filter.bound ? sql`not` : empty} null`)
  for (const tag of filter.tags ?? []) all.push(tx.dialect.hasEntry(sql`tags`, tag.key, tag.value))
  return join(all, ' and ')
}

/** Binds an EIP to an instance, or to nothing. */
export async function updateHolder(
  tx: Tx,
  id: string,
  holder: { readonly seq: number; readonly id: string } | undefined,
): Promise<void> {
  await tx.run(sql`
    update eips set instance_seq = ${holder?.seq ?? null}, instance_id = ${holder?.id ?? ''} where id = ${id}`)
}

export async function updateEip(
  tx: Tx,
  id: string,
  { name, description, bandwidth }: Pick<Eip, 'name' | 'description' | 'bandwidth'>,
): Promise<void> {
  await tx.run(sql`
    update eips set name = ${name}, description = ${description}, bandwidth = ${bandwidth} where id = ${id}`)
}

export async function deleteEip(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`delete from eips where id = ${id}`)
}

interface EipRow {
  seq: number
  id: string
  account_id: string
  region_id: string
  address: string
  name: string
  description: string
  bandwidth: number
  internet_charge_type: InternetChargeType
  isp: string
  resource_group_id: string
  tags: string
  instance_seq: number | null
  instance_id: string
  allocated_at: number
}

function toEip(row: EipRow): Eip {
  return {
    seq: row.seq,
    id: row.id,
    accountId: row.account_id,
    regionId: row.region_id,
    address: row.address,
    name: row.name,
    description: row.description,
    bandwidth: row.bandwidth,
    internetChargeType: row.internet_charge_type,
    isp: row.isp,
    resourceGroupId: row.resource_group_id,
    tags: JSON.parse(row.tags) as Record<string, string>,
    instanceSeq: row.instance_seq,
    instanceId: row.instance_id,
    allocatedAt: row.allocated_at,
  }
}
