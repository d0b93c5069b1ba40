import { readFile, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../../platform/random.ts'

/** The name under which the machines in a folder are known to other servers; it is made up once. */
export async function readHostId(folder: string): Promise<string> {
  const file = join(folder, 'host.json')
  const known = await readId(file)
  if (known !== undefined) return known
  const id = `${hostname()}-${createRandom(undefined, 'host').token(6)}`
  await writeFile(`${file}.partial`, JSON.stringify({ id }))
  await rename(`${file}.partial`, file)
  return id
}

async function readId(file: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { id: string }).id
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw reason
  }
}
