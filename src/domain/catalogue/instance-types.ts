export interface InstanceType {
  /** `ecs.g7.large` */
  readonly id: string
  /** As DescribeInstanceTypes spells it: `ecs.g7`. */
  readonly family: string
  readonly familyLevel: 'EntryLevel' | 'EnterpriseLevel' | 'CreditEntryLevel'
  /** DescribeInstanceTypes' `InstanceCategory`. */
  readonly category: string
  readonly cpuCores: number
  readonly memoryGiB: number
  readonly architecture: 'X86' | 'ARM'
  readonly gpu?: { readonly amount: number; readonly spec: string }
  /** Disks of the host, `capacityGiB` each. An instance that has them cannot stop in economical mode. */
  readonly localStorage?: { readonly amount: number; readonly capacityGiB: number; readonly category: LocalDisk }
  /** Rules out economical mode as local storage does. */
  readonly persistentMemory: boolean
  /** CPU credits of a burstable type. `baseline` is in percent of one vCPU, summed over all vCPUs. */
  readonly credits?: { readonly initial: number; readonly baseline: number }
  /** Includes the primary ENI. */
  readonly eniQuantity: number
  readonly privateIpsPerEni: number
  /** Cloud disks, the system disk included. */
  readonly diskQuantity: number
  /** Baseline bandwidth of the internal network, the same in both directions. */
  readonly bandwidthKbps: number
  /** Packets per second, the same in both directions. */
  readonly pps: number
}

type LocalDisk = 'local_hdd_pro' | 'local_ssd_pro'

/** The columns of a table, see below. */
type Size = readonly string[]

interface Family {
  readonly name: string
  readonly category: string
  readonly sizes: readonly Size[]
  /** Multiplies the memory column, for families that share a table and differ in memory only. */
  readonly gibPerUnit?: number
  readonly level?: InstanceType['familyLevel']
  readonly architecture?: InstanceType['architecture']
  readonly gpu?: string
  readonly localDisk?: LocalDisk
  readonly persistentMemory?: boolean
}

// From "Overview of instance families" (实例规格族) and its page per category. The columns are
//
//   size, vCPUs, memory in GiB, baseline Gbit/s, thousand packets per second, ENIs, private IPv4s per ENI
//
// and one more for what is special to the family: local disks (4x5500: amount and GiB), GPUs, the CPU baseline of a
// burstable vCPU (20%), else cloud disks (17 where the page does not say). `c1m{1,2}.large` is two sizes. A memory of
// `-` is in the name: c1m2 has 2 GiB per vCPU, c4m1 a quarter.
const tables = {
  generation5: table(`
    large    2  2  1  300 2  6 | xlarge    4  4 1.5  500 3 10 | 2xlarge  8  8 2.5  800 4 10
    3xlarge 12 12  4  900 6 10 | 4xlarge  16 16   5 1000 8 20 | 6xlarge 24 24 7.5 1500 8 20
    8xlarge 32 32 10 2000 8 20 | 16xlarge 64 64  20 4000 8 20`),
  generation6: table(`
    large    2  2  1  300 2  6 | xlarge    4  4  1.5  500 3 10 | 2xlarge    8  8 2.5  800  4 10
    3xlarge 12 12  4  900 6 10 | 4xlarge  16 16    5 1000 8 20 | 6xlarge   24 24 7.5 1500  8 20
    8xlarge 32 32 10 2000 8 20 | 13xlarge 52 48 12.5 3000 7 20 | 26xlarge 104 96  25 6000 15 20`),
  generation7: table(`
    large    2  2  2 1100 3  6  9 | xlarge    4  4  3  1100 4 15  9 | 2xlarge    8   8  5  1600  4 15 17
    3xlarge 12 12  8 2400 8 15 17 | 4xlarge  16 16 10  3000 8 30 17 | 6xlarge   24  24 12  4500  8 30 17
    8xlarge 32 32 16 6000 8 30 25 | 16xlarge 64 64 32 12000 8 30 33 | 32xlarge 128 128 64 24000 15 30 33`),
  generation8i: table(`
    large    2  2 2.5 1000 3  6 | xlarge    4  4  4 1200 4 15 | 2xlarge   8  8  6  1600 4 15
    3xlarge 12 12  10 2400 8 15 | 4xlarge  16 16 12 3000 8 30 | 6xlarge  24 24 15  4500 8 30
    8xlarge 32 32  20 6000 8 30 | 12xlarge 48 48 25 9000 8 30 | 16xlarge 64 64 32 12000 8 30`),
  generation8y: table(`
    small     1  1  1   500 2  3  6 | large      2   2  2   900  3  6  9 | xlarge   4  4  3 1000 4 15  9
    2xlarge   8  8  5  1600 4 15 17 | 4xlarge   16  16 10  3000  8 30 17 | 8xlarge 32 32 16 5000 8 30 17
    16xlarge 64 64 32 10000 8 30 33 | 32xlarge 128 128 64 20000 15 30 33`),
  highClock7: table(`
    large    2  2 1.2  900 2  6 | xlarge    4  4  2 1000 3 15 | 2xlarge   8  8  3  1600  4 15
    3xlarge 12 12 4.5 2000 6 15 | 4xlarge  16 16  6 2500 8 30 | 6xlarge  24 24  8  3000  8 30
    8xlarge 32 32  10 4000 8 30 | 12xlarge 48 48 16 6000 8 30 | 24xlarge 96 96 32 12000 15 30`),
  networkEnhanced: table(`
    large    2  2   1  300 2  6 | xlarge   4  4 1.5  500 3 10 | 2xlarge  8  8   2 1000 4 10
    3xlarge 12 12 2.5 1300 6 10 | 4xlarge 16 16   3 1600 8 20 | 6xlarge 24 24 4.5 2000 8 20
    8xlarge 32 32   6 2500 8 20`),
  // The page of re6p gives no IPs per ENI: these are those of r6.
  persistent6: table(`
    large     2   8    1  300 2  6 | xlarge 4 16 1.5 500 3 10 | 2xlarge 8 32 2.5 800 4 10
    13xlarge 52 192 12.5 3000 7 20`),
  r7p: table(`
    large     2   8  2   900 3  6 | xlarge     4  16  3  1000  4 15 | 2xlarge 8 32 5 1600 4 15
    16xlarge 64 256 32 12000 8 30 | 32xlarge 128 512 64 24000 15 30`),
  u1: table(`
    c1m{1,2,4,8}.large    2 -   1  300 2  6 | c1m{1,2,4,8}.xlarge   4 - 1.5  500 3 10
    c1m{1,2,4,8}.2xlarge  8 - 2.5  800 4 10 | c1m{1,2,4,8}.3xlarge 12 -   4  900 6 10
    c1m{1,2,4,8}.4xlarge 16 -   5 1000 8 20 | c1m{1,2,4,8}.8xlarge 32 -  10 2000 8 20`),
  // The page of e gives no packet rates: these are those of s6.
  e: table(`
    c{4,2}m1.large 2 - 0.2 200 2 2 | c1m{1,2}.large 2 - 0.2 200 2 2 | c1m4.large   2 - 0.4 200 2 2
    c1m2.xlarge    4 - 0.4 300 2 6 | c1m4.xlarge    4 - 0.8 300 2 6 | c1m2.2xlarge 8 - 0.8 600 2 6
    c1m4.2xlarge   8 - 1.2 600 2 6`),
  s6: table(`
    c1m{1,2,4}.small 1 - 0.1 150 2 2 | c1m2.large  2 - 0.2 200 2 2 | c1m4.large   2 - 0.4 200 2 2
    c1m2.xlarge      4 - 0.4 300 2 6 | c1m4.xlarge 4 - 0.8 300 2 6 | c1m2.2xlarge 8 - 0.8 600 2 6
    c1m4.2xlarge     8 - 1.2 600 2 6`),
  shared4: table(`
    small   1 1 0.5  50 2 2 | large    2  2 0.5 100 2 2 | xlarge 4 4 0.8 150 2 6
    2xlarge 8 8 1.2 300 2 6 | 4xlarge 16 16 2.5 400 2 6`),
  t5: table(`
    lc2m1.nano         1 - 0.1  40 2 2 20% | lc1m{1,2}.small    1 - 0.2  60 2 2 20%
    lc1m{2,4}.large    2 - 0.4 100 2 2 20% | c1m{1,2,4}.large   2 - 0.5 100 2 2 25%
    c1m{1,2,4}.xlarge  4 - 0.8 200 2 6 25% | c1m{1,2,4}.2xlarge 8 - 1.2 400 2 6 25%
    c1m{1,2}.4xlarge  16 - 1.2 600 2 6 25%`),
  t6: table(`
    c4m1.large 2 - 0.08  40 2 2  5% | c2m1.large  2 - 0.08  60 2 2 10% | c1m{1,2}.large 2 - 0.08 100 2 2 20%
    c1m4.large 2 - 0.08 100 2 2 30% | c1m4.xlarge 4 - 0.16 200 2 6 40% | c1m4.2xlarge   8 - 0.32 400 2 6 40%`),
  d1: table(`
    2xlarge         8  32  3  300 4 10  4x5500 | 3xlarge  12  48  4  400 6 10  6x5500
    4xlarge        16  64  6  600 8 20  8x5500 | 6xlarge  24  96  8  800 8 20 12x5500
    c8d3.8xlarge   32 128 10 1000 8 20 12x5500 | 8xlarge  32 128 10 1000 8 20 16x5500
    c14d3.14xlarge 56 160 17 1800 8 20 12x5500 | 14xlarge 56 224 17 1800 8 20 28x5500`),
  d1ne: table(`
    2xlarge   8  32  6 1000 4 10  4x5500 | 4xlarge        16  64 12 1600 8 20  8x5500
    6xlarge  24  96 16 2000 8 20 12x5500 | c8d3.8xlarge   32 128 20 2000 8 20 12x5500
    8xlarge  32 128 20 2500 8 20 16x5500 | c14d3.14xlarge 56 160 35 4500 8 20 12x5500
    14xlarge 56 224 35 4500 8 20 28x5500`),
  d2s: table(`
    5xlarge 20 88 12 1600 8 20 8x7300 | 10xlarge 40 176 20 2000 8 20 15x7300 | 20xlarge 80 352 35 4500 8 20 30x7300`),
  // The pages of d3s and i4 give no ENIs: these are those of g7 with as many vCPUs.
  d3s: table(`
    2xlarge   8  32 10  2000 4 15  4x11100 | 4xlarge  16  64 25 3000 8 30  8x11100
    8xlarge  32 128 40  6000 8 30 16x11100 | 12xlarge 48 192 60 9000 8 30 24x11100
    16xlarge 64 256 80 12000 8 30 32x11100`),
  i2: table(`
    xlarge   4  32 1  500 3 10  1x894 | 2xlarge   8  64  2 1000 4 10 1x1788 | 4xlarge 16 128 3 1500 8 20 2x1788
    8xlarge 32 256 6 2000 8 20 4x1788 | 16xlarge 64 512 10 4000 8 20 8x1788`),
  i2g: table(`
    2xlarge   8  32  2 1000 4 10  1x894 | 4xlarge 16 64 3 1500 8 20 1x1788 | 8xlarge 32 128 6 2000 8 20 2x1788
    16xlarge 64 256 10 4000 8 20 4x1788`),
  i3: table(`
    xlarge   4  32 1.5 1000 4 15  1x894 | 2xlarge   8  64 2.5 1600 4 15 1x1788 | 4xlarge   16 128  5  3000  8 30  2x1788
    8xlarge 32 256  10 6000 8 30 4x1788 | 13xlarge 52 384  16 9000 7 30 6x1788 | 26xlarge 104 768 32 24000 15 30 12x1788`),
  i4: table(`
    large      2   16 2.5   900  3  6  1x447 | xlarge   4  32  4 1000 4 15  1x894 | 2xlarge   8  64  6  1600 4 15 1x1788
    4xlarge   16  128  10  3000  8 30 1x3576 | 8xlarge 32 256 25 6000 8 30 2x3576 | 16xlarge 64 512 50 12000 8 30 4x3576
    32xlarge 128 1024 100 24000 15 30 8x3576`),
  gn6i: table(`
    c4g1.xlarge     4  15   4 2500 2 10 1 | c8g1.2xlarge    8  31  5 2500  2 10 1 | c16g1.4xlarge  16  62  6 2500 3 10 1
    c24g1.6xlarge  24  93 7.5 2500 4 10 1 | c40g1.10xlarge 40 155 10 1600 10 10 1 | c24g1.12xlarge 48 186 15 4500 6 10 2
    c24g1.24xlarge 96 372  30 4500 8 10 4`),
  gn6v: table(`
    c8g1.2xlarge   8  32 2.5  800 4 10 1 | c8g1.4xlarge   16  64  5 1000 8 20 2 | c8g1.8xlarge 32 128 10 2000 8 20 4
    c8g1.16xlarge 64 256  20 2500 8 20 8 | c10g1.20xlarge 82 336 32 4500 8 20 8`),
  gn7i: table(`
    c8g1.2xlarge     8  30 16  1600  4 15 1 | c16g1.4xlarge   16  60 16  3000  8 30 1
    c32g1.8xlarge   32 188 16  6000  8 30 1 | c32g1.16xlarge  64 376 32 12000 15 30 2
    c32g1.32xlarge 128 752 64 24000 15 30 4 | c48g1.12xlarge  48 310 16  9000  8 30 1
    c56g1.14xlarge  56 346 16 10000  8 30 1 | 2x.8xlarge      32 128 16  6000  8 30 2
    4x.8xlarge      32 128 32  6000  8 30 4 | 4x.16xlarge     64 256 64 12000  8 30 4
    8x.16xlarge     64 256 32 12000  8 30 8 | 8x.32xlarge    128 512 64 24000 16 30 8`),
}

const families: readonly Family[] = [
  ...byMemory({ g5: 4, c5: 2, r5: 8 }, tables.generation5),
  ...byMemory({ g6: 4, c6: 2, r6: 8 }, tables.generation6),
  ...byMemory({ g7: 4, c7: 2 }, tables.generation7),
  // From 12 to 24 vCPUs, r7 takes more disks.
  ...byMemory(
    { r7: 8 },
    amend(
      tables.generation7,
      '3xlarge 12 12 8 2400 8 15 25 | 4xlarge 16 16 10 3000 8 30 25 | 6xlarge 24 24 12 4500 8 30 25',
    ),
  ),
  ...byMemory(
    { g8i: 4, c8i: 2 },
    amend(tables.generation8i, '24xlarge 96 96 50 18000 15 30 | 48xlarge 192 256 100 30000 15 50'),
  ),
  ...byMemory({ r8i: 8 }, amend(tables.generation8i, '32xlarge 128 128 64 24000 15 30')),
  ...byMemory({ g8y: 4, c8y: 2, r8y: 8 }, tables.generation8y, 'ARM'),
  ...byMemory({ sn1ne: 2 }, tables.networkEnhanced),
  ...byMemory({ sn2ne: 4 }, amend(tables.networkEnhanced, '14xlarge 56 56 10 4500 8 20')),
  ...byMemory({ se1ne: 8 }, amend(tables.networkEnhanced, '14xlarge 56 60 10 4500 8 20')),
  { name: 'hfg7', category: 'High Clock Speed', sizes: tables.highClock7, gibPerUnit: 4 },
  { name: 'hfc7', category: 'High Clock Speed', sizes: tables.highClock7, gibPerUnit: 2 },
  {
    name: 're6p',
    category: 'Memory-optimized',
    sizes: amend(tables.persistent6, '26xlarge 104 384 25 6000 15 20'),
    persistentMemory: true,
  },
  { name: 're6p-redis', category: 'Memory-optimized', sizes: tables.persistent6, persistentMemory: true },
  { name: 'r7p', category: 'Memory-optimized', sizes: tables.r7p, persistentMemory: true },
  { name: 'u1', category: 'General-purpose', sizes: tables.u1 },
  shared('e', tables.e),
  shared('s6', tables.s6),
  shared('xn4', table('small 1 1 0.5 50 2 2')),
  shared('n4', amend(tables.shared4, '8xlarge 32 32 5 500 2 6'), 2),
  shared('mn4', amend(tables.shared4, '4xlarge 16 16 2.5 400 8 6 | 8xlarge 32 32 5 500 8 6'), 4),
  shared('e4', amend(tables.shared4, '2xlarge 8 8 1.2 300 3 6 | 4xlarge 16 16 2.5 400 8 6'), 8),
  { name: 't5', category: 'Shared', sizes: tables.t5, level: 'CreditEntryLevel' },
  { name: 't6', category: 'Shared', sizes: tables.t6, level: 'CreditEntryLevel' },
  { name: 'd1', category: 'Big data', sizes: tables.d1, localDisk: 'local_hdd_pro' },
  { name: 'd1ne', category: 'Big data', sizes: tables.d1ne, localDisk: 'local_hdd_pro' },
  { name: 'd2s', category: 'Big data', sizes: tables.d2s, localDisk: 'local_hdd_pro' },
  { name: 'd3s', category: 'Big data', sizes: tables.d3s, localDisk: 'local_hdd_pro' },
  { name: 'i2', category: 'Local SSDs', sizes: tables.i2, localDisk: 'local_ssd_pro' },
  { name: 'i2g', category: 'Local SSDs', sizes: tables.i2g, localDisk: 'local_ssd_pro' },
  { name: 'i3', category: 'Local SSDs', sizes: tables.i3, localDisk: 'local_ssd_pro' },
  { name: 'i4', category: 'Local SSDs', sizes: tables.i4, localDisk: 'local_ssd_pro' },
  { name: 'gn6i', category: 'Compute-optimized with GPU', sizes: tables.gn6i, gpu: 'NVIDIA T4' },
  { name: 'gn6v', category: 'Compute-optimized with GPU', sizes: tables.gn6v, gpu: 'NVIDIA V100' },
  { name: 'gn7i', category: 'Compute-optimized with GPU', sizes: tables.gn7i, gpu: 'NVIDIA A10' },
]

export const instanceTypes: readonly InstanceType[] = families.flatMap(family =>
  family.sizes.map(size => toInstanceType(family, size)),
)

let instanceTypesById: ReadonlyMap<string, InstanceType> | undefined

export interface CpuLayout {
  readonly coreCount: number
  readonly threadsPerCore: number
}

/** How the vCPUs of a type are made up: two threads a core, one on ARM. */
export function cpuLayout(type: InstanceType): CpuLayout {
  const threadsPerCore = type.architecture === 'ARM' || type.cpuCores === 1 ? 1 : 2
  return { coreCount: type.cpuCores / threadsPerCore, threadsPerCore }
}

export function findInstanceType(id: string): InstanceType | undefined {
  // Built on the first call, to keep it out of the start-up time.
  instanceTypesById ??= new Map(instanceTypes.map(each => [each.id, each]))
  return instanceTypesById.get(id)
}

/** Families of one generation: their GiB per vCPU also decides their category. */
function byMemory(
  gibPerCpu: Readonly<Record<string, 2 | 4 | 8>>,
  sizes: readonly Size[],
  architecture: InstanceType['architecture'] = 'X86',
): Family[] {
  const categories = { 2: 'Compute-optimized', 4: 'General-purpose', 8: 'Memory-optimized' }
  return Object.entries(gibPerCpu).map(([name, gib]) => {
    return { name, category: categories[gib], sizes, gibPerUnit: gib, architecture }
  })
}

function shared(name: string, sizes: readonly Size[], gibPerUnit = 1): Family {
  return { name, category: 'Shared', sizes, gibPerUnit, level: 'EntryLevel' }
}

/** Adds rows to a table; a row of a size that is already there replaces it. */
function amend(sizes: readonly Size[], rows: string): Size[] {
  const added = table(rows)
  return [...sizes.filter(([name]) => added.every(each => each[0] !== name)), ...added]
}

function table(rows: string): Size[] {
  return rows.split(/[|\n]/).flatMap(row => {
    const cells = row.match(/[^ ]+/g)
    return cells === null ? [] : alternatives(cells)
  })
}

/** `c1m{1,2}.large` is a row for c1m1.large and one for c1m2.large. */
function alternatives(row: Size): Size[] {
  const [before = '', choices, after = ''] = row[0]?.split(/[{}]/) ?? []
  return choices === undefined ? [row] : choices.split(',').map(choice => row.with(0, before + choice + after))
}

function toInstanceType(family: Family, size: Size): InstanceType {
  const name = size[0] ?? ''
  const cpuCores = Number(size[1])
  const memory = size[2]
  const special = size[7]
  const type: InstanceType = {
    id: `ecs.${family.name}${name.includes('.') ? '-' : '.'}${name}`,
    family: `ecs.${family.name}`,
    familyLevel: family.level ?? 'EnterpriseLevel',
    category: family.category,
    cpuCores,
    memoryGiB: memory === '-' ? cpuCores * gibPerCpuIn(name) : Number(memory) * (family.gibPerUnit ?? 1),
    architecture: family.architecture ?? 'X86',
    persistentMemory: family.persistentMemory ?? false,
    eniQuantity: Number(size[5]),
    privateIpsPerEni: Number(size[6]),
    diskQuantity: 17,
    // DescribeInstanceTypes shows 1 Gbit/s as 1024000.
    bandwidthKbps: Math.round(Number(size[3]) * 1_024_000),
    pps: Number(size[4]) * 1000,
  }
  return special === undefined ? type : { ...type, ...decodeSpecial(family, cpuCores, special) }
}

function decodeSpecial(family: Family, cpuCores: number, special: string): Partial<InstanceType> {
  if (family.localDisk !== undefined) {
    const [amount, capacityGiB] = special.split('x')
    return { localStorage: { amount: Number(amount), capacityGiB: Number(capacityGiB), category: family.localDisk } }
  }
  if (family.gpu !== undefined) return { gpu: { amount: Number(special), spec: family.gpu } }
  if (special.endsWith('%')) {
    // "Overview of burstable instances": every vCPU starts with 30 credits.
    return { credits: { initial: 30 * cpuCores, baseline: Number.parseInt(special, 10) * cpuCores } }
  }
  return { diskQuantity: Number(special) }
}

function gibPerCpuIn(name: string): number {
  const [, cpus, gib] = /c(\d)m(\d)\./.exec(name) ?? []
  return Number(gib) / Number(cpus)
}

export function getInstanceType(id: string): InstanceType {
  const type = findInstanceType(id)
  if (type === undefined) throw new Error(`There is no instance type ${id}.`)
  return type
}
