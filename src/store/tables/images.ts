import sql from 'sql-template-tag'
import { flag, named, number, optional, text, textOf } from '../columns.ts'
import type { Tx } from '../store.ts'
import { type Row, table } from '../table.ts'

/** Images that were brought to a host, for machines that are really there. */
export const images = table('images', {
  id: text,
  hostId: text,
  name: text,
  osName: text,
  osType: textOf<'linux' | 'windows'>(),
  /** GiB, rounded up; a system disk holds at least this. */
  sizeGiB: named('size_gib', number),
  /** Of an image that brings its own kernel. */
  kernelCommandLine: optional(text),
  hasInitrd: flag,
  /** Instance time, ms. */
  createdAt: number,
})

export type ImportedImage = Row<typeof images>

export function listImportedImages(tx: Tx): Promise<ImportedImage[]> {
  return images.all.list(tx, sql`where host_id in (select id from hosts) order by id, host_id`)
}

/** As each host that is known has them; or only one of them. */
export async function findImportedImages(tx: Tx, ids: readonly string[], hostId?: string): Promise<ImportedImage[]> {
  if (ids.length === 0) return []
  const hosts = hostId === undefined ? sql`(select id from hosts)` : sql`(${hostId})`
  return images.all.list(tx, sql`where ${tx.dialect.oneOf(sql`id`, ids)} and host_id in ${hosts} order by id, host_id`)
}

/** False when the host has one with this id. */
export async function insertImportedImage(tx: Tx, image: ImportedImage): Promise<boolean> {
  return (await images.insert(tx, [image], sql`on conflict (id, host_id) do nothing`)) === 1
}

/** False when there was none. */
export async function deleteImportedImage(tx: Tx, id: string, hostId: string): Promise<boolean> {
  return (await tx.run(sql`delete from images where id = ${id} and host_id = ${hostId}`)) === 1
}
