import sql from 'sql-template-tag'
import { named, number, text } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

/** Servers that run real machines. */
export const hosts = table('hosts', {
  id: text,
  /** The process that runs its machines. */
  holder: text,
  /** Where its control API answers; empty until it does. */
  address: text,
  /** What its machines may use, all together. */
  vcpus: number,
  memoryMiB: named('memory_mib', number),
  /** It is away when this has passed; it renews it as long as it lives. Machine time, ms. */
  seenUntil: number,
})

export type Host = Omit<Row<typeof hosts>, 'holder'>
const shown = hosts.except('holder')

/** Makes a process the one that runs a host's machines; false while another one does, as of `now` (machine time, ms). */
export async function claimHost(
  tx: Tx,
  host: Host,
  { holder, now }: { holder: string; now: number },
): Promise<boolean> {
  const claimed = await hosts.insert(
    tx,
    [{ ...host, holder }],
    sql`on conflict (id) do update set holder = excluded.holder, address = excluded.address, vcpus = excluded.vcpus,
        memory_mib = excluded.memory_mib, seen_until = excluded.seen_until
      where hosts.holder = excluded.holder or hosts.seen_until <= ${now}`,
  )
  return claimed === 1
}

/**
 * For `tx.autonomous` or a transaction: says that a host is there until then; no row when another process has taken it
 * over.
 */
export function renewLease(id: string, holder: string, { address, seenUntil }: Pick<Host, 'address' | 'seenUntil'>) {
  return sql`
    update hosts set ${hosts.set({ seenUntil, address })} where id = ${id} and holder = ${holder}
    returning id`
}

/** For a store that one process has to itself: forgets every host but this one. Returns how many those were. */
export function deleteOtherHosts(tx: Tx, id: string | null): Promise<number> {
  return tx.run(sql`delete from hosts where id <> ${id ?? ''}`)
}

export async function hasHosts(tx: Tx): Promise<boolean> {
  return (await tx.get(sql`select 1 as one from hosts limit 1`)) !== undefined
}

export function listHosts(tx: Tx): Promise<Host[]> {
  return shown.list(tx, sql`order by id`)
}

export async function findHosts(tx: Tx, ids: readonly string[]): Promise<Host[]> {
  if (ids.length === 0) return []
  return shown.list(tx, sql`where ${tx.dialect.oneOf(sql`id`, ids)} order by id`)
}

/** Those that are there at `now` (machine time, ms) and have the image. */
export function listHostsWith(tx: Tx, imageId: string, now: number): Promise<Host[]> {
  return shown.list(
    tx,
    sql`where seen_until > ${now} and id in (select host_id from images where id = ${imageId}) order by id`,
  )
}

/**
 * Nobody else counts what is free on hosts until this transaction is over. The hosts' own rows stay free for them to say
 * that they are there.
 */
export async function holdHosts(tx: Tx): Promise<void> {
  if (tx.mode === 'write') await tx.advisoryLock('room of hosts')
}
