import sql, { empty, join, type Sql } from 'sql-template-tag'
import type { Resource } from '../../domain/identity/resources.ts'
import type { KmsKeyFacts, KmsKeyState } from '../../domain/instances/types.ts'
import { hasEcsTag, type KeyDetails, type KmsKey } from '../../domain/keys/keys.ts'
import type { Tags } from '../../domain/tags/tags.ts'
import type { Tx } from '../store.ts'

/** What ECS looks at of an account's keys in a region: those of `ids` that exist at `now`. */
export async function listKmsKeys(
  tx: Tx,
  where: { accountId: string; regionId: string; ids: readonly string[]; now: number },
): Promise<KmsKeyFacts[]> {
  if (where.ids.length === 0) return []
  const rows = await tx.all<Pick<KmsKeyRow, 'id' | 'state' | 'tags' | 'ecs_authorized'>>(sql`
    select id, state, tags, ecs_authorized from kms_keys
    where account_id = ${where.accountId} and region_id = ${where.regionId} and id in (${join([...where.ids])})
      and ${exists(where.now)}`)
  return rows.map(toFacts)
}

/** What policies look at of those of `ids` that the account has, in any region; keys that are gone included. */
export async function listKeyResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  const rows = await tx.all<{ id: string; region_id: string; tags: string }>(sql`
    select id, region_id, tags from kms_keys where account_id = ${accountId} and ${tx.dialect.oneOf(sql`id`, ids)}
    order by region_id`)
  return rows.map(row => ({
    id: row.id,
    accountId,
    regionId: row.region_id,
    tags: JSON.parse(row.tags) as Tags,
    resourceGroupId: '',
  }))
}

interface KmsKeyRef {
  readonly accountId: string
  readonly regionId: string | undefined
  readonly id: string
  /** Instance time, ms. */
  readonly now: number
}

/** A key that exists at `now`; without a region in whichever has it. */
export function findKmsKey(tx: Tx, where: KmsKeyRef): Promise<KmsKey | undefined> {
  return select(tx, where, empty)
}

/** As findKmsKey, to change it; the row stays locked. */
export function lockKmsKey(tx: Tx, where: KmsKeyRef): Promise<KmsKey | undefined> {
  return select(tx, where, tx.dialect.forUpdate)
}

async function select(tx: Tx, where: KmsKeyRef, lock: Sql): Promise<KmsKey | undefined> {
  const inRegion = where.regionId === undefined ? sql`1 = 1` : sql`region_id = ${where.regionId}`
  const row = await tx.get<KmsKeyRow>(sql`
    select account_id, region_id, id, state, tags, ecs_authorized, created_at, delete_at, details from kms_keys
    where account_id = ${where.accountId} and ${inRegion} and id = ${where.id} and ${exists(where.now)}
    order by region_id limit 1 ${lock}`)
  return row === undefined ? undefined : toKey(row)
}

/** The ids of an account's keys in a region, in their order, and how many there are. */
export async function pageKmsKeys(
  tx: Tx,
  where: { accountId: string; regionId: string; now: number },
  page: { limit: number; skip: number },
): Promise<{ ids: string[]; total: number }> {
  const matching = sql`from kms_keys
    where account_id = ${where.accountId} and region_id = ${where.regionId} and ${exists(where.now)}`
  const count = await tx.get<{ total: number | string }>(sql`select count(*) as total ${matching}`)
  const rows = await tx.all<{ id: string }>(
    sql`select id ${matching} order by id limit ${page.limit} offset ${page.skip}`,
  )
  return { ids: rows.map(row => row.id), total: Number(count?.total ?? 0) }
}

export async function putKmsKey(tx: Tx, key: KmsKey): Promise<void> {
  await tx.run(sql`
    insert into kms_keys (account_id, region_id, id, state, tags, ecs_authorized, created_at, delete_at, details)
    values (${key.accountId}, ${key.regionId}, ${key.id}, ${key.state}, ${JSON.stringify(key.tags)},
      ${key.ecsAuthorized ? 1 : 0}, ${key.createdAt}, ${key.deleteAt}, ${JSON.stringify(key.details)})
    on conflict (account_id, region_id, id) do update set state = excluded.state, tags = excluded.tags,
      ecs_authorized = excluded.ecs_authorized, created_at = excluded.created_at, delete_at = excluded.delete_at,
      details = excluded.details`)
}

/** A key whose time has come is gone, though its row stays: nothing needs to run at that moment. */
function exists(now: number): Sql {
  return sql`(delete_at is null or delete_at > ${now})`
}

interface KmsKeyRow {
  account_id: string
  region_id: string
  id: string
  state: KmsKeyState
  tags: string
  ecs_authorized: number
  created_at: number
  delete_at: number | null
  details: string
}

function toFacts(row: Pick<KmsKeyRow, 'id' | 'state' | 'tags' | 'ecs_authorized'>): KmsKeyFacts {
  return {
    id: row.id,
    state: row.state,
    ecsTag: hasEcsTag(JSON.parse(row.tags) as Tags),
    ecsAuthorized: row.ecs_authorized === 1,
  }
}

function toKey(row: KmsKeyRow): KmsKey {
  return {
    ...toFacts(row),
    accountId: row.account_id,
    regionId: row.region_id,
    tags: JSON.parse(row.tags) as Tags,
    createdAt: row.created_at,
    deleteAt: row.delete_at,
    details: JSON.parse(row.details) as KeyDetails,
  }
}
