import sql, { empty, type Sql } from 'sql-template-tag'
import type { Resource } from '../../domain/identity/resources.ts'
import type { KmsKeyFacts, KmsKeyState } from '../../domain/instances/types.ts'
import { hasEcsTag, type KeyDetails, type KmsKey } from '../../domain/keys/keys.ts'
import type { Tags } from '../../domain/tags/tags.ts'
import { flag, json, nullable, number, text, textOf } from '../columns.ts'
import type { Tx } from '../store.ts'
import { count, firstText, type Row, table } from '../table.ts'

export const kmsKeys = table(
  'kms_keys',
  {
    accountId: text,
    regionId: text,
    id: text,
    state: textOf<KmsKeyState>(),
    tags: json<Tags>(),
    ecsAuthorized: flag,
    createdAt: number,
    deleteAt: nullable(number),
    details: json<KeyDetails>(),
  },
  ['accountId', 'regionId', 'id'],
)

const facts = kmsKeys.select('id', 'state', 'tags', 'ecsAuthorized')

/** What ECS looks at of an account's keys in a region: those of `ids` that exist at `now`. */
export async function listKmsKeys(
  tx: Tx,
  where: { accountId: string; regionId: string; ids: readonly string[]; now: number },
): Promise<KmsKeyFacts[]> {
  if (where.ids.length === 0) return []
  const rows = await facts.list(
    tx,
    sql`where account_id = ${where.accountId} and region_id = ${where.regionId}
      and ${tx.dialect.oneOf(sql`id`, where.ids)} and ${exists(where.now)}`,
  )
  return rows.map(toFacts)
}

const resources = kmsKeys.select('id', 'accountId', 'regionId', 'tags')

/** What policies look at of those of `ids` that the account has, in any region; keys that are gone included. */
export async function listKeyResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  const rows = await resources.list(
    tx,
    sql`where account_id = ${accountId} and ${tx.dialect.oneOf(sql`id`, ids)} order by region_id`,
  )
  return rows.map(row => Object.assign({ resourceGroupId: '' }, row))
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
  return find(tx, where, empty)
}

/** As findKmsKey, to change it; the row stays locked. */
export function lockKmsKey(tx: Tx, where: KmsKeyRef): Promise<KmsKey | undefined> {
  return find(tx, where, tx.dialect.forUpdate)
}

async function find(tx: Tx, where: KmsKeyRef, lock: Sql): Promise<KmsKey | undefined> {
  const inRegion = where.regionId === undefined ? sql`1 = 1` : sql`region_id = ${where.regionId}`
  const row = await kmsKeys.all.find(
    tx,
    sql`where account_id = ${where.accountId} and ${inRegion} and id = ${where.id} and ${exists(where.now)}
      order by region_id limit 1 ${lock}`,
  )
  return row === undefined ? undefined : { ...row, ...toFacts(row) }
}

/** The ids of an account's keys in a region, in their order, and how many there are. */
export async function pageKmsKeys(
  tx: Tx,
  where: { accountId: string; regionId: string; now: number },
  page: { limit: number; skip: number },
): Promise<{ ids: string[]; total: number }> {
  const matching = sql`kms_keys
    where account_id = ${where.accountId} and region_id = ${where.regionId} and ${exists(where.now)}`
  const total = await count(tx, matching)
  const ids = await tx.all(
    sql`select id from ${matching} order by id limit ${page.limit} offset ${page.skip}`,
    firstText,
  )
  return { ids, total }
}

export function putKmsKey(tx: Tx, key: KmsKey): Promise<void> {
  return kmsKeys.put(tx, [key])
}

/** A key whose time has come is gone, though its row stays: nothing needs to run at that moment. */
function exists(now: number): Sql {
  return sql`(delete_at is null or delete_at > ${now})`
}

function toFacts({
  id,
  state,
  tags,
  ecsAuthorized,
}: Pick<Row<typeof kmsKeys>, 'id' | 'state' | 'tags' | 'ecsAuthorized'>) {
  return { id, state, ecsTag: hasEcsTag(tags), ecsAuthorized }
}
