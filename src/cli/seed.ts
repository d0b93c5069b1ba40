import type { SeedDocument } from '../services/world/seed-document.ts'
import { CommandFailure } from './command-failure.ts'
import { connect, type ControlFlags, ControlRefusal } from './control-client.ts'
import { say } from './say.ts'
import { readSeedFile, type SeedFile } from './seed-file.ts'
import type { YamlPath } from './yaml-file.ts'

/** Adds seed documents to a running server: all of them, or, when one has a mistake, none. */
export async function seed(paths: readonly string[], flags: ControlFlags): Promise<void> {
  const client = connect(flags)
  const files = paths.map(readSeedFile)
  try {
    const { instanceIds } = (await client.call('POST', '/seed', merge(files))) as { instanceIds: string[] }
    const count = instanceIds.length
    say(count === 1 ? '1 instance was made.' : `${count} instances were made.`)
  } catch (reason) {
    if (reason instanceof ControlRefusal) throw new CommandFailure(locate(files, reason.message))
    throw reason
  }
}

const parts = ['accounts', 'kmsKeys', 'stock', 'spotPrices', 'traffic', 'instances', 'eips'] as const

function merge(files: readonly SeedFile[]): SeedDocument {
  return {
    accounts: files.flatMap(file => file.document.accounts),
    kmsKeys: files.flatMap(file => file.document.kmsKeys),
    stock: files.flatMap(file => file.document.stock),
    spotPrices: files.flatMap(file => file.document.spotPrices),
    traffic: files.flatMap(file => file.document.traffic),
    instances: files.flatMap(file => file.document.instances),
    eips: files.flatMap(file => file.document.eips),
  }
}

/** `instances[4].id: …` of the merged document, as file and line of the one that it came from. */
function locate(files: readonly SeedFile[], message: string): string {
  const [, place = '', what = message] = /^([\w.[\]]+): (.*)$/s.exec(message) ?? []
  const path: YamlPath = [...place.matchAll(/\w+/g)].map(([key]) => (/^\d+$/.test(key) ? Number(key) : key))
  const [first, index, ...rest] = path
  const part = parts.find(one => one === first)
  if (part === undefined || typeof index !== 'number') return message
  let before = 0
  for (const file of files) {
    const { length } = file.document[part]
    if (index < before + length) return `${file.locate([part, index - before, ...rest])}: ${what}`
    before += length
  }
  return message
}
