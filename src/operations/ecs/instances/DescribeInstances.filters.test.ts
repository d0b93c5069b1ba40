import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }
const start = Date.UTC(2026, 0, 2, 3, 4, 30)

/** The instances that a query shows, newest first. */
async function find({ client }: TestApp, params: Params) {
  const { Instances, TotalCount } = await client.call('DescribeInstances', { ...region, PageSize: 100, ...params })
  assert.equal(TotalCount, Instances.Instance.length)
  return Instances.Instance
}

const sorted = (names: readonly string[]) => names.toSorted((a, b) => (a < b ? -1 : 1))

async function findNames(server: TestApp, params: Params): Promise<string[]> {
  return sorted((await find(server, params)).map(instance => instance['InstanceName']))
}

/** Three instances that have no property in common that a query can ask for. */
async function threeInstances() {
  const server = await createTestApp({}, { startAt: start })
  await server.seed({
    instances: [
      {
        name: 'stopped',
        region: 'cn-hangzhou',
        zone: 'cn-hangzhou-h',
        status: 'Stopped',
        locks: ['financial'],
        eip: true,
      },
      { name: 'classic', region: 'cn-hangzhou', zone: 'cn-hangzhou-g', network: 'classic', type: 'ecs.r7.large' },
      { name: 'in-beijing', region: 'cn-beijing' },
    ],
  })
  await server.client.call('RunInstances', {
    ...region,
    ZoneId: 'cn-hangzhou-i',
    ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd',
    InstanceType: 'ecs.c7.xlarge',
    InstanceName: 'special',
    KeyPairName: 'keys',
    ResourceGroupId: 'rg-special',
    HttpEndpoint: 'disabled',
    HttpTokens: 'required',
    InternetChargeType: 'PayByBandwidth',
    InternetMaxBandwidthOut: 5,
    InstanceChargeType: 'PrePaid',
    Period: 1,
    'Tag.1.Key': 'env',
    'Tag.1.Value': 'dev',
  })
  const byName = new Map((await find(server, {})).map(instance => [instance['InstanceName'], instance]))
  return Object.assign(server, {
    special: byName.get('special') ?? assert.fail(),
    stopped: byName.get('stopped') ?? assert.fail(),
    classic: byName.get('classic') ?? assert.fail(),
  })
}

test('without a filter all instances of the account in the region are shown, newest first', async () => {
  await using server = await threeInstances()
  assert.deepEqual(
    (await find(server, {})).map(instance => instance['InstanceName']),
    ['special', 'classic', 'stopped'],
  )
  assert.deepEqual(await findNames(server, { RegionId: 'cn-beijing' }), ['in-beijing'])
  const key = { id: 'other', secret: 'other-secret' }
  await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [key] }] })
  const answer = await server.clientFor(key.id, key.secret).call('DescribeInstances', region)
  assert.deepEqual([answer['TotalCount'], answer['Instances']], [0, { Instance: [] }])
})

type Three = Awaited<ReturnType<typeof threeInstances>>

const filters: [name: string, params: (server: Three) => Params, names: string[]][] = [
  [
    'InstanceIds',
    ({ special, classic }) => ({ InstanceIds: JSON.stringify([special['InstanceId'], classic['InstanceId']]) }),
    ['classic', 'special'],
  ],
  [
    'InstanceIds with white space, twice the same',
    ({ special }) => ({ InstanceIds: `[ "${special['InstanceId']}", "${special['InstanceId']}" ]` }),
    ['special'],
  ],
  ['InstanceIds of another region', () => ({ InstanceIds: '["i-bp1unknown000"]' }), []],
  ['InstanceName', () => ({ InstanceName: 'special' }), ['special']],
  ['Status', () => ({ Status: 'Stopped' }), ['stopped']],
  ['another Status', () => ({ Status: 'Pending' }), ['special']],
  ['LockReason', () => ({ LockReason: 'financial' }), ['stopped']],
  ['another LockReason', () => ({ LockReason: 'security' }), []],
  ['DeviceAvailable', () => ({ DeviceAvailable: true }), ['classic', 'special', 'stopped']],
  ['not DeviceAvailable', () => ({ DeviceAvailable: false }), []],
  ['IoOptimized', () => ({ IoOptimized: true }), ['classic', 'special', 'stopped']],
  ['not IoOptimized', () => ({ IoOptimized: false }), []],
  ['ZoneId', () => ({ ZoneId: 'cn-hangzhou-i' }), ['special']],
  ['VpcId', ({ special }) => ({ VpcId: special['VpcAttributes'].VpcId }), ['special', 'stopped']],
  ['VSwitchId', ({ special }) => ({ VSwitchId: special['VpcAttributes'].VSwitchId }), ['special']],
  [
    'SecurityGroupId',
    ({ special }) => ({ SecurityGroupId: special['SecurityGroupIds'].SecurityGroupId[0] }),
    ['classic', 'special', 'stopped'],
  ],
  ['another SecurityGroupId', () => ({ SecurityGroupId: 'sg' }), []],
  ['InstanceNetworkType', () => ({ InstanceNetworkType: 'classic' }), ['classic']],
  ['ResourceGroupId', () => ({ ResourceGroupId: 'rg-special' }), ['special']],
  ['InstanceType', () => ({ InstanceType: 'ecs.r7.large' }), ['classic']],
  ['InstanceTypeFamily', () => ({ InstanceTypeFamily: 'ecs.c7' }), ['special']],
  ['ImageId', ({ special }) => ({ ImageId: special['ImageId'] }), ['special']],
  ['InstanceChargeType', () => ({ InstanceChargeType: 'PrePaid' }), ['special']],
  ['InternetChargeType', () => ({ InternetChargeType: 'PayByBandwidth' }), ['special']],
  ['KeyPairName', () => ({ KeyPairName: 'keys' }), ['special']],
  ['HttpEndpoint', () => ({ HttpEndpoint: 'disabled' }), ['special']],
  ['HttpTokens', () => ({ HttpTokens: 'required' }), ['special']],
  [
    'PrivateIpAddresses',
    ({ special }) => ({
      PrivateIpAddresses: JSON.stringify([special['VpcAttributes'].PrivateIpAddress.IpAddress[0], '10.255.255.255']),
    }),
    ['special'],
  ],
  [
    'PublicIpAddresses',
    ({ special }) => ({ PublicIpAddresses: JSON.stringify(special['PublicIpAddress'].IpAddress) }),
    ['special'],
  ],
  ['EipAddresses', ({ stopped }) => ({ EipAddresses: JSON.stringify([stopped['EipAddress'].IpAddress]) }), ['stopped']],
  [
    'InnerIpAddresses',
    ({ classic }) => ({ InnerIpAddresses: JSON.stringify(classic['InnerIpAddress'].IpAddress) }),
    ['classic'],
  ],
  [
    'InnerIpAddresses of an instance in a VPC',
    ({ special }) => ({ InnerIpAddresses: JSON.stringify(special['VpcAttributes'].PrivateIpAddress.IpAddress) }),
    [],
  ],
  ['PublicIpAddresses of none', () => ({ PublicIpAddresses: '[]' }), []],
  ['Ipv6Address', () => ({ 'Ipv6Address.1': '2001:db8::1' }), []],
  ['RdmaIpAddresses', () => ({ RdmaIpAddresses: '["10.0.0.4"]' }), []],
  ['Tag', () => ({ 'Tag.1.Key': 'env' }), ['special']],
  ['two filters of which both fit', () => ({ Status: 'Stopped', ZoneId: 'cn-hangzhou-h' }), ['stopped']],
  ['two filters of which one does not fit', () => ({ Status: 'Stopped', ZoneId: 'cn-hangzhou-i' }), []],
  [
    'AdditionalAttributes, which filter nothing',
    () => ({ 'AdditionalAttributes.1': 'META_OPTIONS' }),
    ['classic', 'special', 'stopped'],
  ],
]

suite('a query shows what its filter asks for', () => {
  for (const [name, params, names] of filters) {
    test(name, async () => {
      await using server = await threeInstances()
      assert.deepEqual(await findNames(server, params(server)), names)
    })
  }
})

suite('in a name only * stands for other characters', () => {
  const names = ['a?c', 'abc', 'a[b]c', 'a]c', 'A?C', 'a\\c', 'a%c', 'a_c', 'web*star', 'web-star', '*', 'ünï']
  const patterns: [string, string[]][] = [
    ['abc', ['abc']],
    ['a?c', ['a?c']],
    ['a[b]c', ['a[b]c']],
    ['a]c', ['a]c']],
    ['a\\c', ['a\\c']],
    ['a%c', ['a%c']],
    ['a_c', ['a_c']],
    ['a[!x]c', []],
    ['a*c', names.filter(name => name.startsWith('a'))],
    ['a?*', ['a?c']],
    ['a[*', ['a[b]c']],
    ['*]c', ['a[b]c', 'a]c']],
    ['web*', ['web*star', 'web-star']],
    ['*star', ['web*star', 'web-star']],
    ['*', names],
    ['**', names],
    ['ABC', []],
    ['ab', []],
    ['ün*', ['ünï']],
  ]
  for (const [pattern, found] of patterns) {
    test(pattern, async () => {
      await using server = await createTestApp()
      await server.seed({ instances: names.map(name => ({ name, region: 'cn-hangzhou' })) })
      assert.deepEqual(await findNames(server, { InstanceName: pattern }), sorted(found))
    })
  }
})

test('tags are found by key, or by key and value, and all that are named must fit', async () => {
  await using server = await createTestApp()
  const tagged: Record<string, Record<string, string>> = {
    plain: { env: 'dev' },
    both: { env: 'prod', team: 'a' },
    quoted: { 'e"nv': 'd"ev', 'x"env': 'dev' },
    bracketed: { '{env': '":"', env_: 'dev' },
    empty: { env: '' },
    none: {},
  }
  await server.seed({
    instances: Object.entries(tagged).map(([name, tags]) => ({ name, tags, region: 'cn-hangzhou' })),
  })
  const names = (...tags: [key: string, value?: string][]) => {
    const params: Record<string, string> = {}
    for (const [index, [key, value]] of tags.entries()) {
      params[`Tag.${index + 1}.Key`] = key
      if (value !== undefined) params[`Tag.${index + 1}.Value`] = value
    }
    return findNames(server, params)
  }
  assert.deepEqual(await names(['env']), ['both', 'empty', 'plain'])
  assert.deepEqual(await names(['env', 'dev']), ['plain'])
  assert.deepEqual(await names(['env', 'de']), [])
  assert.deepEqual(await names(['env', '']), ['both', 'empty', 'plain'])
  assert.deepEqual(await names(['env'], ['team', 'a']), ['both'])
  assert.deepEqual(await names(['env', 'dev'], ['team', 'a']), [])
  assert.deepEqual(await names(['dev']), [])
  assert.deepEqual(await names(['nv']), [])
  assert.deepEqual(await names(['e"nv']), ['quoted'])
  assert.deepEqual(await names(['e"nv', 'd"ev']), ['quoted'])
  assert.deepEqual(await names(['{env', '":"']), ['bracketed'])
  assert.deepEqual(await names(['constructor']), [])
  assert.deepEqual(await findNames(server, { 'Tag.1.key': 'env', 'Tag.1.value': 'prod' }), ['both'])
  await expectError(names(['', 'dev']), 'InvalidTag.Mismatch', { status: 400 })
  const many = Array.from({ length: 21 }, (_, index): [string] => [`key-${index}`])
  await expectError(names(...many), 'InvalidTagCount', { status: 400 })
})

suite('times of creation and expiry', () => {
  const filter = (...pairs: [key: string, value: string][]) =>
    Object.fromEntries(
      pairs.flatMap(([key, value], index) => [
        [`Filter.${index + 1}.Key`, key],
        [`Filter.${index + 1}.Value`, value],
      ]),
    )

  /** Made at 03:04:30 and 04:04:30; the first expires a month after. */
  async function twoInstances() {
    const server = await createTestApp({}, { startAt: start })
    await server.seed({ instances: [{ name: 'first', region: 'cn-hangzhou', chargeType: 'PrePaid' }] })
    await server.advance(3600)
    await server.seed({ instances: [{ name: 'second', region: 'cn-hangzhou' }] })
    const [second, first] = await find(server, {})
    assert.deepEqual([first?.['CreationTime'], second?.['CreationTime']], ['2026-01-02T03:04Z', '2026-01-02T04:04Z'])
    assert.deepEqual([first?.['ExpiredTime'], second?.['ExpiredTime']], ['2026-02-01T03:04Z', '2099-12-31T15:59Z'])
    return server
  }

  const periods: [Params, string[]][] = [
    [filter(['CreationStartTime', '2026-01-02T03:04Z']), ['first', 'second']],
    [filter(['CreationStartTime', '2026-01-02T03:05Z']), ['second']],
    [filter(['CreationStartTime', '2026-01-02T04:05Z']), []],
    [filter(['CreationEndTime', '2026-01-02T03:03Z']), []],
    [filter(['CreationEndTime', '2026-01-02T03:04Z']), ['first']],
    [filter(['CreationEndTime', '2026-01-02T04:04Z']), ['first', 'second']],
    [filter(['CreationStartTime', '2026-01-02T04:04Z'], ['CreationEndTime', '2026-01-02T04:04Z']), ['second']],
    [filter(['ExpiredStartTime', '2026-02-01T03:04Z'], ['ExpiredEndTime', '2026-02-01T03:04Z']), ['first']],
    [filter(['ExpiredEndTime', '2026-02-01T03:03Z']), []],
    [filter(['CreationEndTime', '2026-01-02T04:04Z'], ['ExpiredEndTime', '2026-02-01T03:04Z']), ['first']],
  ]
  for (const [params, names] of periods) {
    test(JSON.stringify(Object.values(params)), async () => {
      await using server = await twoInstances()
      assert.deepEqual(await findNames(server, params), names)
    })
  }

  test('other keys and malformed times are refused', async () => {
    await using server = await twoInstances()
    for (const key of ['StartTime', 'constructor', 'creationStartTime']) {
      const call = find(server, filter([key, '2026-01-02T03:04Z']))
      await expectError(call, 'InvalidFilterKey.NotFound', { status: 404 })
    }
    await expectError(find(server, { 'Filter.1.Value': '2026-01-02T03:04Z' }), 'InvalidFilterKey.NotFound')
    const message = 'The specified parameter "Filter.2.Value" is not valid.'
    const call = find(server, filter(['CreationStartTime', '2026-01-02T03:04Z'], ['CreationEndTime', 'now']))
    await expectError(call, 'InvalidParameter', { status: 400, message })
  })
})

test('there are no HPC clusters', async () => {
  await using server = await createTestApp()
  await expectError(find(server, { HpcClusterId: 'hpc-1' }), 'InvalidHpcClusterId.NotFound', { status: 400 })
})
