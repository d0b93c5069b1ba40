import sql from 'sql-template-tag'
import type { Resource } from '../../../domain/identity/resources.ts'
import type { Tx } from '../../store.ts'
import { instances, ofAccount } from './instances.ts'

const resources = instances.select('id', 'accountId', 'regionId', 'tags', 'resourceGroupId')

/** What policies look at of those of `ids` that the account has. */
export function listInstanceResources(tx: Tx, accountId: string, ids: readonly string[]): Promise<Resource[]> {
  return resources.list(tx, sql`where ${ofAccount(tx, accountId, ids)}`)
}
