import sql from 'sql-template-tag'
import type { Resource } from '../../../domain/identity/resources.ts'
import type { Tags } from '../../../domain/tags/tags.ts'
import type { Tx } from '../../store.ts'
import { unindexed } from './instances.ts'

/** What policies look at of those of `ids` that the account has. */
export async function listInstanceResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  const rows = await tx.all<{ id: string; region_id: string; tags: string; resource_group_id: string }>(sql`
    select id, region_id, tags, resource_group_id from instances
    where ${tx.dialect.oneOf(sql`id`, ids)} and ${unindexed(sql`account_id`)} = ${accountId}`)
  return rows.map(row => ({
    id: row.id,
    accountId,
    regionId: row.region_id,
    tags: JSON.parse(row.tags) as Tags,
    resourceGroupId: row.resource_group_id,
  }))
}
