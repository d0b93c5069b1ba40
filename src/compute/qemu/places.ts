import { join } from 'node:path'

/** Where the files of machines and images are. */
export interface Places {
  readonly machines: string
  readonly images: string
  /** Disks that outlived their instance. */
  readonly disks: string
  /** Public keys, `<KeyPairName>.pub`. */
  readonly keys: string
}

export function placesIn(folder: string): Places {
  return {
    machines: join(folder, 'machines'),
    images: join(folder, 'images'),
    disks: join(folder, 'disks'),
    keys: join(folder, 'keys'),
  }
}

/** Names in a machine's folder, which is QEMU's working directory: its arguments hold no other paths of it. */
export const fileNames = {
  record: 'machine.json',
  pid: 'qemu.pid',
  qmp: 'qmp.sock',
  console: 'console.log',
  log: 'qemu.log',
  seed: 'seed.iso',
} as const

export function diskFile(id: string): string {
  return `${id}.qcow2`
}

/** What an image consists of. */
export function imageFiles(id: string): { readonly disk: string; readonly kernel: string; readonly initrd: string } {
  return { disk: `${id}.qcow2`, kernel: `${id}.kernel`, initrd: `${id}.initrd` }
}

/** The longest path that a unix socket can have. */
export const longestSocketPath = 107
