import { given } from '../../given.ts'
import { dataDiskCategories } from '../../../domain/disks/disks.ts'
import { chargeTypes } from '../../../domain/instances/types.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { countDisks, type DiskFilter, listDisks } from '../../../store/tables/disks.ts'
import { cutPage, eitherPageParams, readPaging, readPlace, writePlace } from '../../paging.ts'
import { toWireDisk } from './wire.ts'
import { tagList } from '../tags/params.ts'

const params = {
  RegionId: p.region({ required: true }),
  ZoneId: p.string(),
  InstanceId: p.string(),
  DiskIds: p.jsonList({ error: 'InvalidParameter.DiskIds', tooMany: 'InvalidDiskIds.Malformed' }),
  DiskName: p.string(),
  DiskType: p.enum(['all', 'system', 'data'], { default: 'all', error: 'InvalidDiskType.ValueNotSupported' }),
  Category: p.enum(
    [
      'all',
      ...dataDiskCategories,
      'cloud_regional_disk_auto',
      'local_ssd_pro',
      'local_hdd_pro',
      'ephemeral',
      'ephemeral_ssd',
    ],
    { default: 'all', error: 'InvalidCategory.ValueNotSupported' },
  ),
  Status: p.enum(['All', 'In_use', 'Available', 'Attaching', 'Detaching', 'Creating', 'ReIniting'], {
    default: 'All',
    error: 'InvalidStatus.ValueNotSupported',
  }),
  DiskChargeType: p.enum(chargeTypes, { error: 'InvalidDiskChargeType.NotFound' }),
  // False does not filter.
  Encrypted: p.boolean({ default: false }),
  DeleteWithInstance: p.boolean(),
  KMSKeyId: p.string(),
  SnapshotId: p.string(),
  ResourceGroupId: p.string(),
  // Disks have no tags, so that none matches.
  Tag: tagList(),
  ...eitherPageParams(),
  DryRun: p.boolean({ default: false }),
  ...compatibilityParams,
}

type Input = InputOf<typeof params>

/** Queries the disks of instances, newest instance first. */
export const DescribeDisks = defineOperation({
  product: 'Ecs',
  action: 'DescribeDisks',
  summary: 'Queries disks by instance and other properties, page by page.',
  evidence: { page: 'DescribeDisks' },
  access: { level: 'list', on: every('disk') },
  instancesIn: ['InstanceId'],
  params,
  refused: [
    'Filter',
    'AdditionalAttributes',
    'AutoSnapshotPolicyId',
    'DeleteAutoSnapshot',
    'EnableAutoSnapshot',
    'EnableAutomatedSnapshotPolicy',
    'EnableShared',
    'LockReason',
    'MultiAttach',
    'Portable',
  ],
  errors: [
    'InvalidDiskType.ValueNotSupported',
    'InvalidCategory.ValueNotSupported',
    'InvalidStatus.ValueNotSupported',
    'InvalidDiskChargeType.NotFound',
    'InvalidParameter.DiskIds',
    'InvalidDiskIds.Malformed',
    'InvalidTagCount',
    'InvalidParameter',
    'DryRunOperation',
  ],
  examples: [
    {
      title: 'Read the system disk of an instance',
      params: { RegionId: 'cn-hangzhou', InstanceId: 'i-bp1example00000000001', DiskType: 'system' },
    },
  ],
  async handle(call, input) {
    const filter = toFilter(call, input)
    if (input.DryRun) return call.fail('DryRunOperation')
    const { number, size, skip, token } = readPaging(input, { max: 500 })
    const found = await listDisks(call.tx, filter, {
      limit: size + 1,
      ...given('skip', skip),
      ...given('after', token === undefined ? undefined : readDiskPlace(call, token)),
    })
    const { page, NextToken } = cutPage(found, size, last => writePlace('d', last.instance.seq, last.place))
    return {
      Disks: { Disk: page.map(toWireDisk) },
      TotalCount: await countDisks(call.tx, filter),
      PageNumber: number,
      PageSize: size,
      NextToken,
    }
  },
})

function toFilter(call: Call, input: Input): DiskFilter {
  const anyStatus = input.Status === 'All' || input.Status === 'In_use'
  // Every disk here is in use, and none has tags.
  const impossible = !anyStatus || input.Tag.length > 0
  return {
    instances: {
      accountId: call.principal.account.id,
      regionId: input.RegionId,
      ...(impossible ? { ids: [] } : given('ids', input.InstanceId === undefined ? undefined : [input.InstanceId])),
      equals: {
        ...given('zoneId', input.ZoneId),
        ...given('chargeType', input.DiskChargeType),
        ...given('resourceGroupId', input.ResourceGroupId),
      },
    },
    ...given('ids', input.DiskIds),
    equals: {
      ...given('kind', input.DiskType === 'all' ? undefined : input.DiskType),
      ...given('category', input.Category === 'all' ? undefined : input.Category),
      ...given('encrypted', input.Encrypted || undefined),
      ...given('deleteWithInstance', input.DeleteWithInstance),
      ...given('name', input.DiskName),
      ...given('kmsKeyId', input.KMSKeyId),
      ...given('snapshotId', input.SnapshotId),
    },
  }
}

/** The number of an instance, and the disk's place there. */
function readDiskPlace(call: Call<'InvalidParameter'>, token: string): { seq: number; place: number } {
  const [seq = 0, place = 0] = readPlace(call, token, 'd', 2)
  return { seq, place }
}
