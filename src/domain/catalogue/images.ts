export interface Image {
  readonly id: string
  readonly osName: string
  readonly osNameEn: string
  readonly osType: 'linux' | 'windows'
  readonly architecture: 'x86_64' | 'arm64'
  /** GiB; a system disk holds at least this. */
  readonly sizeGiB: number
}

/** How public images are named: a distribution, then version and architecture. */
const distributions: readonly (readonly [RegExp, string, string, 'linux' | 'windows'])[] = [
  [/^aliyun_(\d+)/, 'Alibaba Cloud Linux', 'Alibaba Cloud Linux', 'linux'],
  [/^ubuntu_(\d+_\d+)/, 'Ubuntu', 'Ubuntu', 'linux'],
  [/^centos_(?:stream_)?(\d+(?:_\d+)?)/, 'CentOS', 'CentOS', 'linux'],
  [/^debian_(\d+(?:_\d+)?)/, 'Debian', 'Debian', 'linux'],
  [/^rockylinux_(\d+(?:_\d+)?)/, 'Rocky Linux', 'Rocky Linux', 'linux'],
  [/^almalinux_(\d+(?:_\d+)?)/, 'AlmaLinux', 'AlmaLinux', 'linux'],
  [/^anolisos_(\d+(?:_\d+)?)/, 'Anolis OS', 'Anolis OS', 'linux'],
  [/^fedora_(\d+)/, 'Fedora', 'Fedora', 'linux'],
  [/^opensuse_(\d+(?:_\d+)?)/, 'openSUSE', 'openSUSE', 'linux'],
  [/^freebsd_(\d+(?:_\d+)?)/, 'FreeBSD', 'FreeBSD', 'linux'],
  [/^win(\d+)/, 'Windows Server', 'Windows Server', 'windows'],
]

export const defaultImageId = 'aliyun_3_x64_20G_alibase_20240528.vhd'

/**
 * An image by id: any public system image (their ids carry a build date, so none is listed one by one), or a custom
 * image `m-…`, of which only the id is known.
 */
export function findImage(id: string): Image | undefined {
  if (/^m-[a-z\d]{8,32}$/.test(id)) {
    return { id, osName: 'Linux', osNameEn: 'Linux', osType: 'linux', architecture: 'x86_64', sizeGiB: 20 }
  }
  if (!/^[\w.-]+\.vhd$/.test(id)) return undefined
  for (const [pattern, name, nameEn, osType] of distributions) {
    const version = pattern.exec(id)?.[1]?.replaceAll('_', '.')
    if (version === undefined) continue
    const sizeGiB = Number(/_(\d+)G_/i.exec(id)?.[1] ?? (osType === 'windows' ? 40 : 20))
    return {
      id,
      osName: `${name} ${version} 64位`,
      osNameEn: `${nameEn} ${version} 64 bit`,
      osType,
      architecture: id.includes('_arm64_') ? 'arm64' : 'x86_64',
      sizeGiB,
    }
  }
  return undefined
}

/** The newest image of a public family, `acs:ubuntu_22_04_x64`; undefined for a family that is none. */
export function findImageFamily(family: string): Image | undefined {
  const name = /^acs:(\w+)$/.exec(family)?.[1]?.replace(/^alibaba_cloud_linux_/, 'aliyun_')
  return name === undefined ? undefined : findImage(`${name}_20G_alibase_20240528.vhd`)
}

/** A choice of the public images, for lists. Their names are current; the build dates in their ids are assumed. */
export const listedImages: readonly Image[] = [
  defaultImageId,
  'aliyun_3_arm64_20G_alibase_20240528.vhd',
  'aliyun_2_1903_x64_20G_alibase_20240528.vhd',
  'ubuntu_24_04_x64_20G_alibase_20240528.vhd',
  'ubuntu_22_04_x64_20G_alibase_20240528.vhd',
  'ubuntu_22_04_arm64_20G_alibase_20240528.vhd',
  'debian_12_5_x64_20G_alibase_20240528.vhd',
  'centos_7_9_x64_20G_alibase_20240528.vhd',
  'rockylinux_9_3_x64_20G_alibase_20240528.vhd',
  'almalinux_9_3_x64_20G_alibase_20240528.vhd',
  'anolisos_8_8_x64_20G_alibase_20240528.vhd',
  'win2022_21H2_x64_dtc_en-us_40G_alibase_20240528.vhd',
].map(id => {
  const image = findImage(id)
  if (image === undefined) throw new Error(`${id} is no image.`)
  return image
})

/** The date in the id of a public image, ms; undefined for a custom image. */
export function builtAt(id: string): number | undefined {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)\.vhd$/.exec(id) ?? []
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day))
}
