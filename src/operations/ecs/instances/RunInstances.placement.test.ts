import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const base = {
  RegionId: 'cn-hangzhou',
  ZoneId: 'cn-hangzhou-b',
  ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  InstanceType: 'ecs.g7.xlarge',
}

async function run(server: TestApp, params: Params = {}) {
  const answer = await server.client.call('RunInstances', { ...base, ...params })
  return server.get(answer['InstanceIdSets'].InstanceIdSet[0])
}

const addressOf = (instance: Awaited<ReturnType<typeof run>>) => instance['VpcAttributes'].PrivateIpAddress.IpAddress[0]

test('an instance gets the private address it asks for, and nobody else gets it', async () => {
  await using server = await createTestApp()
  const zone = addressOf(await run(server))
  const wanted = zone.replace(/\d+$/, last => String(Number(last) + 2))
  assert.equal(addressOf(await run(server, { PrivateIpAddress: wanted })), wanted)
  await expectError(run(server, { PrivateIpAddress: wanted }), 'InvalidIPAddress.AlreadyUsed', { status: 403 })
  const answer = await server.client.call('RunInstances', { ...base, Amount: 5 })
  const ids = answer['InstanceIdSets'].InstanceIdSet as string[]
  const addresses = await Promise.all(ids.map(async id => addressOf(await server.get(id))))
  assert.equal(new Set([...addresses, zone, wanted]).size, 7)
})

test('a private address must be one of the vSwitch, and goes with one instance only', async () => {
  await using server = await createTestApp()
  for (const params of [
    { PrivateIpAddress: '8.8.8.8' },
    { PrivateIpAddress: '10.0.0.1' },
    { PrivateIpAddress: 'ten' },
    { PrivateIpAddress: '10.0.0.9', Amount: 2 },
  ]) {
    await expectError(run(server, params), 'InvalidPrivateIpAddress.Malformed', { status: 400 })
  }
})

test('the primary network interface may say where the instance goes', async () => {
  await using server = await createTestApp()
  const first = await run(server)
  const { VSwitchId } = first['VpcAttributes']
  const [group] = first['SecurityGroupIds'].SecurityGroupId
  const primary = (fields: object) =>
    Object.fromEntries(
      Object.entries({ InstanceType: 'Primary', ...fields }).map(([k, v]) => [`NetworkInterface.1.${k}`, v]),
    )
  const made = await run(server, primary({ VSwitchId, PrimaryIpAddress: '10.0.1.7', 'SecurityGroupIds.1': group }))
  assert.equal(addressOf(made), '10.0.1.7')
  assert.equal(made['NetworkInterfaces'].NetworkInterface[0].PrimaryIpAddress, '10.0.1.7')
  await expectError(run(server, { ...primary({}), SecurityGroupId: group }), 'InvalidParameter.Conflict')
  await expectError(run(server, primary({ VSwitchId: 'vsw-none' })), 'InvalidVSwitchId.NotFound')
  await expectError(run(server, primary({ SecurityGroupId: 'sg-none' })), 'InvalidSecurityGroupId.NotFound')
  await expectError(run(server, { 'NetworkInterface.1.VSwitchId': VSwitchId }), 'NotImplemented', { status: 501 })
})

test('CPU options are kept and shown, up to what the type has', async () => {
  await using server = await createTestApp()
  assert.deepEqual((await run(server))['CpuOptions'], { CoreCount: 2, ThreadsPerCore: 2, Numa: 'ON' })
  const one = await run(server, { 'CpuOptions.Core': 1, 'CpuOptions.ThreadsPerCore': 1 })
  assert.deepEqual(one['CpuOptions'], { CoreCount: 1, ThreadsPerCore: 1, Numa: 'ON' })
  await expectError(run(server, { 'CpuOptions.Core': 3 }), 'InvalidParameter', { message: /CpuOptions\.Core/ })
  await expectError(run(server, { InstanceType: 'ecs.g8y.large', 'CpuOptions.ThreadsPerCore': 2 }), 'InvalidParameter')
})

test('tenancy and affinity are kept and shown; hosts, private pools and IPv6 are not there', async () => {
  await using server = await createTestApp()
  const made = await run(server, { Tenancy: 'default', Affinity: 'host', 'PrivatePoolOptions.MatchCriteria': 'None' })
  assert.deepEqual(made['DedicatedInstanceAttribute'], { Tenancy: 'default', Affinity: 'host' })
  await run(server, { Ipv6AddressCount: 0 })
  await expectError(run(server, { Tenancy: 'host' }), 'InvalidDedicatedHostId.NotFound', { status: 404 })
  await expectError(run(server, { DedicatedHostId: 'dh-1' }), 'InvalidDedicatedHostId.NotFound')
  await expectError(run(server, { 'PrivatePoolOptions.Id': 'eap-1' }), 'InvalidPrivatePoolId.NotFound', { status: 404 })
  await expectError(run(server, { 'PrivatePoolOptions.MatchCriteria': 'Target' }), 'InvalidPrivatePoolId.NotFound')
  await expectError(run(server, { Ipv6AddressCount: 1 }), 'InvalidParameter', { message: /Ipv6AddressCount/ })
})
