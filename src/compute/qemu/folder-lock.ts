import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, ownIdentity, type ProcessIdentity } from './process.ts'
import { ComputeError } from '../driver.ts'

/** Claims a folder for this process; what a dead one has claimed is free. Returns the file to remove in the end. */
export async function lockFolder(folder: string): Promise<string> {
  const file = join(folder, 'owner.json')
  const owner = await readOwner(file)
  if (owner !== undefined && isAlive(owner)) {
    throw new ComputeError(
      `The machines in ${folder} are looked after by another localyun, process ${owner.pid}. Stop it, or give another --compute-dir.`,
    )
  }
  await writeFile(`${file}.partial`, JSON.stringify(ownIdentity()))
  await rename(`${file}.partial`, file)
  return file
}

async function readOwner(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}
