import { createHash, hash, randomBytes, randomUUID } from 'node:crypto'

/** The only source of chance. Seeded, it gives the same ids and durations for the same calls in the same order. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** `length` lower-case letters and digits. */
  token(length: number): string
  /** An upper-case UUID. */
  uuid(): string
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Chance for one purpose; with the same seed, others that draw from it too do not change what this one gets. */
export function createRandom(seed: string | undefined, purpose: string): Random {
  return seed === undefined ? systemRandom : seededRandom(`${seed}/${purpose}`)
}

const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  token: length => tokenFrom(randomBytes(length)),
  uuid: () => randomUUID().toUpperCase(),
}

function seededRandom(seed: string): Random {
  let counter = 0
  const block = () => createHash('sha256').update(`${seed}/${counter++}`).digest()
  return {
    next: () => block().readUIntBE(0, 6) / 2 ** 48,
    token: length => tokenFrom(block().subarray(0, length)),
    uuid: () => {
      const hex = block().toString('hex').toUpperCase()
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-A${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
  }
}

/** A number in [0, 1) that depends on the words alone: the same question always gets the same answer. */
export function hashFraction(...words: (string | number)[]): number {
  // Asked at each look at a machine: in one call and as text it takes a quarter of the time.
  return Number.parseInt(hash('sha1', words.join('/')).slice(0, 12), 16) / 2 ** 48
}

/** `length` lower-case letters and digits that depend on the words alone; at most 20. */
export function hashToken(length: number, ...words: string[]): string {
  return tokenFrom(createHash('sha1').update(words.join('/')).digest().subarray(0, length))
}

/** A lower-case UUID that depends on the words alone. */
export function hashUuid(...words: string[]): string {
  const hex = createHash('sha256').update(words.join('/')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function tokenFrom(bytes: Buffer): string {
  let token = ''
  for (const byte of bytes) token += alphabet[byte % alphabet.length]
  return token
}
