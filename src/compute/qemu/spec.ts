/** Everything that a virtual machine is made from. */
export interface MachineSpec {
  readonly id: string
  /** Also how its process is told from any other. */
  readonly uuid: string
  readonly cores: number
  readonly threadsPerCore: number
  readonly memoryMiB: number
  readonly image: BootImage
  /** The system disk first. */
  readonly disks: readonly MachineDisk[]
  readonly macAddress: string
  /** What the guest gets by DHCP; empty leaves that to QEMU. */
  readonly privateIp: string
  /** Whether the guest's SSH port can be reached from the host. */
  readonly isPublic: boolean
  readonly seed: CloudInitSeed
}

export interface BootImage {
  readonly id: string
  /** For an image that brings its own kernel: what stands on the kernel's command line. */
  readonly kernelCommandLine: string | undefined
  readonly hasInitrd: boolean
}

export interface MachineDisk {
  readonly id: string
  readonly sizeGiB: number
  readonly deleteWithInstance: boolean
}

/** What cloud-init in the guest is told. */
export interface CloudInitSeed {
  readonly hostName: string
  /** Base64. */
  readonly userData: string
  readonly keyPairName: string
}
