import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { ImageError, type RealMachines } from '../../compute/driver.ts'
import { findImage } from '../../domain/catalogue/images.ts'
import {
  deleteImportedImage,
  findImportedImages,
  type ImportedImage,
  insertImportedImage,
  listImportedImages,
} from '../../store/tables/images.ts'
import { countByImage } from '../../store/tables/instances/placement.ts'
import type { ControlContext } from '../context.ts'
import { ControlError, defineRoute } from '../route.ts'

const path = z.string().refine(isAbsolute, { message: 'must be an absolute path on the server' })

const importRequest = z
  .strictObject({
    id: z.string().refine(id => findImage(id) !== undefined, {
      message: 'must be m- and 8 to 32 lower-case letters and digits, or the id of a public image',
    }),
    file: path,
    name: z.string().min(1).max(128).optional(),
    os: z.string().min(1).max(128).optional(),
    kernel: path.optional(),
    initrd: path.optional(),
    commandLine: z.string().max(2048).optional(),
  })
  .refine(({ kernel, initrd, commandLine }) => kernel !== undefined || (initrd ?? commandLine) === undefined, {
    message: 'initrd and commandLine go with a kernel',
  })

/** What the events of an import say: how far it is, then what was imported or what went wrong. */
type ImportReport = { percent: number } | Pick<ImportedImage, 'id' | 'sizeGiB'> | { error: string }

export const imageRoutes = [
  defineRoute({
    method: 'GET',
    path: '/images',
    summary: 'The images that were imported for real machines.',
    async handle({ store }) {
      const images = await store.transaction('read', listImportedImages)
      return { json: { images: images.map(describe) } }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/images',
    summary: 'Imports an image from a file of the server. Answers with a stream of events that tells its progress.',
    body: importRequest,
    async handle(context, { body }) {
      const machines = realMachines(context)
      return {
        stream(send, end) {
          const say = (event: string, data: ImportReport) => send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
          importImage(context, machines, body, percent => say('progress', { percent }))
            .then(
              image => say('done', image),
              (reason: unknown) => say('failed', { error: reason instanceof Error ? reason.message : String(reason) }),
            )
            .finally(end)
          return () => undefined
        },
      }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/images/{id}',
    summary: 'Removes an imported image that no instance was made from.',
    async handle(context, { param }) {
      const machines = realMachines(context)
      const id = param('id')
      await context.store.transaction('write', async tx => {
        const users = await countByImage(tx, id, machines.hostId)
        if (users > 0) throw new ControlError(409, `${users} instances are made from ${id}; release them first.`)
        if (!(await deleteImportedImage(tx, id, machines.hostId)))
          throw new ControlError(404, `There is no imported image ${id}.`)
      })
      await machines.images.remove(id)
      return { json: {} }
    },
  }),
]

export type ShownImage = ReturnType<typeof describe>

function describe({ createdAt, hostId: host, ...image }: ImportedImage) {
  return { ...image, host, createdAt: new Date(createdAt).toISOString() }
}

function realMachines({ services }: ControlContext): RealMachines {
  if (services.machines !== undefined) return services.machines
  throw new ControlError(409, 'This server runs no machines. Ask one that was started with --compute qemu.')
}

/** Copies of images that are being made right now, by any server of this process. */
const underWay = new Set<string>()

async function importImage(
  { store, clock }: ControlContext,
  machines: RealMachines,
  { id, file, name, os, kernel, initrd, commandLine }: z.output<typeof importRequest>,
  onProgress: (percent: number) => void,
): Promise<Pick<ImportedImage, 'id' | 'sizeGiB'>> {
  const known = await store.transaction('read', tx => findImportedImages(tx, [id], machines.hostId))
  if (known.length > 0) throw new ImageError(`There is an image ${id} already. Remove it first, or take another id.`)
  const copy = `${machines.hostId} ${id}`
  if (underWay.has(copy)) throw new ImageError(`${id} is being imported already.`)
  underWay.add(copy)
  try {
    const { sizeGiB } = await machines.images.add({ id, file, kernel, initrd }, onProgress)
    const image = {
      id,
      hostId: machines.hostId,
      name: name ?? id,
      osName: os ?? findImage(id)?.osNameEn ?? 'Linux',
      osType: /windows/i.test(os ?? findImage(id)?.osType ?? '') ? ('windows' as const) : ('linux' as const),
      sizeGiB,
      kernelCommandLine: kernel === undefined ? undefined : (commandLine ?? 'console=ttyS0'),
      hasInitrd: initrd !== undefined,
      createdAt: clock.now(),
    }
    await store.transaction('write', tx => insertImportedImage(tx, image))
    return { id, sizeGiB }
  } finally {
    underWay.delete(copy)
  }
}
