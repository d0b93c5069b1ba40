import sql from 'sql-template-tag'
import type { InstanceStatus } from '../../../domain/instances/types.ts'
import { json, number, reader, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { firstNumber, firstText, table } from '../../table.ts'
import { type Claims, ofClaims } from '../hosts/claims.ts'
import { cancelEventsOf } from '../system-events.ts'

/** What is left of instances that were released: their ids never come back. */
export const releasedInstances = table('released_instances', {
  id: text,
  seq: number,
  accountId: text,
  regionId: text,
  releasedAt: number,
  releasedBy: text,
  name: text,
  type: text,
  tags: json<Readonly<Record<string, string>>>(),
})

/**
 * Deletes instances for good: what is left of each is a tombstone, so that its id never comes back. System events that were
 * to come have lost their object; EIPs stay, bound to nothing. Returns their numbers, and when that was.
 */
export async function deleteInstances(
  tx: Tx,
  ids: readonly string[],
  release: { at: number; by: string },
): Promise<{ seq: number; at: number }[]> {
  const isOne = tx.dialect.oneOf(sql`id`, ids)
  const freed = await tx.all(
    sql`
      update eips set instance_seq = null, instance_id = ''
      where instance_seq in (select seq from instances where ${isOne}) returning seq`,
    firstNumber,
  )
  await tx.run(sql`
    insert into released_instances (id, seq, account_id, region_id, released_at, released_by, name, type, tags)
    select id, seq, account_id, region_id, cast(${release.at} as bigint), cast(${release.by} as text), name, type, tags
    from instances where ${isOne}`)
  await cancelEventsOf(tx, ids, release.at)
  await tx.run(sql`delete from spot_interruptions where ${tx.dialect.oneOf(sql`instance_id`, ids)}`)
  await tx.run(sql`delete from instances where ${isOne}`)
  return freed.map(seq => ({ seq, at: release.at }))
}

/** Those of `ids` that an instance has or had. */
export async function listTakenIds(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const taken = tx.dialect.oneOf(sql`id`, ids)
  return tx.all(
    sql`
      select id from instances where ${taken}
      union all select id from released_instances where ${taken}`,
    firstText,
  )
}

/** What became of an instance. */
export type FinalStatus = InstanceStatus | 'released'

const readFinalStatus = reader({ id: text, status: textOf<FinalStatus>() })

/** What became of those of `ids` that an instance has or had, unless its machine is somebody else's. */
export async function listFinalStatuses(
  tx: Tx,
  ids: readonly string[],
  claims: Claims,
): Promise<Map<string, FinalStatus>> {
  if (ids.length === 0) return new Map()
  const isOne = tx.dialect.oneOf(sql`id`, ids)
  const rows = await tx.all(
    sql`
      select id, status from instances where ${isOne} ${ofClaims(claims)}
      union all select id, 'released' from released_instances where ${isOne}`,
    readFinalStatus,
  )
  return new Map(rows.map(row => [row.id, row.status]))
}

const readBilled = reader({ id: text, name: text, type: text, tags: json<Readonly<Record<string, string>>>() })

/** What is known of resources by their ids, also of instances that were released, but not of EIPs that were. */
export function listBilledInstances(
  tx: Tx,
  ids: readonly string[],
): Promise<{ id: string; name: string; type: string; tags: Readonly<Record<string, string>> }[]> {
  const isOne = tx.dialect.oneOf(sql`id`, ids)
  return tx.all(
    sql`
      select id, name, type, tags from instances where ${isOne}
      union all select id, name, type, tags from released_instances where ${isOne}
      union all select id, name, '' as type, tags from eips where ${isOne}`,
    readBilled,
  )
}
