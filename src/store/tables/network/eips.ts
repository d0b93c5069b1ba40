import sql, { empty, join, type Sql } from 'sql-template-tag'
import type { Resource } from '../../../domain/identity/resources.ts'
import type { InternetChargeType } from '../../../domain/network/eip.ts'
import { json, nullable, number, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { count, type Row, table } from '../../table.ts'
import type { Instance } from '../instances/instances.ts'

/** Elastic IP addresses. One is bound to an instance or to nothing; its status follows from that. */
export const eips = table('eips', {
  /** Numbered together with instances. */
  seq: number,
  id: text,
  accountId: text,
  regionId: text,
  address: text,
  name: text,
  description: text,
  /** Mbit/s. */
  bandwidth: number,
  internetChargeType: textOf<InternetChargeType>(),
  isp: text,
  resourceGroupId: text,
  tags: json<Readonly<Record<string, string>>>(),
  /** The instance that has it: its number and id; null and empty text when none has. */
  instanceSeq: nullable(number),
  instanceId: text,
  /** Instance time, ms. */
  allocatedAt: number,
})

export type Eip = Row<typeof eips>

export async function insertEips(tx: Tx, rows: readonly Eip[]): Promise<void> {
  await eips.insert(tx, rows)
}

export function findEip(tx: Tx, id: string): Promise<Eip | undefined> {
  return eips.all.find(tx, sql`where id = ${id}`)
}

/** As findEip; the row stays locked. Lock the instance it is or will be bound to first. */
export function lockEip(tx: Tx, id: string): Promise<Eip | undefined> {
  return eips.all.find(tx, sql`where id = ${id} ${tx.dialect.forUpdate}`)
}

/** What policies look at of those of `ids` that the account has. */
export function listEipResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  return eips.all.list(tx, sql`where ${tx.dialect.oneOf(sql`id`, ids)} and account_id = ${accountId}`)
}

/** EIPs by their numbers, those that were released left out. */
export function listEipsByNumber(tx: Tx, numbers: readonly number[]): Promise<Eip[]> {
  return eips.all.list(tx, sql`where ${tx.dialect.oneOf(sql`seq`, numbers)} order by seq`)
}

/** The EIPs that these instances have, by address; asks nothing when none has one. */
export async function loadEips(tx: Tx, instances: readonly Instance[]): Promise<ReadonlyMap<string, Eip>> {
  const holders = instances.filter(instance => instance.eip !== '').map(instance => instance.seq)
  if (holders.length === 0) return new Map()
  const found = await eips.all.list(tx, sql`where ${tx.dialect.oneOf(sql`instance_seq`, holders)}`)
  return new Map(found.map(eip => [eip.address, eip]))
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
  const total = await count(tx, sql`eips where ${where}`)
  const found = await eips.all.list(tx, sql`where ${where} order by seq desc limit ${page.limit} offset ${page.skip}`)
  return { eips: found, total }
}

function conditions(tx: Tx, filter: EipFilter): Sql {
  const all: Sql[] = [sql`account_id = ${filter.accountId}`, sql`region_id = ${filter.regionId}`]
  const equal = (column: Sql, value: string | undefined) => {
    if (value !== undefined) all.push(sql`${column} = ${value}`)
  }
  if (filter.ids !== undefined) all.push(tx.dialect.oneOf(sql`id`, filter.ids))
  if (filter.addresses !== undefined) all.push(tx.dialect.oneOf(sql`address`, filter.addresses))
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
  const changes = { instanceSeq: holder?.seq ?? null, instanceId: holder?.id ?? '' }
  await eips.update(tx, changes, sql`id = ${id}`)
}

export async function updateEip(
  tx: Tx,
  id: string,
  { name, description, bandwidth }: Pick<Eip, 'name' | 'description' | 'bandwidth'>,
): Promise<void> {
  await eips.update(tx, { name, description, bandwidth }, sql`id = ${id}`)
}

export async function deleteEip(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`delete from eips where id = ${id}`)
}
