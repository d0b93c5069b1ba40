import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const order = {
  RegionId: 'cn-hangzhou',
  ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  InstanceType: 'ecs.g7.large',
}
const start = Date.UTC(2026, 0, 2, 3, 4, 30)

/** The ids of what was made, in the order of the answer. */
async function run({ client }: TestApp, params: Params = {}): Promise<string[]> {
  const { InstanceIdSets } = await client.call('RunInstances', { ...order, ...params })
  return InstanceIdSets.InstanceIdSet
}

/** Makes one instance and returns it as a query shows it. */
async function runOne(server: TestApp, params: Params = {}) {
  const [id = '', ...more] = await run(server, params)
  assert.deepEqual(more, [])
  const region = String(params['RegionId'] ?? order.RegionId)
  return (await server.describe(id, region)) ?? assert.fail(`${id} is not shown`)
}

async function total({ client }: TestApp): Promise<number> {
  return (await client.call('DescribeInstances', { RegionId: order.RegionId }))['TotalCount']
}

test('the answer holds ids, and the instances are there at once', async () => {
  await using server = await createTestApp()
  const { RequestId, ...answer } = await server.client.call('RunInstances', { ...order, Amount: 2 })
  assert.match(RequestId, /^[0-9A-F-]{36}$/)
  assert.deepEqual(Object.keys(answer), ['InstanceIdSets'])
  const ids: string[] = answer['InstanceIdSets'].InstanceIdSet
  assert.equal(new Set(ids).size, 2)
  for (const id of ids) {
    assert.match(id, /^i-bp1[a-z0-9]{17}$/)
    assert.equal(await server.status(id), 'Pending')
  }
  const [elsewhere = ''] = await run(server, { RegionId: 'cn-beijing' })
  assert.match(elsewhere, /^i-2ze[a-z0-9]{17}$/)
})

test('an instance goes from Pending over Starting to Running, and no stop mode applies to it', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const [id = ''] = await run(server)
  const shown = async () => {
    const instance = await server.describe(id)
    return [instance?.['Status'], instance?.['StoppedMode'], instance?.['StartTime']]
  }
  assert.deepEqual(await shown(), ['Pending', 'Not-applicable', ''])
  await server.advance(0.5)
  assert.deepEqual(await shown(), ['Pending', 'Not-applicable', ''])
  await server.advance(1)
  assert.deepEqual(await shown(), ['Starting', 'Not-applicable', ''])
  await server.advance(3)
  assert.deepEqual(await shown(), ['Running', 'Not-applicable', '2026-01-02T03:04Z'])
  await server.advance(3600)
  assert.deepEqual(await shown(), ['Running', 'Not-applicable', '2026-01-02T03:04Z'])
})

test('Amount is 1 to 100, 1 unless told otherwise', async () => {
  await using server = await createTestApp()
  assert.equal((await run(server)).length, 1)
  const hundred = await run(server, { Amount: 100 })
  assert.equal(new Set(hundred).size, 100)
  for (const Amount of [0, 101, -1, 'two']) {
    await expectError(run(server, { Amount }), 'InvalidParam.Amount', { status: 403 })
  }
  assert.equal(await total(server), 101)
  const addresses = (await server.client.call('DescribeInstances', { RegionId: order.RegionId, PageSize: 100 }))[
    'Instances'
  ].Instance.map(one => one['VpcAttributes'].PrivateIpAddress.IpAddress[0])
  assert.equal(new Set(addresses).size, 100)
})

test('MinAmount is at most Amount', async () => {
  await using server = await createTestApp()
  assert.equal((await run(server, { Amount: 3, MinAmount: 3 })).length, 3)
  assert.equal((await run(server, { Amount: 3, MinAmount: 1 })).length, 3)
  for (const params of [{ Amount: 3, MinAmount: 4 }, { MinAmount: 2 }, { Amount: 3, MinAmount: 0 }]) {
    await expectError(run(server, params), 'InvalidMinAmount.Malformed', { status: 400 })
  }
  assert.equal(await total(server), 6)
})

test('a dry run checks everything and makes nothing', async () => {
  await using server = await createTestApp()
  const message = 'Request validation has been passed with DryRun flag set.'
  const dryRun = { DryRun: true, Amount: 5, ClientToken: 'token-1' }
  await expectError(run(server, dryRun), 'DryRunOperation', { status: 400, message })
  await expectError(run(server, { ...dryRun, InstanceName: '1' }), 'InvalidInstanceName.Malformed')
  await expectError(run(server, { ...dryRun, InternetMaxBandwidthOut: 101 }), 'InvalidParameter')
  await server.advance(60)
  assert.equal(await total(server), 0)
  // Neither the token nor an address has been used.
  const instance = await runOne(server, { ClientToken: 'token-1' })
  await using other = await createTestApp()
  const first = await runOne(other)
  assert.deepEqual(instance['VpcAttributes'], first['VpcAttributes'])
})

test('without a place an instance goes to the first zone, the default vSwitch and the default security group', async () => {
  await using server = await createTestApp()
  const zones = (await server.client.call('DescribeZones', order))['Zones'].Zone
  const instance = await runOne(server)
  assert.equal(instance['ZoneId'], zones[0]?.['ZoneId'])
  const inZone = await runOne(server, { ZoneId: 'cn-hangzhou-k' })
  assert.equal(inZone['ZoneId'], 'cn-hangzhou-k')
  assert.equal(inZone['VpcAttributes'].VpcId, instance['VpcAttributes'].VpcId)
  assert.notEqual(inZone['VpcAttributes'].VSwitchId, instance['VpcAttributes'].VSwitchId)
  assert.deepEqual(inZone['SecurityGroupIds'], instance['SecurityGroupIds'])
  assert.equal(instance['SecurityGroupIds'].SecurityGroupId.length, 1)
})

test('a vSwitch says the zone; zone, vSwitch and security group must exist and fit each other', async () => {
  await using server = await createTestApp()
  const { VpcAttributes, SecurityGroupIds } = await runOne(server, { ZoneId: 'cn-hangzhou-k' })
  const VSwitchId: string = VpcAttributes.VSwitchId
  const group: string = SecurityGroupIds.SecurityGroupId[0]
  assert.equal((await runOne(server, { VSwitchId }))['ZoneId'], 'cn-hangzhou-k')
  assert.equal((await runOne(server, { VSwitchId, ZoneId: 'cn-hangzhou-k' }))['ZoneId'], 'cn-hangzhou-k')
  for (const params of [{ SecurityGroupId: group }, { 'SecurityGroupIds.1': group }]) {
    assert.deepEqual((await runOne(server, params))['SecurityGroupIds'], { SecurityGroupId: [group] })
  }
  const made = await total(server)
  const refused = (params: Params, code: string, status: number, message: string) =>
    expectError(run(server, params), code, { status, message })
  const mismatch = 'Specified virtual switch is not in the specified zone.'
  await refused({ VSwitchId, ZoneId: 'cn-hangzhou-h' }, 'InvalidParameter.Mismatch', 400, mismatch)
  await refused({ VSwitchId: 'vsw-1' }, 'InvalidVSwitchId.NotFound', 404, 'Specified virtual switch does not exist.')
  await refused(
    { VSwitchId, RegionId: 'cn-beijing' },
    'InvalidVSwitchId.NotFound',
    404,
    'Specified virtual switch does not exist.',
  )
  for (const ZoneId of ['cn-beijing-a', 'nowhere']) {
    await refused({ ZoneId }, 'InvalidZoneId.NotFound', 404, 'The ZoneId provided does not exist in our records.')
  }
  const noGroup = 'The specified SecurityGroupId does not exist.'
  await refused({ SecurityGroupId: 'sg-1' }, 'InvalidSecurityGroupId.NotFound', 404, noGroup)
  await refused(
    { 'SecurityGroupIds.1': group, 'SecurityGroupIds.2': 'sg-1' },
    'InvalidSecurityGroupId.NotFound',
    404,
    noGroup,
  )
  const both = 'The parameters SecurityGroupId and SecurityGroupIds.N cannot be given together.'
  await refused({ SecurityGroupId: group, 'SecurityGroupIds.1': group }, 'InvalidParameter.Conflict', 400, both)
  await refused(
    { RegionId: 'xx' },
    'InvalidRegionId.NotFound',
    404,
    'The RegionId provided does not exist in our records.',
  )
  assert.equal(await total(server), made)
})

test('networks belong to one account', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [{ id: 'other', secret: 'secret' }] }] })
  const { VpcAttributes, SecurityGroupIds } = await runOne(server)
  const { client } = { client: server.clientFor('other', 'secret') }
  const params = { VSwitchId: VpcAttributes.VSwitchId }
  await expectError(client.call('RunInstances', { ...order, ...params }), 'InvalidVSwitchId.NotFound')
  const group = { SecurityGroupId: SecurityGroupIds.SecurityGroupId[0] }
  await expectError(client.call('RunInstances', { ...order, ...group }), 'InvalidSecurityGroupId.NotFound')
})

test('a public address is given when bandwidth to the internet is bought', async () => {
  await using server = await createTestApp()
  const without = await runOne(server)
  assert.deepEqual([without['PublicIpAddress'].IpAddress, without['InternetMaxBandwidthOut']], [[], 0])
  const addresses = new Set<string>()
  for (const [InternetMaxBandwidthOut, inwards] of [
    [1, 10],
    [10, 10],
    [100, 100],
  ] as const) {
    const instance = await runOne(server, { InternetMaxBandwidthOut })
    assert.deepEqual(
      [instance['InternetMaxBandwidthOut'], instance['InternetMaxBandwidthIn']],
      [InternetMaxBandwidthOut, inwards],
    )
    assert.equal(instance['InternetChargeType'], 'PayByTraffic')
    addresses.add(instance['PublicIpAddress'].IpAddress[0])
  }
  assert.equal(addresses.size, 3)
})

test('what was ordered shows', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const instance = await runOne(server, {
    InstanceName: 'web:1_a.b-c',
    HostName: 'web-1.example',
    Description: 'A web server',
    KeyPairName: 'keys',
    ResourceGroupId: 'rg-1',
    DeploymentSetId: 'ds-1',
    DeletionProtection: true,
    HttpEndpoint: 'disabled',
    HttpTokens: 'required',
    AutoReleaseTime: '2026-01-02T04:04:59Z',
    InternetChargeType: 'PayByBandwidth',
    'Tag.1.Key': 'env',
    'Tag.1.Value': 'dev',
    'Tag.2.Key': '__proto__',
  })
  const names = [
    'InstanceName',
    'HostName',
    'Description',
    'KeyPairName',
    'ResourceGroupId',
    'DeploymentSetId',
  ] as const
  assert.deepEqual(
    names.map(name => instance[name]),
    ['web:1_a.b-c', 'web-1.example', 'A web server', 'keys', 'rg-1', 'ds-1'],
  )
  assert.equal(instance['DeletionProtection'], true)
  assert.deepEqual(
    [instance['MetadataOptions'].HttpEndpoint, instance['MetadataOptions'].HttpTokens],
    ['disabled', 'required'],
  )
  assert.deepEqual([instance['CreationTime'], instance['AutoReleaseTime']], ['2026-01-02T03:04Z', '2026-01-02T04:04Z'])
  assert.equal(instance['InternetChargeType'], 'PayByBandwidth')
  assert.deepEqual(instance['Tags'].Tag, [
    { TagKey: 'env', TagValue: 'dev' },
    { TagKey: '__proto__', TagValue: '' },
  ])
})

test('without names an instance is called by its id', async () => {
  await using server = await createTestApp()
  const { InstanceId, InstanceName, HostName, Tags } = await runOne(server)
  assert.equal(InstanceName, InstanceId)
  assert.equal(HostName, `iZ${InstanceId.slice(2)}Z`)
  assert.deepEqual(Tags, { Tag: [] })
})

test('a subscription ends after its period', async () => {
  await using server = await createTestApp({}, { startAt: start })
  await server.seed({ accounts: [{ id: '1000000000000001', balance: 10_000 }] })
  const ends = async (params: Params) => {
    const instance = await runOne(server, { InstanceChargeType: 'PrePaid', ...params })
    assert.deepEqual([instance['InstanceChargeType'], instance['SaleCycle']], ['PrePaid', 'Month'])
    return instance['ExpiredTime']
  }
  assert.equal(await ends({ Period: 1, PeriodUnit: 'Week' }), '2026-01-09T03:04Z')
  assert.equal(await ends({ Period: 2 }), '2026-03-03T03:04Z')
  assert.equal(await ends({ Period: 1, PeriodUnit: 'Year' }), '2027-01-02T03:04Z')
  assert.equal((await runOne(server))['ExpiredTime'], '2099-12-31T15:59Z')
})

test('a subscription comes with the number and the price of its order, the same ones for the same token', async () => {
  await using server = await createTestApp()
  const disk = { 'SystemDisk.Category': 'cloud_essd', 'SystemDisk.Size': 40 }
  const order = { InstanceChargeType: 'PrePaid', Period: 1, Amount: 3, ClientToken: 'once', ...disk }
  const params = {
    RegionId: 'cn-hangzhou',
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
  }
  // Half of 720 h at 0.68 for the type and 0.08 for the disk, thrice.
  const { RequestId: _, ...first } = await server.client.call('RunInstances', { ...params, ...order })
  assert.match(first['OrderId'], /^\d{15}$/)
  assert.equal(first['TradePrice'], 820.8)
  const { RequestId: __, ...again } = await server.client.call('RunInstances', { ...params, ...order })
  assert.deepEqual(again, first)
  const other = await server.client.call('CreateInstance', {
    ...params,
    ...disk,
    InstanceChargeType: 'PrePaid',
    Period: 1,
  })
  assert.equal(other['TradePrice'], 273.6)
  assert.notEqual(other['OrderId'], first['OrderId'])
})

test('a subscription that the account has no money for is not made', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '1000000000000001', balance: 273.59 }] })
  const disk = { 'SystemDisk.Category': 'cloud_essd', 'SystemDisk.Size': 40 }
  const order = { InstanceChargeType: 'PrePaid', Period: 1, ...disk }
  for (const DryRun of [true, false]) {
    const message = 'Your account does not have enough balance.'
    await expectError(run(server, { ...order, DryRun }), 'InvalidAccountStatus.NotEnoughBalance', {
      status: 403,
      message,
    })
  }
  assert.equal(await total(server), 0)
  await server.seed({ accounts: [{ id: '1000000000000001', balance: 273.6 }] })
  assert.equal((await run(server, order)).length, 1)
})

test('a spot instance shows its terms', async () => {
  await using server = await createTestApp()
  const spot = {
    SpotStrategy: 'SpotWithPriceLimit',
    SpotPriceLimit: 0.25,
    SpotDuration: 0,
    SpotInterruptionBehavior: 'Stop',
  }
  const instance = await runOne(server, spot)
  assert.deepEqual(
    Object.keys(spot).map(name => instance[name as keyof typeof spot]),
    Object.values(spot),
  )
  const plain = await runOne(server, { SpotInterruptionBehavior: 'Stop' })
  assert.deepEqual([plain['SpotStrategy'], plain['SpotInterruptionBehavior']], ['NoSpot', ''])
})

test('an account in arrears makes nothing', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '1000000000000001', balance: -0.01 }] })
  const message = 'Your account has been in arrears.'
  await expectError(run(server), 'Account.Arrearage', { status: 400, message })
  await expectError(run(server, { DryRun: true }), 'Account.Arrearage', { status: 400, message })
  assert.equal(await total(server), 0)
  await server.seed({ accounts: [{ id: '1000000000000001', balance: 0 }] })
  assert.equal((await run(server)).length, 1)
})
