import type { TagChange } from '../../domain/tags/tags.ts'
import { lockInstances } from '../../store/tables/instances/instances.ts'
import { updateTags } from '../../store/tables/instances/attributes.ts'
import type { Tx } from '../../store/store.ts'

/** Changes the tags of some instances of a region: all of them, or none and says why. */
export async function changeTags(
  tx: Tx,
  where: { accountId: string; regionId: string; instanceIds: readonly string[] },
  change: TagChange,
): Promise<'done' | 'not-found' | 'too-many'> {
  const ids = [...new Set(where.instanceIds)]
  const instances = await lockInstances(tx, where.accountId, ids)
  if (instances.length < ids.length || instances.some(one => one.regionId !== where.regionId)) return 'not-found'
  const changed = instances.map(({ id, tags }) => ({ id, tags: change(tags) }))
  if (changed.some(({ tags }) => tags === undefined)) return 'too-many'
  for (const { id, tags = {} } of changed) await updateTags(tx, id, tags)
  return 'done'
}
