import { findImage, findImageFamily, type Image, listedImages } from '../domain/catalogue/images.ts'
import { findImportedImages, type ImportedImage, listImportedImages } from '../store/images.ts'
import type { Tx } from '../store/store.ts'

/** An image as operations show it. */
export interface KnownImage extends Image {
  /** Of an image that was imported; the others are named by their ids. */
  readonly name?: string
  /** Instance time, ms. */
  readonly importedAt?: number
}

/** Which images there are: every one of the catalogue for machines on paper, imported ones for real machines. */
export class ImageService {
  /** Whether only imported images can be used. */
  readonly mustBeImported: boolean

  constructor(mustBeImported: boolean) {
    this.mustBeImported = mustBeImported
  }

  async list(tx: Tx): Promise<readonly KnownImage[]> {
    if (!this.mustBeImported) return listedImages
    return (await listImportedImages(tx)).map(toKnown)
  }

  /** Those of `ids` that there are, in the order of the ids. */
  async find(tx: Tx, ids: readonly string[]): Promise<KnownImage[]> {
    if (!this.mustBeImported) return ids.map(findImage).filter(image => image !== undefined)
    const imported = new Map((await findImportedImages(tx, ids)).map(image => [image.id, image]))
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

function toKnown({ id, name, osName, osType, sizeGiB, createdAt }: ImportedImage): KnownImage {
  return { id, name, osName, osNameEn: osName, osType, architecture: 'x86_64', sizeGiB, importedAt: createdAt }
}
