export interface DiskCategory {
  readonly name: string
  /** GiB, of a system disk. */
  readonly systemSize: readonly [number, number] | undefined
  /** GiB, of a data disk. */
  readonly dataSize: readonly [number, number]
}

/** Help page "RunInstances", sizes of system and data disks by category. */
const categories: readonly DiskCategory[] = [
  { name: 'cloud_efficiency', systemSize: [20, 2048], dataSize: [20, 32_768] },
  { name: 'cloud_ssd', systemSize: [20, 2048], dataSize: [20, 32_768] },
  { name: 'cloud_essd', systemSize: [20, 2048], dataSize: [20, 65_536] },
  { name: 'cloud_auto', systemSize: [20, 2048], dataSize: [1, 65_536] },
  { name: 'cloud_essd_entry', systemSize: [10, 2048], dataSize: [10, 32_768] },
  { name: 'cloud', systemSize: [20, 500], dataSize: [5, 2000] },
  { name: 'elastic_ephemeral_disk_standard', systemSize: undefined, dataSize: [64, 8192] },
  { name: 'elastic_ephemeral_disk_premium', systemSize: undefined, dataSize: [64, 8192] },
]

export const systemDiskCategories: readonly string[] = categories.filter(one => one.systemSize).map(one => one.name)
export const dataDiskCategories: readonly string[] = categories.map(one => one.name)

export function findDiskCategory(name: string): DiskCategory | undefined {
  return categories.find(one => one.name === name)
}
