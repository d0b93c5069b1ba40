import { resolve } from 'node:path'
import type { ShownImage } from '../control/routes/images.ts'
import { CommandFailure } from './command-failure.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { formatTable } from './table.ts'

export interface ImportFlags extends ControlFlags {
  readonly id: string
  readonly name?: string
  readonly os?: string
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
}

/** A pipe gets a line of progress at most this often, in percent. */
const lineEvery = 25

/** Has a server on this machine take a copy of an image. */
export async function importImage(file: string, flags: ImportFlags): Promise<void> {
  const { id, name, os, kernel, initrd, append: commandLine } = flags
  const nearby = (path: string | undefined) => (path === undefined ? undefined : resolve(path))
  const body = { id, file: resolve(file), name, os, kernel: nearby(kernel), initrd: nearby(initrd), commandLine }
  const live = process.stdout.isTTY
  let shown = 0
  for await (const { event, data } of connect(flags).events('POST', '/images', body)) {
    if (event === 'progress') {
      const { percent } = data as { percent: number }
      if (live) process.stdout.write(`\r\u001B[K${percent.toFixed(0)} %`)
      else if (percent >= shown + lineEvery) say(`${(shown = percent).toFixed(0)} %`)
      continue
    }
    if (live) process.stdout.write('\r\u001B[K')
    if (event === 'failed') throw new CommandFailure((data as { error: string }).error)
    return say(`Image ${id} was imported; a system disk needs at least ${(data as { sizeGiB: number }).sizeGiB} GiB.`)
  }
  throw new CommandFailure('The server ended before the image was imported.')
}

export async function listImages(flags: ControlFlags & { readonly json?: boolean }): Promise<void> {
  const { images } = (await connect(flags).call('GET', '/images')) as { images: ShownImage[] }
  if (flags.json === true) return say(JSON.stringify({ images }, undefined, 2))
  if (images.length === 0) return say('There are no imported images.')
  say(
    formatTable([
      ['IMAGE', 'NAME', 'OS', 'GIB', 'HOST', 'IMPORTED'],
      ...images.map(one => [
        one.id,
        one.name === one.id ? '' : one.name,
        one.osName,
        String(one.sizeGiB),
        one.host,
        one.createdAt,
      ]),
    ]),
  )
}

export async function removeImage(id: string, flags: ControlFlags): Promise<void> {
  await connect(flags).call('DELETE', `/images/${encodeURIComponent(id)}`)
  say(`Image ${id} was removed.`)
}
