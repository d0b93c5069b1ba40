import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const linux = 'aliyun_3_x64_20G_alibase_20240528.vhd'
const windows = 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'
const order = { RegionId: 'cn-hangzhou', ImageId: linux, InstanceType: 'ecs.g7.large' }
const start = Date.UTC(2026, 0, 2, 3, 4, 30)
const localDisks = 'ecs.i3.xlarge'

/** An account's keys: all is well with one, and something is wrong with each of the others. */
const kmsKeys = [
  { id: 'key-good', region: 'cn-hangzhou' },
  { id: 'key-disabled', region: 'cn-hangzhou', state: 'Disabled' as const },
  { id: 'key-pending', region: 'cn-hangzhou', state: 'PendingDeletion' as const },
  { id: 'key-untagged', region: 'cn-hangzhou', ecsTag: false },
  { id: 'key-unauthorized', region: 'cn-hangzhou', ecsAuthorized: false },
  { id: 'key-elsewhere', region: 'cn-beijing' },
]

async function serverWithKeys() {
  const server = await createTestApp({}, { startAt: start })
  await server.seed({ kmsKeys })
  return server
}

function run({ client }: TestApp, params: Params) {
  return client.call('RunInstances', { ...order, ...params })
}

/** Names and host names of a batch, in the order it was made. */
async function names(server: TestApp, params: Params): Promise<[string[], string[]]> {
  const { InstanceIdSets } = await run(server, params)
  const shown = await Promise.all(InstanceIdSets.InstanceIdSet.map(id => server.get(id)))
  return [shown.map(one => one['InstanceName']), shown.map(one => one['HostName'])]
}

suite('names of a batch are numbered', () => {
  const numbered: [pattern: string, names: string[], more?: Params][] = [
    ['web-[1,3]', ['web-001', 'web-002', 'web-003']],
    [
      'k8s-node-[1,4]-alibabacloud',
      ['k8s-node-0001-alibabacloud', 'k8s-node-0002-alibabacloud', 'k8s-node-0003-alibabacloud'],
    ],
    ['web-[99,2]', ['web-99', 'web-100', 'web-101']],
    ['web-[,2]', ['web-00', 'web-01', 'web-02']],
    ['web-[7,]', ['web-000007', 'web-000008', 'web-000009']],
    ['web-[,]', ['web-000000', 'web-000001', 'web-000002']],
    ['web-[100,2]', ['web-000100', 'web-000101', 'web-000102']],
    ['web', ['web', 'web', 'web']],
    ['web', ['web001', 'web002', 'web003'], { UniqueSuffix: true }],
    ['web-[1,1]', ['web-1', 'web-2', 'web-3'], { UniqueSuffix: true }],
    ['web', ['web'], { UniqueSuffix: true, Amount: 1 }],
    ['web-[5,2]', ['web-05'], { Amount: 1 }],
  ]
  for (const [pattern, expected, more = {}] of numbered) {
    test(`${pattern} ${JSON.stringify(more)}`, async () => {
      await using server = await createTestApp()
      const params = { Amount: 3, InstanceName: pattern, HostName: pattern, ...more }
      assert.deepEqual(await names(server, params), [expected, expected])
    })
  }
})

suite('values at the edge of what is allowed', () => {
  const allowed: [name: string, params: Params][] = [
    ['the shortest names', { InstanceName: 'ab', HostName: 'a1', Description: 'ab' }],
    ['the longest names', { InstanceName: 'a'.repeat(128), HostName: 'a'.repeat(64), Description: 'x'.repeat(256) }],
    ['names in Chinese', { InstanceName: '测试服务器', Description: '测试 😀' }],
    ['a host name of digits', { HostName: '10.20-30' }],
    ['a host name on Windows', { ImageId: windows, HostName: 'win-1234567890a' }],
    ['the shortest password', { Password: 'EcsV587!' }],
    ['the longest password', { Password: 'aB3'.repeat(10) }],
    ['a password with a slash on Linux', { Password: '/aBcdef1' }],
    ['an image of a family', { ImageFamily: 'acs:ubuntu_22_04_x64', ImageId: '' }],
    ['a custom image', { ImageId: 'm-bp1example001' }],
    ['release after 30 minutes', { AutoReleaseTime: '2026-01-02T03:35Z' }],
    ['release after three years', { AutoReleaseTime: '2028-12-31T03:04Z' }],
    ['20 tags', Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`Tag.${index + 1}.Key`, `k${index}`]))],
    ['the longest tag', { 'Tag.1.Key': 'k'.repeat(128), 'Tag.1.Value': 'v'.repeat(128) }],
    ['a tag that only looks reserved', { 'Tag.1.Key': 'my-aliyun', 'Tag.1.Value': 'aliyun acs:x' }],
    ['32 KB of user data', { UserData: Buffer.alloc(32 * 1024, 'x').toString('base64') }],
    [
      '16 data disks',
      Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`DataDisk.${index + 1}.Size`, '20'])),
    ],
    ['the smallest disks', { 'SystemDisk.Size': 20, 'DataDisk.1.Size': 1, 'DataDisk.1.Category': 'cloud_auto' }],
    ['the largest disks', { 'SystemDisk.Size': 2048, 'DataDisk.1.Size': 65_536, 'DataDisk.1.Category': 'cloud_essd' }],
    ['spot with local disks that terminates', { SpotStrategy: 'SpotAsPriceGo', InstanceType: localDisks }],
    ['encryption with the default key', { 'SystemDisk.Encrypted': true }],
    ['encryption with a key', { 'SystemDisk.Encrypted': true, 'SystemDisk.KMSKeyId': 'key-good' }],
  ]
  for (const [name, params] of allowed) {
    test(name, async () => {
      await using server = await serverWithKeys()
      assert.equal((await run(server, params))['InstanceIdSets'].InstanceIdSet.length, 1)
    })
  }
})

const encrypted = (key: string, disk = 'DataDisk.1') => ({
  'DataDisk.1.Size': 40,
  [`${disk}.Encrypted`]: true,
  [`${disk}.KMSKeyId`]: key,
})
const spot = { SpotStrategy: 'SpotAsPriceGo' }
const prepaid = { InstanceChargeType: 'PrePaid', Period: 1 }

suite('values that are refused, in a dry run too', () => {
  const refused: [name: string, params: Params, code: string, status: number][] = [
    ['no image', { ImageId: '' }, 'MissingParameter', 400],
    ['no type', { InstanceType: '' }, 'MissingParameter', 400],
    ['an unknown image', { ImageId: 'ubuntu' }, 'InvalidImageId.NotFound', 404],
    [
      'an image of an unknown system',
      { ImageId: 'beos_5_x64_20G_alibase_20240528.vhd' },
      'InvalidImageId.NotFound',
      404,
    ],
    ['an unknown family', { ImageFamily: 'acs:beos', ImageId: '' }, 'InvalidImageId.NotFound', 404],
    ['an unknown type', { InstanceType: 'ecs.none.large' }, 'InvalidInstanceType.ValueNotSupported', 400],
    ['a launch template by id', { LaunchTemplateId: 'lt-1' }, 'InvalidLaunchTemplate.NotFound', 404],
    ['a launch template by name', { LaunchTemplateName: 'web' }, 'InvalidLaunchTemplate.NotFound', 404],
    ['a name of one character', { InstanceName: 'a' }, 'InvalidInstanceName.Malformed', 400],
    ['a name that is too long', { InstanceName: 'a'.repeat(129) }, 'InvalidInstanceName.Malformed', 400],
    [
      'a name that grows too long',
      { InstanceName: `${'a'.repeat(127)}[9,1]`, Amount: 2 },
      'InvalidInstanceName.Malformed',
      400,
    ],
    ['a name that begins with a digit', { InstanceName: '1a' }, 'InvalidInstanceName.Malformed', 400],
    ['a name that is a URL', { InstanceName: 'http://a' }, 'InvalidInstanceName.Malformed', 400],
    ['a name with a blank', { InstanceName: 'a b' }, 'InvalidInstanceName.Malformed', 400],
    ['a numbered name without a prefix', { InstanceName: '[1,3]' }, 'InvalidInstanceName.Malformed', 400],
    ['a numbered name with too many digits', { InstanceName: 'web[1,7]' }, 'InvalidInstanceName.Malformed', 400],
    ['a numbered name with a blank', { InstanceName: 'web[1, 3]' }, 'InvalidInstanceName.Malformed', 400],
    ['a host name that begins with a hyphen', { HostName: '-ab' }, 'InvalidHostName.Malformed', 400],
    ['a host name with two dots in a row', { HostName: 'a..b' }, 'InvalidHostName.Malformed', 400],
    ['a host name with an underscore', { HostName: 'a_b' }, 'InvalidHostName.Malformed', 400],
    ['a host name that is too long', { HostName: 'a'.repeat(65) }, 'InvalidHostName.Malformed', 400],
    [
      'a host name that is too long for Windows',
      { ImageId: windows, HostName: 'a'.repeat(16) },
      'InvalidHostName.Malformed',
      400,
    ],
    ['a host name with a dot on Windows', { ImageId: windows, HostName: 'a.b' }, 'InvalidHostName.Malformed', 400],
    ['a host name of digits on Windows', { ImageId: windows, HostName: '123' }, 'InvalidHostName.Malformed', 400],
    ['a description of one character', { Description: 'a' }, 'InvalidDescription.Malformed', 400],
    ['a description that is too long', { Description: 'a'.repeat(257) }, 'InvalidDescription.Malformed', 400],
    ['a description that is a URL', { Description: 'https://a' }, 'InvalidDescription.Malformed', 400],
    ['a password that is too short', { Password: 'EcsV58!' }, 'InvalidPassword.Malformed', 400],
    ['a password that is too long', { Password: `${'aB3'.repeat(10)}x` }, 'InvalidPassword.Malformed', 400],
    ['a password of two classes', { Password: 'abcdefgh1' }, 'InvalidPassword.Malformed', 400],
    [
      'a password with a slash first on Windows',
      { ImageId: windows, Password: '/aBcdef1' },
      'InvalidPassword.Malformed',
      400,
    ],
    ['a subscription without a period', { InstanceChargeType: 'PrePaid' }, 'MissingParameter', 400],
    ['a subscription to a spot instance', { ...prepaid, ...spot }, 'InvalidSpotStrategy', 400],
    ['a protected subscription', { ...prepaid, DeletionProtection: true }, 'InvalidParameter', 400],
    ['a protected spot instance', { ...spot, DeletionProtection: true }, 'InvalidParameter', 400],
    [
      'spot with local disks that stops',
      { ...spot, SpotInterruptionBehavior: 'Stop', InstanceType: localDisks },
      'InvalidSpotInterruptionBehavior.LocalDiskNotSupport',
      403,
    ],
    ['release too soon', { AutoReleaseTime: '2026-01-02T03:32Z' }, 'InvalidAutoReleaseTime.Malformed', 400],
    ['release too late', { AutoReleaseTime: '2029-01-03T03:04Z' }, 'InvalidAutoReleaseTime.Malformed', 400],
    [
      'release of a subscription',
      { ...prepaid, AutoReleaseTime: '2026-01-03T03:04Z' },
      'InvalidAutoReleaseTime.Malformed',
      400,
    ],
    ['release at a time that is none', { AutoReleaseTime: 'soon' }, 'InvalidAutoReleaseTime.Malformed', 400],
    ['user data that is not Base64', { UserData: '#!/bin/sh' }, 'InvalidUserData.Base64FormatInvalid', 403],
    [
      'too much user data',
      { UserData: Buffer.alloc(32 * 1024 + 1).toString('base64') },
      'InvalidUserData.SizeExceeded',
      400,
    ],
    [
      '21 tags',
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`Tag.${index + 1}.Key`, `k${index}`])),
      'InvalidTagCount',
      400,
    ],
    ['a tag without a key', { 'Tag.1.Value': 'v' }, 'InvalidTagKey.Malformed', 400],
    ['a tag key that is too long', { 'Tag.1.Key': 'k'.repeat(129) }, 'InvalidTagKey.Malformed', 400],
    ['a reserved tag key', { 'Tag.1.Key': 'aliyun-x' }, 'InvalidTagKey.Malformed', 400],
    ['another reserved tag key', { 'Tag.1.Key': 'acs:x' }, 'InvalidTagKey.Malformed', 400],
    ['a tag key with a URL', { 'Tag.1.Key': 'x http://y' }, 'InvalidTagKey.Malformed', 400],
    [
      'a tag value that is too long',
      { 'Tag.1.Key': 'k', 'Tag.1.Value': 'v'.repeat(129) },
      'InvalidTagValue.Malformed',
      400,
    ],
    ['a tag value with a URL', { 'Tag.1.Key': 'k', 'Tag.1.Value': 'https://y' }, 'InvalidTagValue.Malformed', 400],
    ['a tag key twice', { 'Tag.1.Key': 'k', 'Tag.2.Key': 'k' }, 'Duplicate.TagKey', 400],
    ['an unknown system disk', { 'SystemDisk.Category': 'floppy' }, 'InvalidSystemDiskCategory.ValueNotSupported', 400],
    [
      'a data disk as system disk',
      { 'SystemDisk.Category': 'elastic_ephemeral_disk_standard' },
      'InvalidSystemDiskCategory.ValueNotSupported',
      400,
    ],
    ['a system disk that is too small', { 'SystemDisk.Size': 19 }, 'InvalidSystemDiskSize.ValueNotSupported', 400],
    [
      'a system disk smaller than its image',
      { ImageId: windows, 'SystemDisk.Size': 39 },
      'InvalidSystemDiskSize.ValueNotSupported',
      400,
    ],
    ['a system disk that is too large', { 'SystemDisk.Size': 2049 }, 'InvalidSystemDiskSize.ValueNotSupported', 400],
    [
      'an unknown data disk',
      { 'DataDisk.1.Category': 'floppy', 'DataDisk.1.Size': 40 },
      'InvalidDataDiskCategory.ValueNotSupported',
      400,
    ],
    [
      'a data disk without a size',
      { 'DataDisk.1.Category': 'cloud_essd' },
      'InvalidDataDiskSize.ValueNotSupported',
      400,
    ],
    ['a data disk that is too small', { 'DataDisk.1.Size': 19 }, 'InvalidDataDiskSize.ValueNotSupported', 400],
    ['a data disk that is too large', { 'DataDisk.1.Size': 32_769 }, 'InvalidDataDiskSize.ValueNotSupported', 400],
    [
      '17 data disks',
      Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`DataDisk.${index + 1}.Size`, '20'])),
      'InvalidParameter',
      400,
    ],
    ['a key without encryption', { 'SystemDisk.KMSKeyId': 'key-good' }, 'InvalidParameter.EncryptedIllegal', 400],
    ['an unknown key', encrypted('key-none'), 'InvalidParameter.KMSKeyId.NotFound', 404],
    ['a key of another region', encrypted('key-elsewhere'), 'InvalidParameter.KMSKeyId.NotFound', 404],
    ['a key that is disabled', encrypted('key-disabled'), 'InvalidParameter.KMSKeyId.CMKNotEnabled', 403],
    ['a key that is to be deleted', encrypted('key-pending'), 'InvalidParameter.KMSKeyId.CMKNotEnabled', 403],
    ['a key without the tag', encrypted('key-untagged'), 'InvalidParameter.KMSKeyId.CMKUnauthorized', 403],
    [
      'a key that ECS may not use',
      encrypted('key-unauthorized', 'SystemDisk'),
      'InvalidParameter.KMSKeyId.KMSUnauthorized',
      403,
    ],
  ]
  for (const [name, params, code, status] of refused) {
    test(name, async () => {
      await using server = await serverWithKeys()
      await expectError(run(server, params), code, { status })
      await expectError(run(server, { ...params, DryRun: true }), code, { status })
      const { TotalCount } = await server.client.call('DescribeInstances', { RegionId: order.RegionId })
      assert.equal(TotalCount, 0)
    })
  }
})

test('what is missing is named', async () => {
  await using server = await createTestApp()
  for (const [name, params] of [
    ['ImageId', { ImageId: '' }],
    ['InstanceType', { InstanceType: '' }],
    ['Period', { InstanceChargeType: 'PrePaid' }],
  ] as const) {
    const message = `The input parameter "${name}" that is mandatory for processing this request is not supplied.`
    await expectError(run(server, params), 'MissingParameter', { status: 400, message })
  }
  const message = 'The specified parameter "DataDisk.2.Size" is not valid.'
  await expectError(run(server, { 'DataDisk.2.Size': 'large' }), 'InvalidParameter', { status: 400, message })
})
