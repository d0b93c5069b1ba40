export interface Image {
  readonly id: string
  readonly osName: string
  readonly osNameEn: string
  readonly osType: 'linux' | 'windows'
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
  if (/^m-[a-z\d]{8,32}$/.test(id)) return { id, osName: 'Linux', osNameEn: 'Linux', osType: 'linux', sizeGiB: 20 }
  if (!/^[\w.-]+\.vhd$/.test(id)) return undefined
  for (const [pattern, name, nameEn, osType] of distributions) {
    const version = pattern.exec(id)?.[1]?.replaceAll('_', '.')
    if (version === undefined) continue
    const sizeGiB = Number(/_(\d+)G_/i.exec(id)?.[1] ?? (osType === 'windows' ? 40 : 20))
    return { id, osName: `${name} ${version} 64位`, osNameEn: `${nameEn} ${version} 64 bit`, osType, sizeGiB }
  }
  return undefined
}

/** The newest image of a public family, `acs:ubuntu_22_04_x64`; undefined for a family that is none. */
export function findImageFamily(family: string): Image | undefined {
  const name = /^acs:(\w+)$/.exec(family)?.[1]?.replace(/^alibaba_cloud_linux_/, 'aliyun_')
  return name === undefined ? undefined : findImage(`${name}_20G_alibase_20240528.vhd`)
}
