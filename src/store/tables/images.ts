import sql, { join } from 'sql-template-tag'
import type { Tx } from '../store.ts'

/** An image that was brought to a host, for machines that are really there. */
export interface ImportedImage {
  readonly id: string
  readonly hostId: string
  readonly name: string
  readonly osName: string
  readonly osType: 'linux' | 'windows'
  /** GiB, rounded up; a system disk holds at least this. */
  readonly sizeGiB: number
  /** Of an image that brings its own kernel. */
  readonly kernelCommandLine: string | undefined
  readonly hasInitrd: boolean
  /** Instance time, ms. */
  readonly createdAt: number
}

export async function listImportedImages(tx: Tx): Promise<ImportedImage[]> {
  const rows = await tx.all<ImageRow>(sql`
    select * from images where host_id in (select id from hosts) order by id, host_id`)
  return rows.map(toImage)
}

/** As each host that is known has them; or only one of them. */
export async function findImportedImages(tx: Tx, ids: readonly string[], hostId?: string): Promise<ImportedImage[]> {
  if (ids.length === 0) return []
  const hosts = hostId === undefined ? sql`(select id from hosts)` : sql`(${hostId})`
  const rows = await tx.all<ImageRow>(sql`
    select * from images where id in (${join([...ids])}) and host_id in ${hosts} order by id, host_id`)
  return rows.map(toImage)
}

/** False when the host has one with this id. */
export async function insertImportedImage(tx: Tx, image: ImportedImage): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into images (id, host_id, name, os_name, os_type, size_gib, kernel_command_line, has_initrd, created_at)
    values (${image.id}, ${image.hostId}, ${image.name}, ${image.osName}, ${image.osType}, ${image.sizeGiB},
      ${image.kernelCommandLine ?? null}, ${image.hasInitrd ? 1 : 0}, ${image.createdAt})
    on conflict (id, host_id) do nothing`)
  return inserted === 1
}

/** False when there was none. */
export async function deleteImportedImage(tx: Tx, id: string, hostId: string): Promise<boolean> {
  return (await tx.run(sql`delete from images where id = ${id} and host_id = ${hostId}`)) === 1
}

interface ImageRow {
  id: string
  host_id: string
  name: string
  os_name: string
  os_type: 'linux' | 'windows'
  size_gib: number
  kernel_command_line: string | null
  has_initrd: number
  created_at: number
}

function toImage(row: ImageRow): ImportedImage {
  return {
    id: row.id,
    hostId: row.host_id,
    name: row.name,
    osName: row.os_name,
    osType: row.os_type,
    sizeGiB: row.size_gib,
    kernelCommandLine: row.kernel_command_line ?? undefined,
    hasInitrd: row.has_initrd === 1,
    createdAt: row.created_at,
  }
}
