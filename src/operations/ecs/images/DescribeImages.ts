import { builtAt } from '../../../domain/catalogue/images.ts'
import { findInstanceType } from '../../../domain/catalogue/instance-types.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import type { KnownImage } from '../../../services/images/images.ts'
import { formatSecond } from '../../times.ts'
import { tagList } from '../tags/params.ts'
import { pageOf, pageParams } from '../../paging.ts'

const params = {
  RegionId: p.region({ required: true }),
  ImageId: p.string({ about: 'image id, or several with commas between them' }),
  ImageFamily: p.string({ about: '`acs:` and the name of a public family' }),
  ImageName: p.string({ about: 'part of the name' }),
  ImageOwnerAlias: p.enum(['system', 'self', 'others', 'marketplace'], {
    error: 'InvalidImageOwnerAlias.ValueNotSupported',
  }),
  OSType: p.enum(['linux', 'windows'], { error: 'InvalidOSType' }),
  Architecture: p.enum(['i386', 'x86_64', 'arm64'], { error: 'InvalidArchitecture' }),
  InstanceType: p.string({ about: 'an instance type; only images that it can run' }),
  Status: p.string({ default: 'Available', about: 'status, or several with commas between them; or `ALL`' }),
  ActionType: p.enum(['CreateEcs', 'ChangeOS']),
  IsPublic: p.boolean(),
  IsSupportCloudinit: p.boolean(),
  IsSupportIoOptimized: p.boolean(),
  ShowExpired: p.boolean(),
  // Images have no tags, so that none matches.
  Tag: tagList(),
  ...pageParams(),
  DryRun: p.boolean({ default: false }),
  ...compatibilityParams,
}

type Input = InputOf<typeof params>

/**
 * Lists some current public images; every other public image, and custom images, are found by their ids, as
 * RunInstances takes them. Where machines are real, there are those images that were imported.
 */
export const DescribeImages = defineOperation({
  product: 'Ecs',
  action: 'DescribeImages',
  summary: 'Lists some current public images, and any image by its id.',
  evidence: { page: 'DescribeImages' },
  access: { level: 'list', on: every('image') },
  params,
  refused: ['Filter', 'ImageOwnerId', 'ResourceGroupId', 'SnapshotId', 'Usable', 'Usage'],
  errors: [
    'InvalidImageOwnerAlias.ValueNotSupported',
    'InvalidOSType',
    'InvalidArchitecture',
    'InvalidInstanceType.ValueNotSupported',
    'InvalidTagCount',
    'DryRunOperation',
  ],
  examples: [
    { title: 'List images for ARM', params: { RegionId: 'cn-hangzhou', Architecture: 'arm64' } },
    {
      title: 'Read one image',
      params: { RegionId: 'cn-hangzhou', ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd' },
    },
  ],
  async handle(call, input) {
    const { RegionId, PageNumber, PageSize } = input
    const images = (await listCandidates(call, input)).filter(toFilter(call, input))
    if (input.DryRun) return call.fail('DryRunOperation')
    return {
      RegionId,
      TotalCount: images.length,
      PageNumber,
      PageSize,
      Images: { Image: pageOf(images, input).map(toWireImage) },
    }
  },
})

/** Those that are named, or else the list. */
async function listCandidates(
  { tx, services: { images } }: Call,
  { ImageId, ImageFamily }: Input,
): Promise<readonly KnownImage[]> {
  if (ImageId !== undefined) return images.find(tx, ImageId.split(','))
  if (ImageFamily === undefined) return images.list(tx)
  const newest = await images.findOfFamily(tx, ImageFamily)
  return newest === undefined ? [] : [newest]
}

function toFilter(call: Call<'InvalidInstanceType.ValueNotSupported'>, input: Input): (image: KnownImage) => boolean {
  const type = input.InstanceType === undefined ? undefined : findInstanceType(input.InstanceType)
  if (input.InstanceType !== undefined && type === undefined) call.fail('InvalidInstanceType.ValueNotSupported')
  const needed = { ARM: 'arm64', X86: 'x86_64' } as const
  const part = input.ImageName?.replaceAll('*', '')
  const statuses = input.Status.split(',')
  // Every image here is available, can do all there is, and is not shared.
  const possible =
    (statuses.includes('ALL') || statuses.includes('Available')) &&
    input.IsPublic !== true &&
    input.IsSupportCloudinit !== false &&
    input.IsSupportIoOptimized !== false &&
    input.Tag.length === 0
  return image =>
    possible &&
    (input.ImageOwnerAlias ?? ownerOf(image)) === ownerOf(image) &&
    (input.OSType ?? image.osType) === image.osType &&
    (input.Architecture ?? image.architecture) === image.architecture &&
    (type === undefined || needed[type.architecture] === image.architecture) &&
    (part === undefined || nameOf(image).includes(part))
}

function nameOf({ id, name }: KnownImage): string {
  return name ?? id
}

function ownerOf({ id }: KnownImage): 'system' | 'self' {
  return id.startsWith('m-') ? 'self' : 'system'
}

function toWireImage(image: KnownImage) {
  const at = image.importedAt ?? builtAt(image.id)
  return {
    ImageId: image.id,
    ImageName: nameOf(image),
    ImageFamily: '',
    ImageVersion: '',
    ImageOwnerAlias: ownerOf(image),
    Description: '',
    OSName: image.osName,
    OSNameEn: image.osNameEn,
    OSType: image.osType,
    Platform: image.osNameEn.replace(/ 64 bit$/, ''),
    Architecture: image.architecture,
    Size: image.sizeGiB,
    Status: 'Available',
    Progress: '100%',
    CreationTime: at === undefined ? '' : formatSecond(at),
    IsSupportCloudinit: true,
    IsSupportIoOptimized: true,
    IsPublic: false,
    IsSelfShared: '',
    IsCopied: false,
    IsSubscribed: false,
    ProductCode: '',
    ResourceGroupId: '',
    DiskDeviceMappings: { DiskDeviceMapping: [] },
    Tags: { Tag: [] },
  }
}
