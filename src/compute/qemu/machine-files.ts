import { mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { diskFile, fileNames, imageFiles, type Places } from './places.ts'
import { run } from './run.ts'
import { seedVolume } from './seed.ts'
import type { MachineSpec } from './spec.ts'

/** What is kept beside a machine's disks, and is known of it before its instance is looked up. */
export interface MachineRecord {
  readonly uuid: string
  readonly sshPort: number | null
  /** Disks that outlive it. */
  readonly keptDisks: readonly string[]
}

/** A console log that has grown beyond this starts anew with the machine; bytes. */
const consoleLimit = 1024 * 1024

export async function readRecord(folder: string): Promise<MachineRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, fileNames.record), 'utf8')) as MachineRecord
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw reason
  }
}

export function writeRecord(folder: string, record: MachineRecord): Promise<void> {
  return writeWhole(folder, fileNames.record, JSON.stringify(record))
}

/** Makes what a machine lacks: disks that are there stay as they are, the seed is written anew. */
export async function prepareFiles(spec: MachineSpec, folder: string, places: Places): Promise<void> {
  await mkdir(places.machines, { recursive: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [place, { id, sizeGiB }] of spec.disks.entries()) {
    const image = place === 0 ? join(relative(folder, places.images), imageFiles(spec.image.id).disk) : undefined
    await makeDisk(folder, diskFile(id), sizeGiB, image)
  }
  await writeWhole(folder, fileNames.seed, seedVolume(spec, places.keys))
  const log = join(folder, fileNames.console)
  if (((await stat(log).catch(() => undefined))?.size ?? 0) > consoleLimit) await truncate(log)
}

/** A disk that grows with what is written to it; on top of an image, which is named by its way from the disk. */
async function makeDisk(folder: string, name: string, sizeGiB: number, image: string | undefined): Promise<void> {
  if ((await stat(join(folder, name)).catch(() => undefined)) !== undefined) return
  const partial = `${name}.partial`
  const base = image === undefined ? [] : ['-F', 'qcow2', '-b', image]
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, partial, `${sizeGiB}G`], folder)
  await rename(join(folder, partial), join(folder, name))
}

async function writeWhole(folder: string, name: string, content: string | Buffer): Promise<void> {
  const partial = join(folder, `${name}.partial`)
  await writeFile(partial, content, { mode: 0o600 })
  await rename(partial, join(folder, name))
}

/** Removes a machine's files; disks that are to outlive it go where such disks are. */
export async function removeFiles(folder: string, places: Places): Promise<void> {
  const record = await readRecord(folder)
  for (const id of record?.keptDisks ?? []) {
    await mkdir(places.disks, { recursive: true, mode: 0o700 })
    await rename(join(folder, diskFile(id)), join(places.disks, diskFile(id))).catch((reason: unknown) => {
      // Moved before, by a process that did not come further.
      if ((reason as NodeJS.ErrnoException).code !== 'ENOENT') throw reason
    })
  }
  await rm(folder, { recursive: true, force: true })
}
