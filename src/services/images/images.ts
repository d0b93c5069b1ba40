import { findImage, findImageFamily, type Image, listedImages } from '../../domain/catalogue/images.ts'
import { findImportedImages, type ImportedImage, listImportedImages } from '../../store/tables/images.ts'
import type { Tx } from '../../store/store.ts'
import type { HostService } from '../hosts/hosts.ts'

/** An image as operations show it. */
export interface KnownImage extends Image {
  /** Of an image that was imported; the others are named by their ids. */
  readonly name?: string
  /** Instance time, ms. */
  readonly importedAt?: number
}

/** Which images there are: every one of the catalogue for simulated machines, imported ones for real machines. */
export class ImageService {
  readonly #hosts: HostService

  constructor(hosts: HostService) {
    this.#hosts = hosts
  }

  /** Whether only imported images can be used. */
  mustBeImported(tx: Tx): Promise<boolean> {
    return this.#hosts.areReal(tx)
  }

  async list(tx: Tx): Promise<readonly KnownImage[]> {
    if (!(await this.mustBeImported(tx))) return listedImages
    return [...byId(await listImportedImages(tx)).values()].map(toKnown)
  }

  /** Those of `ids` that there are, in the order of the ids. */
  async find(tx: Tx, ids: readonly string[]): Promise<KnownImage[]> {
    if (!(await this.mustBeImported(tx))) return ids.map(findImage).filter(image => image !== undefined)
    const imported = byId(await findImportedImages(tx, ids))
    return ids.flatMap(id => {
      const image = imported.get(id)
      return image === undefined ? [] : [toKnown(image)]
    })
  }

  /** The newest image of a public family. */
  async findOfFamily(tx: Tx, family: string): Promise<KnownImage | undefined> {
    const image = findImageFamily(family)
    return image === undefined ? undefined : (await this.find(tx, [image.id]))[0]
  }
}

/** An image that several hosts have is shown as one of them has it. */
function byId(images: readonly ImportedImage[]): Map<string, ImportedImage> {
  return new Map(images.map(image => [image.id, image]))
}

function toKnown({ id, name, osName, osType, sizeGiB, createdAt }: ImportedImage): KnownImage {
  return { id, name, osName, osNameEn: osName, osType, architecture: 'x86_64', sizeGiB, importedAt: createdAt }
}
