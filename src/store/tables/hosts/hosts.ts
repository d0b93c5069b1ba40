import sql, { join } from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** A server that runs real machines. */
export interface Host {
  readonly id: string
  /** Where its control API answers; empty until it does. */
  readonly address: string
  /** What its machines may use, all together. */
  readonly vcpus: number
  readonly memoryMiB: number
  /** It is away when this has passed; it puts it off as long as it lives. Machine time, ms. */
  readonly seenUntil: number
}

/** Makes a process the one that runs a host's machines; false while another one does, as of `now` (machine time, ms). */
export async function claimHost(
  tx: Tx,
  host: Host,
  { holder, now }: { holder: string; now: number },
): Promise<boolean> {
  const claimed = await tx.run(sql`
    insert into hosts (id, holder, address, vcpus, memory_mib, seen_until)
    values (${host.id}, ${holder}, ${host.address}, ${host.vcpus}, ${host.memoryMiB}, ${host.seenUntil})
    on conflict (id) do update set holder = excluded.holder, address = excluded.address, vcpus = excluded.vcpus,
      memory_mib = excluded.memory_mib, seen_until = excluded.seen_until
    where hosts.holder = excluded.holder or hosts.seen_until <= ${now}`)
  return claimed === 1
}

/** For `tx.autonomous` or a transaction: says that a host is there until then; no row when another process has taken it over. */
export function putOff(id: string, holder: string, { address, seenUntil }: Pick<Host, 'address' | 'seenUntil'>) {
  return sql`
    update hosts set seen_until = ${seenUntil}, address = ${address} where id = ${id} and holder = ${holder}
    returning id`
}

/** For a store that one process has to itself: forgets every host but this one. Returns how many those were. */
export function deleteOtherHosts(tx: Tx, id: string | null): Promise<number> {
  return tx.run(sql`delete from hosts where id <> ${id ?? ''}`)
}

/** Gives all instances there are to one host; null has their machines simulated. */
export async function moveInstances(tx: Tx, hostId: string | null): Promise<void> {
  await tx.run(sql`update instances set host_id = ${hostId}`)
  await tx.run(sql`update jobs set host_id = ${hostId}`)
}

/** Instances of hosts that are not known here go to one that is, or else have simulated machines. */
export async function adoptStrangers(tx: Tx): Promise<void> {
  for (const table of [sql`instances`, sql`jobs`]) {
    await tx.run(sql`
      update ${table} set host_id = (select min(id) from hosts)
      where host_id is not null and host_id not in (select id from hosts)`)
  }
}

export async function hasHosts(tx: Tx): Promise<boolean> {
  return (await tx.get(sql`select 1 as one from hosts limit 1`)) !== undefined
}

export async function listHosts(tx: Tx): Promise<Host[]> {
  return (await tx.all<HostRow>(sql`select * from hosts order by id`)).map(toHost)
}

export async function findHosts(tx: Tx, ids: readonly string[]): Promise<Host[]> {
  if (ids.length === 0) return []
  return (await tx.all<HostRow>(sql`select * from hosts where id in (${join([...ids])}) order by id`)).map(toHost)
}

/** Those that are there at `now` (machine time, ms) and have the image. */
export async function listHostsWith(tx: Tx, imageId: string, now: number): Promise<Host[]> {
  const rows = await tx.all<HostRow>(sql`
    select * from hosts where seen_until > ${now} and id in (select host_id from images where id = ${imageId})
    order by id`)
  return rows.map(toHost)
}

/**
 * Nobody else counts what is free on hosts until this transaction is over. The hosts' own rows stay free for them to say
 * that they are there.
 */
export async function holdHosts(tx: Tx): Promise<void> {
  if (tx.mode === 'write') await tx.advisoryLock('room of hosts')
}

interface HostRow {
  id: string
  address: string
  vcpus: number
  memory_mib: number
  seen_until: number
}

function toHost(row: HostRow): Host {
  return {
    id: row.id,
    address: row.address,
    vcpus: row.vcpus,
    memoryMiB: row.memory_mib,
    seenUntil: row.seen_until,
  }
}
