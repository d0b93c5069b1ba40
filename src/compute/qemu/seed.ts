import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isoVolume } from './iso9660.ts'
import type { MachineSpec } from './spec.ts'

/** The disk from which cloud-init's NoCloud source reads what to do with the guest. */
export function seedVolume({ id, seed }: MachineSpec, keysFolder: string): Buffer {
  const key = readPublicKey(keysFolder, seed.keyPairName)
  // JSON is YAML, and needs no rules for quoting of its own.
  const metaData = [
    `instance-id: ${JSON.stringify(id)}`,
    `local-hostname: ${JSON.stringify(seed.hostName)}`,
    ...(key === undefined ? [] : [`public-keys: ${JSON.stringify([key])}`]),
  ]
  const userData = seed.userData === '' ? Buffer.from('#cloud-config\n{}\n') : Buffer.from(seed.userData, 'base64')
  return isoVolume('cidata', [
    { name: 'meta-data', content: Buffer.from(`${metaData.join('\n')}\n`) },
    { name: 'user-data', content: userData },
  ])
}

/** Key pairs are files here: undefined when there is none of that name. */
export function readPublicKey(folder: string, name: string): string | undefined {
  if (!/^\w[\w.-]*$/.test(name)) return undefined
  try {
    return readFileSync(join(folder, `${name}.pub`), 'utf8').trim()
  } catch {
    return undefined
  }
}
