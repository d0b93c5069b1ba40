import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }
const start = Date.UTC(2026, 0, 2, 3, 4, 59, 999)

function call({ client }: TestApp, params: Params = {}) {
  return client.call('DescribeInstances', { ...region, ...params })
}

const nothing = { TotalCount: 0, PageNumber: 1, PageSize: 10, NextToken: '', Instances: { Instance: [] } }

test('ids that do not exist are just not there', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const { RequestId, ...none } = await call(server, { InstanceIds: '["i-bp1unknown000"]' })
  assert.match(RequestId, /^[0-9A-F-]{36}$/)
  assert.deepEqual(none, nothing)
  const { TotalCount } = await call(server, { InstanceIds: `["i-bp1unknown000","not an id","${id}"]` })
  assert.equal(TotalCount, 1)
})

test('an empty list of ids finds nothing, in either style of paging', async () => {
  await using server = await createTestApp()
  await server.instance()
  for (const params of [{}, { MaxResults: 10 }]) {
    const answer = await call(server, { InstanceIds: '[]', ...params })
    assert.deepEqual([answer['TotalCount'], answer['Instances'], answer['NextToken']], [0, { Instance: [] }, ''])
  }
})

test('ids are a JSON list of at most 100 texts', async () => {
  await using server = await createTestApp()
  for (const InstanceIds of [
    '[',
    'i-bp1unknown000',
    '"i-bp1unknown000"',
    '[1]',
    '{"0":"i-1"}',
    "['i-1']",
    '["i-1",]',
  ]) {
    const message = 'The specified InstanceIds is malformed.'
    await expectError(call(server, { InstanceIds }), 'InvalidInstanceIds.Malformed', { status: 400, message })
  }
  const ids = (length: number) => JSON.stringify(Array.from({ length }, (_, index) => `i-bp1unknown${index}`))
  assert.equal((await call(server, { InstanceIds: ids(100) }))['TotalCount'], 0)
  const message = 'Instance ids cannot be more than 100.'
  await expectError(call(server, { InstanceIds: ids(101) }), 'InvalidParameter.TooManyInstanceIds', {
    status: 403,
    message,
  })
})

test('a RAM user without permission sees nothing; only a dry run tells why', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const policy = [{ effect: 'Allow' as const, action: ['ecs:DescribeInstances'], resource: ['acs:ecs:cn-beijing:*:*'] }]
  const key = { id: 'reader', secret: 'reader-secret' }
  await server.seed({ accounts: [{ id: '1000000000000001', accessKeys: [{ ...key, policy }] }] })
  const reader = server.clientFor(key.id, key.secret)
  for (const params of [{}, { InstanceIds: `["${id}"]` }, { MaxResults: 10 }, { PageNumber: 1 }]) {
    const { RequestId, ...answer } = await reader.call('DescribeInstances', { ...region, ...params })
    assert.deepEqual(answer, nothing, RequestId)
  }
  const dryRun = reader.call('DescribeInstances', { ...region, DryRun: true })
  const { body } = await expectError(dryRun, 'Forbidden.RAM', { status: 403 })
  assert.equal(body['AccessDeniedDetail'].AuthResource, 'acs:ecs:cn-hangzhou:1000000000000001:instance/*')
  const elsewhere = reader.call('DescribeInstances', { RegionId: 'cn-beijing', DryRun: true })
  await expectError(elsewhere, 'DryRunOperation')
})

test('a dry run checks the parameters and shows nothing', async () => {
  await using server = await createTestApp()
  const message = 'Request validation has been passed with DryRun flag set.'
  await expectError(call(server, { DryRun: true }), 'DryRunOperation', { status: 400, message })
  await expectError(call(server, { DryRun: true, Status: 'Gone' }), 'InvalidStatus.NotFound', { status: 404 })
  const badFilter = { DryRun: true, 'Filter.1.Key': 'Colour' }
  await expectError(call(server, badFilter), 'InvalidFilterKey.NotFound', { status: 404 })
})

test('a running instance in a VPC shows what clients look at', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance({ name: 'web', type: 'ecs.g7.large', publicIp: true, tags: { env: 'dev', a: '' } })
  const instance = await server.get(id)
  const shown = (...names: (keyof typeof instance)[]) => Object.fromEntries(names.map(name => [name, instance[name]]))
  assert.deepEqual(shown('InstanceName', 'HostName', 'Status', 'StoppedMode', 'RegionId', 'ZoneId'), {
    InstanceName: 'web',
    HostName: `iZ${id.slice(2)}Z`,
    Status: 'Running',
    StoppedMode: 'Not-applicable',
    RegionId: 'cn-hangzhou',
    ZoneId: 'cn-hangzhou-h',
  })
  assert.deepEqual(shown('CreationTime', 'StartTime', 'ExpiredTime', 'AutoReleaseTime', 'SaleCycle'), {
    CreationTime: '2026-01-02T03:04Z',
    StartTime: '2026-01-02T03:04Z',
    ExpiredTime: '2099-12-31T15:59Z',
    AutoReleaseTime: '',
    SaleCycle: '',
  })
  assert.deepEqual(shown('InstanceType', 'InstanceTypeFamily', 'Cpu', 'Memory', 'CpuOptions', 'OSType'), {
    InstanceType: 'ecs.g7.large',
    InstanceTypeFamily: 'ecs.g7',
    Cpu: 2,
    Memory: 8192,
    CpuOptions: { CoreCount: 1, ThreadsPerCore: 2, Numa: 'ON' },
    OSType: 'linux',
  })
  assert.deepEqual(shown('OperationLocks', 'InnerIpAddress', 'EipAddress', 'Tags'), {
    OperationLocks: { LockReason: [] },
    InnerIpAddress: { IpAddress: [] },
    EipAddress: { AllocationId: '', IpAddress: '', InternetChargeType: '', Bandwidth: 0, IsSupportUnassociate: false },
    Tags: {
      Tag: [
        { TagKey: 'env', TagValue: 'dev' },
        { TagKey: 'a', TagValue: '' },
      ],
    },
  })
  const { VpcId, VSwitchId, PrivateIpAddress } = instance['VpcAttributes']
  assert.match(VpcId, /^vpc-bp1[a-z0-9]{18}$/)
  assert.match(VSwitchId, /^vsw-bp1[a-z0-9]{18}$/)
  assert.match(instance['PublicIpAddress'].IpAddress[0], /^198\.1[89]\.\d+\.\d+$/)
  const [network] = instance['NetworkInterfaces'].NetworkInterface
  assert.deepEqual([network.Type, network.PrimaryIpAddress], ['Primary', PrivateIpAddress.IpAddress[0]])
  assert.match(network.MacAddress, /^00:16:3e(:[0-9a-f]{2}){3}$/)
})

test('a classic, locked, subscribed instance that is stopped shows that', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance({
    network: 'classic',
    status: 'Stopped',
    chargeType: 'PrePaid',
    locks: ['financial', 'security'],
  })
  const instance = await server.get(id)
  assert.equal(instance['Status'], 'Stopped')
  assert.deepEqual([instance['InstanceChargeType'], instance['ExpiredTime']], ['PrePaid', '2026-02-01T03:04Z'])
  const lock = (LockReason: string) => ({ LockReason, LockMsg: '' })
  assert.deepEqual(instance['OperationLocks'], { LockReason: [lock('financial'), lock('security')] })
  assert.equal(instance['InnerIpAddress'].IpAddress.length, 1)
  assert.deepEqual(instance['NetworkInterfaces'], { NetworkInterface: [] })
  assert.deepEqual(instance['VpcAttributes'], {
    VpcId: '',
    VSwitchId: '',
    NatIpAddress: '',
    PrivateIpAddress: { IpAddress: [] },
  })
})

test('an instance shows the EIP it has', async () => {
  await using server = await createTestApp()
  const instance = await server.get(await server.instance({ eip: true }))
  const { AllocationId, IpAddress, ...eip } = instance['EipAddress']
  assert.match(AllocationId, /^eip-bp1[a-z0-9]{17}$/)
  assert.match(IpAddress, /^198\.1[89]\.\d+\.\d+$/)
  assert.deepEqual(eip, { InternetChargeType: 'PayByTraffic', Bandwidth: 5, IsSupportUnassociate: true })
  assert.deepEqual(instance['PublicIpAddress'].IpAddress, [])
})

test('a stopped instance shows the mode it was stopped in', async () => {
  await using server = await createTestApp()
  for (const stoppedMode of ['KeepCharging', 'StopCharging'] as const) {
    const id = await server.instance({ status: 'Stopped', stoppedMode })
    assert.equal((await server.describe(id))?.['StoppedMode'], stoppedMode)
  }
})

test('a spot instance shows its strategy, a GPU and local disks show theirs', async () => {
  await using server = await createTestApp()
  const spot = await server.get(await server.instance({ spot: true }))
  assert.deepEqual([spot['SpotStrategy'], spot['SpotInterruptionBehavior']], ['SpotAsPriceGo', 'Terminate'])
  const { InstanceTypes } = await server.client.call('DescribeInstanceTypes')
  const types = InstanceTypes.InstanceType
  const withGpu = types.find(type => type['GPUAmount'] > 0)
  const withDisks = types.find(type => type['LocalStorageAmount'] > 0)
  for (const type of [withGpu, withDisks]) {
    assert.ok(type)
    const shown = await server.get(await server.instance({ type: type['InstanceTypeId'] }))
    assert.deepEqual([shown['GPUAmount'], shown['GPUSpec']], [type['GPUAmount'], type['GPUSpec']])
    assert.deepEqual(
      [shown['LocalStorageAmount'], shown['LocalStorageCapacity']],
      [type['LocalStorageAmount'] ?? 0, type['LocalStorageCapacity'] ?? 0],
    )
    assert.deepEqual([shown['Cpu'], shown['Memory']], [type['CpuCoreCount'], type['MemorySize'] * 1024])
  }
})

test('every instance has every field, so that no client stumbles', async () => {
  await using server = await createTestApp()
  const ids = [
    await server.instance(),
    await server.instance({ network: 'classic', status: 'Stopped', spot: true }),
    await server.instance({ chargeType: 'PrePaid', eip: true, tags: { a: 'b' } }),
    await server.instance({ type: 'ecs.t6-c1m1.large', status: 'Pending' }),
  ]
  const names: string[][] = []
  for (const id of ids) {
    const instance = await server.get(id)
    assert.ok(Object.values(instance).every(value => value !== null && value !== undefined))
    names.push(Object.keys(instance))
  }
  assert.ok((names[0]?.length ?? 0) > 60)
  for (const other of names) assert.deepEqual(other, names[0])
})
