import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'
import { tempFolder } from '../../../../test/support/temp.ts'

const stopped = { status: 'Stopped' } as const
const larger = { InstanceType: 'ecs.g7.2xlarge' }

function modify({ client }: Pick<TestApp, 'client'>, InstanceId: string, params: Params): Promise<unknown> {
  return client.call('ModifyInstanceSpec', { InstanceId, ...params })
}

async function size(server: TestApp, id: string) {
  const { InstanceType, InstanceTypeFamily, Cpu, Memory, CpuOptions } = await server.get(id)
  return [InstanceType, InstanceTypeFamily, Cpu, Memory, CpuOptions?.CoreCount]
}

async function bandwidth(server: TestApp, id: string) {
  const { InternetMaxBandwidthOut, InternetMaxBandwidthIn } = await server.get(id)
  return [InternetMaxBandwidthOut, InternetMaxBandwidthIn]
}

test('a stopped instance has its new type at once, and keeps it when it starts and when the server restarts', async () => {
  using folder = tempFolder()
  const store = `sqlite:${folder.path}/state.db`
  let id: string
  {
    await using server = await createTestApp({ store })
    id = await server.instance(stopped)
    const { RequestId, ...rest } = await server.client.call('ModifyInstanceSpec', { InstanceId: id, ...larger })
    assert.match(RequestId, /^[0-9A-F-]{36}$/)
    assert.deepEqual(rest, {})
    assert.deepEqual(await size(server, id), ['ecs.g7.2xlarge', 'ecs.g7', 8, 32_768, 4])
  }
  await using server = await createTestApp({ store })
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(10)
  assert.equal(await server.status(id), 'Running')
  assert.deepEqual(await size(server, id), ['ecs.g7.2xlarge', 'ecs.g7', 8, 32_768, 4])
  const query = { RegionId: 'cn-hangzhou', InstanceTypeFamily: 'ecs.g7', ...larger }
  assert.equal((await server.client.call('DescribeInstances', query))['TotalCount'], 1)
})

test('credits come and go with a burstable type', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ ...stopped, type: 'ecs.g6.large' })
  const credits = async () => (await server.describe(id))?.['CreditSpecification']
  assert.equal(await credits(), '')
  await modify(server, id, { InstanceType: 'ecs.t6-c1m2.large' })
  assert.equal(await credits(), 'Standard')
  await modify(server, id, { InstanceType: 'ecs.g6.large' })
  assert.equal(await credits(), '')
})

for (const status of ['Pending', 'Starting', 'Running', 'Stopping'] as const) {
  test(`the type of an instance that is ${status} stays as it is`, async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status })
    await expectError(modify(server, id, larger), 'InvalidInstanceStatus.NotStopped', {
      status: 400,
      message: 'The specified Instance status is not stopped.',
    })
    assert.equal((await size(server, id))[0], 'ecs.g7.large')
  })
}

test('the bandwidth of a running or stopped instance changes at once; what comes in follows what goes out', async () => {
  await using server = await createTestApp()
  for (const status of ['Running', 'Stopped'] as const) {
    const id = await server.instance({ status, publicIp: true })
    await modify(server, id, { InternetMaxBandwidthOut: 50 })
    assert.deepEqual(await bandwidth(server, id), [50, 50])
    await modify(server, id, { InternetMaxBandwidthIn: 20 })
    assert.deepEqual(await bandwidth(server, id), [50, 20])
    await modify(server, id, { InternetMaxBandwidthOut: 5 })
    assert.deepEqual(await bandwidth(server, id), [5, 10])
    assert.equal(await server.status(id), status)
  }
})

test('a bandwidth that does not fit is refused', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await expectError(modify(server, id, { InternetMaxBandwidthOut: 101 }), 'InvalidParameter', { status: 400 })
  for (const params of [{ InternetMaxBandwidthIn: 11 }, { InternetMaxBandwidthOut: 20, InternetMaxBandwidthIn: 21 }]) {
    await expectError(modify(server, id, params), 'InvalidParameter.Bandwidth', { status: 400 })
  }
  const withEip = await server.instance({ eip: true })
  await expectError(modify(server, withEip, { InternetMaxBandwidthOut: 5 }), 'InvalidInstance.EipNotSupport', {
    status: 403,
  })
  for (const status of ['Pending', 'Starting', 'Stopping'] as const) {
    const passing = await server.instance({ status })
    const call = modify(server, passing, { InternetMaxBandwidthOut: 5 })
    await expectError(call, 'InvalidStatus.ValueNotSupported', { status: 403 })
  }
})

test('one of type and bandwidth is to be given, not both', async () => {
  await using server = await createTestApp()
  const id = await server.instance(stopped)
  const both = { ...larger, InternetMaxBandwidthOut: 5 }
  await expectError(modify(server, id, both), 'InvalidParameter.Mismatch', { status: 400 })
  await expectError(modify(server, id, {}), 'MissingParameter', { status: 400 })
})

for (const { why, instance = {}, type = larger.InstanceType, code, status } of [
  { why: 'an unknown type', type: 'ecs.none.large', code: 'InvalidInstanceType.ValueNotSupported', status: 400 },
  { why: 'the type it has', type: 'ecs.g7.large', code: 'DependencyViolation.InstanceType', status: 400 },
  { why: 'a type with local disks', type: 'ecs.i4.large', code: 'DependencyViolation.InstanceType', status: 400 },
  { why: 'another architecture', type: 'ecs.g8y.large', code: 'ImageNotSupportInstanceType', status: 403 },
  { why: 'local disks', instance: { type: 'ecs.i4.large' }, code: 'CategoryViolation', status: 403 },
  { why: 'a subscription', instance: { chargeType: 'PrePaid' }, code: 'ChargeTypeViolation', status: 403 },
  { why: 'a spot instance', instance: { spot: true }, code: 'ChargeTypeViolation', status: 403 },
  { why: 'a security lock', instance: { locks: ['security'] }, code: 'InstanceLockedForSecurity', status: 403 },
  { why: 'a financial lock', instance: { locks: ['financial'] }, code: 'Account.Arrearage', status: 400 },
  {
    why: 'management by a product',
    instance: { managed: true },
    code: 'OperationDenied.SystemInstanceNotSupport',
    status: 403,
  },
] as const) {
  test(`${why} refuses the change of the type`, async () => {
    await using server = await createTestApp()
    const given: Record<string, any> = instance
    const id = await server.instance({ ...stopped, ...given })
    const before = await size(server, id)
    await expectError(modify(server, id, { InstanceType: type }), code, { status })
    assert.deepEqual(await size(server, id), before)
  })
}

test('more disks than the type can have refuse it', async () => {
  await using server = await createTestApp()
  const disks = Array.from({ length: 16 }, (_, index) => [`DataDisk.${index + 1}.Size`, '20'])
  const { InstanceId } = await server.client.call('CreateInstance', {
    RegionId: 'cn-hangzhou',
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.2xlarge',
    ...Object.fromEntries(disks),
  })
  await server.advance(5)
  const call = modify(server, InstanceId, { InstanceType: 'ecs.g7.large' })
  await expectError(call, 'InstanceTypeNotSupported.TooManyDisksAttached', { status: 400 })
})

test('a reboot or release in flight is a conflict, and arrears of the account refuse everything', async () => {
  await using server = await createTestApp()
  const rebooting = await server.instance()
  await server.client.call('RebootInstance', { InstanceId: rebooting })
  await expectError(modify(server, rebooting, larger), 'OperationConflict', { status: 409 })
  const id = await server.instance(stopped)
  await control(server, 'PUT', '/accounts/1000000000000001', { balance: -1 })
  await expectError(modify(server, id, larger), 'Account.Arrearage', {
    status: 400,
    message: 'Your account has an outstanding payment.',
  })
})

test('an instance of another account, or none, does not exist', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [{ id: 'other', secret: 'other-secret' }] }] })
  const id = await server.instance({ ...stopped, account: '2000000000000002' })
  await expectError(modify(server, id, larger), 'InvalidInstanceId.NotFound', { status: 404 })
  await expectError(modify(server, 'i-bp1none0000000000', larger), 'InvalidInstanceId.NotFound', { status: 404 })
})

test('a repeat with the same ClientToken succeeds and does nothing, another change under it is refused', async () => {
  await using server = await createTestApp()
  const id = await server.instance(stopped)
  const token = { ClientToken: 'token-1' }
  await modify(server, id, { ...larger, ...token })
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(10)
  await modify(server, id, { ...larger, ...token })
  await expectError(modify(server, id, { InstanceType: 'ecs.g7.xlarge', ...token }), 'IdempotenceParamNotMatch', {
    status: 400,
  })
})

test('a dry run checks and changes nothing', async () => {
  await using server = await createTestApp()
  const id = await server.instance(stopped)
  await expectError(modify(server, id, { ...larger, DryRun: true }), 'DryRunOperation', { status: 400 })
  assert.equal((await size(server, id))[0], 'ecs.g7.large')
  const running = await server.instance()
  await expectError(modify(server, running, { ...larger, DryRun: true }), 'InvalidInstanceStatus.NotStopped')
})
