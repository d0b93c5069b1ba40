import sql from 'sql-template-tag'
import type { InstanceStatus } from '../../../domain/instances/types.ts'
import { number, reader, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { count, firstText } from '../../table.ts'
import { type Claims, ofClaims } from '../hosts/claims.ts'
import { instances, unindexed } from './instances.ts'
import { jobs } from './jobs.ts'

/** Those of `addresses` that an instance of the account has in the zone. */
export async function listTakenAddresses(
  tx: Tx,
  where: { accountId: string; zoneId: string; addresses: readonly string[] },
): Promise<ReadonlySet<string>> {
  const taken = await tx.all(
    sql`
      select private_ip from instances where ${tx.dialect.oneOf(sql`private_ip`, where.addresses)}
        and ${unindexed(sql`account_id`)} = ${where.accountId} and zone_id = ${where.zoneId}`,
    firstText,
  )
  return new Set(taken)
}

const readHolders = reader({ hostId: text, type: text, count: number })

/** How many instances of each type hold the vCPUs and memory of each of these hosts; see holdsCapacity of the domain. */
export async function countHolders(
  tx: Tx,
  hostIds: readonly string[],
): Promise<{ hostId: string; type: string; count: number }[]> {
  if (hostIds.length === 0) return []
  return tx.all(
    sql`
      select host_id, type, count(*) from instances
      where ${tx.dialect.oneOf(sql`host_id`, hostIds)} and host_id is not null
        and (status <> 'Stopped' or coalesce(stop_mode, '') <> 'StopCharging' or coalesce(operation, '') = 'deallocate')
      group by host_id, type`,
    readHolders,
  )
}

/** How many instances of an image a host has. */
export function countByImage(tx: Tx, imageId: string, hostId: string): Promise<number> {
  return count(tx, sql`instances where host_id = ${hostId} and image_id = ${imageId}`)
}

/** Ids of the instances, of any account and region, that are in a status; those whose machines are the caller's. */
export function listIdsIn(tx: Tx, status: InstanceStatus, claims: Claims): Promise<string[]> {
  return tx.all(sql`select id from instances where status = ${status} ${ofClaims(claims)} order by seq`, firstText)
}

/** Gives all instances there are to one host; null makes their machines simulated. */
export async function moveInstances(tx: Tx, hostId: string | null): Promise<void> {
  await instances.update(tx, { hostId }, sql`1 = 1`)
  await jobs.update(tx, { hostId }, sql`1 = 1`)
}

/** Instances of hosts that are not known here go to one that is, or else have simulated machines. */
export async function reassignUnknownHosts(tx: Tx): Promise<void> {
  const hostId = sql`(select min(id) from hosts)`
  const isUnknown = sql`host_id is not null and host_id not in (select id from hosts)`
  await instances.update(tx, { hostId }, isUnknown)
  await jobs.update(tx, { hostId }, isUnknown)
}
