import { join } from 'node:path'
import { diskFile, fileNames, imageFiles } from './places.ts'
import type { MachineSpec } from './spec.ts'

export type Accelerator = 'kvm' | 'tcg'

export interface ArgumentOptions {
  readonly accelerator: Accelerator
  /** The folder of images, as seen from the machine's. */
  readonly images: string
  /** The port of this machine that leads to the guest's SSH. */
  readonly sshPort: number | undefined
  /** Started by root: QEMU is to give that up once it has opened its files. */
  readonly asRoot: boolean
  /** The processor stands still until somebody lets it go. */
  readonly paused: boolean
}

/** The arguments of QEMU, to be run in the machine's folder. They go to it as they are; no shell reads them. */
export function qemuArguments(spec: MachineSpec, options: ArgumentOptions): string[] {
  const vcpus = spec.cores * spec.threadsPerCore
  return [
    ['-name', spec.id, '-uuid', spec.uuid, '-nodefaults', '-no-user-config', '-display', 'none'],
    sandbox(options.asRoot),
    ['-machine', 'q35', '-accel', options.accelerator, '-cpu', options.accelerator === 'kvm' ? 'host' : 'max'],
    ['-smp', `cpus=${vcpus},sockets=1,cores=${spec.cores},threads=${spec.threadsPerCore}`],
    ['-m', `size=${spec.memoryMiB}M`],
    ['-chardev', `socket,id=qmp,path=${fileNames.qmp},server=on,wait=off`, '-mon', 'chardev=qmp,mode=control'],
    ['-chardev', `file,id=console,path=${fileNames.console},append=on`, '-serial', 'chardev:console'],
    ['-pidfile', fileNames.pid],
    ['-object', 'rng-builtin,id=rng', '-device', 'virtio-rng-pci,rng=rng'],
    // A guest whose kernel panics says so by it, and is then powered off.
    ['-device', 'pvpanic-pci'],
    kernel(spec, options.images),
    spec.disks.flatMap(({ id }, place) => disk(`disk${place}`, id, place)),
    seedDisk,
    network(spec, options.sshPort),
    options.paused ? ['-S'] : [],
  ].flat()
}

/** QEMU drops root by a system call that the strictest sandbox forbids. */
function sandbox(asRoot: boolean): string[] {
  const rules = 'on,obsolete=deny,spawn=deny,resourcecontrol=deny'
  return asRoot ? ['-sandbox', rules, '-runas', 'nobody'] : ['-sandbox', `${rules},elevateprivileges=deny`]
}

function kernel({ image }: MachineSpec, images: string): string[] {
  if (image.kernelCommandLine === undefined) return []
  const files = imageFiles(image.id)
  const initrd = image.hasInitrd ? ['-initrd', join(images, files.initrd)] : []
  return ['-kernel', join(images, files.kernel), ...initrd, '-append', image.kernelCommandLine]
}

function disk(name: string, id: string, place: number): string[] {
  const file = { driver: 'file', filename: diskFile(id) }
  const blockdev = { driver: 'qcow2', 'node-name': name, discard: 'unmap', file }
  // In the guest the disk's id is its serial number, as in the cloud: without prefix.
  const device = `virtio-blk-pci,drive=${name},serial=${id.slice(2)}${place === 0 ? ',bootindex=1' : ''}`
  return ['-blockdev', JSON.stringify(blockdev), '-device', device]
}

const seedDisk = [
  '-blockdev',
  JSON.stringify({
    driver: 'raw',
    'node-name': 'seed',
    'read-only': true,
    file: { driver: 'file', filename: fileNames.seed, 'read-only': true },
  }),
  '-device',
  'virtio-blk-pci,drive=seed,serial=seed',
]

/** A network of the machine's own, behind the host's address; the guest finds the address of the API there. */
function network({ macAddress, privateIp }: MachineSpec, sshPort: number | undefined): string[] {
  const parts = privateIp.split('.').map(Number)
  const base = `10.${(parts[1] ?? 0) & 0xf0}.0`
  const addresses = privateIp === '' ? '' : `,net=${base}.0/12,host=${base}.1,dns=${base}.2,dhcpstart=${privateIp}`
  const forward = sshPort === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${sshPort}-:22`
  return [
    '-netdev',
    `user,id=net${addresses}${forward}`,
    '-device',
    `virtio-net-pci,netdev=net,mac=${macAddress},romfile=`,
  ]
}
