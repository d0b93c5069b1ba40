import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ImageError, type ImageStock } from '../driver.ts'
import { imageFiles } from './places.ts'
import { run } from './run.ts'

const gib = 1024 ** 3
const qcow2Magic = 'QFI\u00FB'

/** Keeps images as qcow2 files in a folder; each comes there whole or not at all. */
export function createImageStock(folder: string): ImageStock {
  return {
    async add({ id, file, kernel, initrd }, onProgress) {
      const names = imageFiles(id)
      const format = await findFormat(file)
      const { virtualSize } = await inspect(file, format)
      for (const other of [kernel, initrd]) if (other !== undefined) await readStart(other)
      await mkdir(folder, { recursive: true })
      const partial = join(folder, `${names.disk}.partial`)
      try {
        await convert(file, format, partial, onProgress)
        if (kernel !== undefined) await copyReadable(kernel, join(folder, names.kernel))
        if (initrd !== undefined) await copyReadable(initrd, join(folder, names.initrd))
        await chmod(partial, 0o444)
        await rename(partial, join(folder, names.disk))
      } finally {
        await rm(partial, { force: true })
      }
      return { sizeGiB: Math.max(1, Math.ceil(virtualSize / gib)) }
    },
    async remove(id) {
      for (const name of Object.values(imageFiles(id))) await rm(join(folder, name), { force: true })
    },
  }
}

/** By its first bytes: a guest can write a qcow2 header into a raw disk, but the one who imports it has said nothing. */
async function findFormat(file: string): Promise<'qcow2' | 'raw'> {
  return (await readStart(file)) === qcow2Magic ? 'qcow2' : 'raw'
}

async function readStart(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('latin1')
  } catch (reason) {
    throw new ImageError(`${file} cannot be read (${(reason as NodeJS.ErrnoException).code}).`)
  }
}

interface ImageInfo {
  readonly 'virtual-size': number
  readonly encrypted?: boolean
  readonly 'backing-filename'?: string
  readonly 'format-specific'?: { readonly data?: { readonly 'data-file'?: string } }
}

/** An image that names another file could show the guest any file of this machine. */
async function inspect(file: string, format: 'qcow2' | 'raw'): Promise<{ virtualSize: number }> {
  let info: ImageInfo
  try {
    info = JSON.parse(await run('qemu-img', ['info', '--output=json', '-f', format, file])) as ImageInfo
  } catch (reason) {
    throw new ImageError(`${file} is no usable image. ${reason instanceof Error ? reason.message : String(reason)}`)
  }
  if (info['backing-filename'] !== undefined || info['format-specific']?.data?.['data-file'] !== undefined) {
    throw new ImageError(`${file} needs another file. Make it whole first: qemu-img convert -O qcow2 ${file} NEW`)
  }
  if (info.encrypted === true) throw new ImageError(`${file} is encrypted; give an image that is not.`)
  if (info['virtual-size'] === 0) throw new ImageError(`${file} is empty.`)
  return { virtualSize: info['virtual-size'] }
}

async function convert(
  file: string,
  format: string,
  target: string,
  onProgress: (percent: number) => void,
): Promise<void> {
  const child = spawn('qemu-img', ['convert', '-p', '-f', format, '-O', 'qcow2', file, target], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    const percent = /\((\d+(?:\.\d+)?)\/100%\)\s*$/.exec(chunk.toString())?.[1]
    if (percent !== undefined) onProgress(Number(percent))
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new ImageError(`${file} could not be copied. ${complaint.trim()}`)
}

/** Machines may be run by another user than the one who may read the original. */
async function copyReadable(from: string, to: string): Promise<void> {
  await copyFile(from, `${to}.partial`)
  await chmod(`${to}.partial`, 0o444)
  await rename(`${to}.partial`, to)
}
