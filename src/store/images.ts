import sql, { join } from 'sql-template-tag'
import type { Tx } from './store.ts'

/** An image that was brought to this host, for machines that are really there. */
export interface ImportedImage {
  readonly id: string
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
  return (await tx.all<ImageRow>(sql`select * from images order by id`)).map(toImage)
}

export async function findImportedImages(tx: Tx, ids: readonly string[]): Promise<ImportedImage[]> {
  if (ids.length === 0) return []
  const rows = await tx.all<ImageRow>(sql`select * from images where id in (${join([...ids])}) order by id`)
  return rows.map(toImage)
}

/** False when there is one with this id. */
export async function insertImportedImage(tx: Tx, image: ImportedImage): Promise<boolean> {
  const inserted = await tx.run(sql`
    insert into images (id, name, os_name, os_type, size_gib, kernel_command_line, has_initrd, created_at)
    values (${image.id}, ${image.name}, ${image.osName}, ${image.osType}, ${image.sizeGiB},
      ${image.kernelCommandLine ?? null}, ${image.hasInitrd ? 1 : 0}, ${image.createdAt})
    on conflict (id) do nothing`)
  return inserted === 1
}

/** False when there was none. */
export async function deleteImportedImage(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run(sql`delete from images where id = ${id}`)) === 1
}

interface ImageRow {
  id: string
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
    name: row.name,
    osName: row.os_name,
    osType: row.os_type,
    sizeGiB: row.size_gib,
    kernelCommandLine: row.kernel_command_line ?? undefined,
    hasInitrd: row.has_initrd === 1,
    createdAt: row.created_at,
  }
}
