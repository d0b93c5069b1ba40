import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'
import { tempFolder } from '../../../../test/support/temp.ts'

const order = {
  RegionId: 'cn-hangzhou',
  ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  InstanceType: 'ecs.g7.large',
}

async function create({ client }: Pick<TestApp, 'client'>, params: Params = {}): Promise<string> {
  return (await client.call('CreateInstance', { ...order, ...params }))['InstanceId']
}

async function total({ client }: TestApp): Promise<number> {
  return (await client.call('DescribeInstances', { RegionId: order.RegionId }))['TotalCount']
}

test('the answer holds one id and no price, and the instance goes from Pending to Stopped and stays there', async () => {
  await using server = await createTestApp()
  const { RequestId, InstanceId, ...rest } = await server.client.call('CreateInstance', order)
  assert.match(RequestId, /^[0-9A-F-]{36}$/)
  assert.match(InstanceId, /^i-bp1[a-z0-9]{17}$/)
  assert.deepEqual(rest, {})
  const shown = async () => {
    const instance = await server.describe(InstanceId)
    return [instance?.['Status'], instance?.['StoppedMode'], instance?.['StartTime']]
  }
  assert.deepEqual(await shown(), ['Pending', 'Not-applicable', ''])
  await server.advance(5)
  assert.deepEqual(await shown(), ['Stopped', 'KeepCharging', ''])
  await server.advance(3600)
  assert.deepEqual(await shown(), ['Stopped', 'KeepCharging', ''])
})

test('the log tells of Created and Stopped, and of nothing in between', async () => {
  await using server = await createTestApp()
  const id = await create(server)
  await server.advance(5)
  const { instance, timeline } = (await control(server, 'GET', `/instances/${id}`)).body
  assert.deepEqual([instance.intent.power, instance.machine, instance.operation], ['off', 'off', null])
  assert.deepEqual(
    timeline.map((one: any) => [one.state, one.actor, one.reason]),
    [
      ['Created', 'api', 'CreateInstance'],
      ['Stopped', 'platform', 'created; the machine stays off'],
    ],
  )
})

test('it can be started once it is Stopped, not while it is Pending, and then lives as any other', async () => {
  await using server = await createTestApp()
  const id = await create(server)
  await expectError(server.client.call('StartInstance', { InstanceId: id }), 'InstanceNotReady', { status: 403 })
  await server.advance(5)
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(10)
  assert.equal(await server.status(id), 'Running')
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  await server.advance(10)
  const { Status, StoppedMode } = await server.get(id)
  assert.deepEqual([Status, StoppedMode], ['Stopped', 'StopCharging'])
})

test('a server that restarts while the instance is Pending leaves it off all the same', async () => {
  using folder = tempFolder()
  const store = `sqlite:${folder.path}/state.db`
  let id: string
  {
    await using server = await createTestApp({ store })
    id = await create(server)
  }
  await using server = await createTestApp({ store })
  assert.equal(await server.status(id), 'Pending')
  await server.advance(60)
  assert.equal(await server.status(id), 'Stopped')
})

test('it gets no public address, whatever its bandwidth', async () => {
  await using server = await createTestApp()
  const id = await create(server, { InternetMaxBandwidthOut: 5 })
  const instance = await server.describe(id)
  assert.deepEqual([instance?.['PublicIpAddress'].IpAddress, instance?.['InternetMaxBandwidthOut']], [[], 5])
})

test('disks, names, addresses and tags are as ordered', async () => {
  await using server = await createTestApp()
  const id = await create(server, {
    InstanceName: 'web-1',
    HostName: 'web-1',
    PrivateIpAddress: '10.0.0.77',
    'SystemDisk.Category': 'cloud_essd',
    'SystemDisk.Size': 60,
    'DataDisk.1.Size': 100,
    'Tag.1.Key': 'env',
    'Tag.1.Value': 'dev',
  })
  const instance = await server.describe(id)
  assert.deepEqual(
    [instance?.['InstanceName'], instance?.['HostName'], instance?.['VpcAttributes'].PrivateIpAddress.IpAddress],
    ['web-1', 'web-1', ['10.0.0.77']],
  )
  assert.deepEqual(instance?.['Tags'].Tag, [{ TagKey: 'env', TagValue: 'dev' }])
  const { Disks } = await server.client.call('DescribeDisks', { RegionId: order.RegionId, InstanceId: id })
  assert.deepEqual(
    Disks.Disk.map(disk => [disk.Type, disk.Category, disk.Size]),
    [
      ['system', 'cloud_essd', 60],
      ['data', 'cloud_efficiency', 100],
    ],
  )
})

test('the checks are those of RunInstances', async () => {
  await using server = await createTestApp()
  const refused = (params: Params, code: string, status: number) =>
    expectError(server.client.call('CreateInstance', { ...order, ...params }), code, { status })
  await refused({ ImageId: '' }, 'MissingParameter', 400)
  await refused({ InstanceType: 'ecs.none.large' }, 'InvalidInstanceType.ValueNotSupported', 400)
  await refused({ SecurityGroupId: 'sg-none' }, 'InvalidSecurityGroupId.NotFound', 404)
  await refused({ VSwitchId: 'vsw-none' }, 'InvalidVSwitchId.NotFound', 404)
  await refused({ 'SystemDisk.Size': 5 }, 'InvalidSystemDiskSize.ValueNotSupported', 400)
  await refused({ InstanceChargeType: 'PrePaid' }, 'MissingParameter', 400)
  await refused({ DryRun: true }, 'DryRunOperation', 400)
  await refused({ NodeControllerId: 'nc-1' }, 'NotImplemented', 501)
  assert.equal(await total(server), 0)
})

test('a ClientToken makes one instance, and is apart from those of RunInstances', async () => {
  await using server = await createTestApp()
  const token = { ClientToken: 'token-1' }
  const id = await create(server, token)
  assert.equal(await create(server, token), id)
  await expectError(create(server, { ...token, InstanceName: 'other' }), 'IdempotentParameterMismatch', { status: 400 })
  await server.client.call('RunInstances', { ...order, ...token })
  assert.equal(await total(server), 2)
})
