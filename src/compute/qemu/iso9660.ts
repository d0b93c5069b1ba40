/** A file of the top folder, which is all that a volume here has. */
export interface IsoFile {
  readonly name: string
  readonly content: Buffer
}

const sector = 2048
/** Sectors of the layout: 16 empty ones, three descriptors, four path tables, two folders, then the files. */
const at = { primary: 16, joliet: 17, end: 18, pathTables: 19, folder: 23, jolietFolder: 24, files: 25 } as const
const directoryFlag = 2

/**
 * An ISO 9660 volume (ECMA-119) with long names after Joliet. Its label is that of a cloud-init seed or whatever else a
 * guest looks for; it needs neither root nor a program to make.
 */
export function isoVolume(label: string, files: readonly IsoFile[]): Buffer {
  let next: number = at.files
  const placed = files.map(({ name, content }) => {
    const place = next
    next += Math.max(1, Math.ceil(content.length / sector))
    return { name, content, place }
  })
  const volume = Buffer.alloc(next * sector)
  const put = (place: number, content: Buffer) => content.copy(volume, place * sector)
  put(at.primary, descriptor(1, label.toUpperCase(), next, { pathTable: at.pathTables, folder: at.folder }))
  put(at.joliet, descriptor(2, label, next, { pathTable: at.pathTables + 2, folder: at.jolietFolder }))
  put(at.end, Buffer.from('\u00FFCD001\u0001', 'latin1'))
  for (const [index, folder] of [at.folder, at.jolietFolder].entries()) {
    put(at.pathTables + 2 * index, pathTable(folder, 'little'))
    put(at.pathTables + 2 * index + 1, pathTable(folder, 'big'))
  }
  put(
    at.folder,
    folder(
      at.folder,
      placed.map(one => ({ ...one, id: Buffer.from(`${one.name.toUpperCase()};1`) })),
    ),
  )
  put(
    at.jolietFolder,
    folder(
      at.jolietFolder,
      placed.map(one => ({ ...one, id: bigEndian(one.name) })),
    ),
  )
  for (const { place, content } of placed) put(place, content)
  return volume
}

interface Entry {
  readonly id: Buffer
  readonly place: number
  readonly content: Buffer
}

/** Volume descriptors (8.4, 8.5): 1 is the primary one, 2 that of Joliet, whose texts are UCS-2. */
function descriptor(
  type: 1 | 2,
  label: string,
  sectors: number,
  { pathTable, folder }: { pathTable: number; folder: number },
): Buffer {
  const block = Buffer.alloc(sector)
  const text = (offset: number, length: number, value: string) => {
    const bytes = type === 1 ? Buffer.from(value) : bigEndian(value)
    const blank = type === 1 ? Buffer.from(' ') : bigEndian(' ')
    for (let place = 0; place + blank.length <= length; place += blank.length) blank.copy(block, offset + place)
    bytes.copy(block, offset, 0, length)
  }
  block[0] = type
  block.write('CD001\u0001', 1, 'latin1')
  text(8, 32, '')
  text(40, 32, label)
  both32(block, 80, sectors)
  // UCS-2 level 3.
  if (type === 2) block.write('%/E', 88, 'latin1')
  both16(block, 120, 1)
  both16(block, 124, 1)
  both16(block, 128, sector)
  both32(block, 132, pathTableLength)
  block.writeUInt32LE(pathTable, 140)
  block.writeUInt32BE(pathTable + 1, 148)
  record(Buffer.from([0]), folder, sector, directoryFlag).copy(block, 156)
  for (const offset of [190, 318, 446, 574]) text(offset, 128, '')
  for (const offset of [702, 739, 776]) text(offset, 37, '')
  // Four times no date.
  for (const offset of [813, 830, 847, 864]) block.write('0'.repeat(16), offset)
  block[881] = 1
  return block
}

const pathTableLength = 10

/** One folder, the top (9.4). */
function pathTable(folder: number, order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(pathTableLength)
  table[0] = 1
  if (order === 'little') table.writeUInt32LE(folder, 2)
  else table.writeUInt32BE(folder, 2)
  if (order === 'little') table.writeUInt16LE(1, 6)
  else table.writeUInt16BE(1, 6)
  return table
}

function folder(place: number, entries: readonly Entry[]): Buffer {
  const self = (id: number) => record(Buffer.from([id]), place, sector, directoryFlag)
  const sorted = entries.toSorted((one, other) => Buffer.compare(one.id, other.id))
  const records = sorted.map(({ id, place, content }) => record(id, place, content.length, 0))
  return Buffer.concat([self(0), self(1), ...records])
}

/** A directory record (9.1); the date is the epoch's. */
function record(id: Buffer, place: number, length: number, flags: number): Buffer {
  const size = 33 + id.length + ((id.length + 1) % 2)
  const bytes = Buffer.alloc(size)
  bytes[0] = size
  both32(bytes, 2, place)
  both32(bytes, 10, length)
  Buffer.from([70, 1, 1, 0, 0, 0, 0]).copy(bytes, 18)
  bytes[25] = flags
  both16(bytes, 28, 1)
  bytes[32] = id.length
  id.copy(bytes, 33)
  return bytes
}

function both32(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt32LE(value, offset)
  bytes.writeUInt32BE(value, offset + 4)
}

function both16(bytes: Buffer, offset: number, value: number): void {
  bytes.writeUInt16LE(value, offset)
  bytes.writeUInt16BE(value, offset + 2)
}

function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}
