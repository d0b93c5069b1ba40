import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { meterOf } from '../../../../test/support/bill.ts'
import { expectError } from '../../../../test/support/client.ts'

const modify = (server: TestApp, id: string, params: Record<string, string | number | boolean>) =>
  server.client.call('ModifyInstanceNetworkSpec', { InstanceId: id, ...params })
const publicIps = async (server: TestApp, id: string): Promise<string[]> =>
  (await server.get(id))['PublicIpAddress'].IpAddress

test('from 0 up it gives an address only where that is asked for, and 0 takes it away', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await modify(server, id, { InternetMaxBandwidthOut: 5 })
  assert.deepEqual(await publicIps(server, id), [])
  await modify(server, id, { InternetMaxBandwidthOut: 20, AllocatePublicIp: true })
  const [address] = await publicIps(server, id)
  assert.ok(address)
  await modify(server, id, { InternetMaxBandwidthOut: 10, AllocatePublicIp: true })
  assert.deepEqual(await publicIps(server, id), [address])
  const instance = await server.describe(id)
  assert.deepEqual([instance?.['InternetMaxBandwidthOut'], instance?.['InternetMaxBandwidthIn']], [10, 10])
  await modify(server, id, { InternetMaxBandwidthOut: 0 })
  assert.deepEqual(await publicIps(server, id), [])
})

test('the way bandwidth is paid changes with the bill', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await modify(server, id, { InternetMaxBandwidthOut: 5 })
  await modify(server, id, { NetworkChargeType: 'PayByBandwidth' })
  assert.equal((await server.describe(id))?.['InternetChargeType'], 'PayByBandwidth')
  await modify(server, id, { InternetMaxBandwidthOut: 0 })
  assert.deepEqual(
    (await meterOf(server)).map(row => row.rates.bandwidth),
    [0, 83_333, 0],
  )
})

test('an economical stop that has taken the address brings none back once the bandwidth is 0', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ publicIp: true, status: 'Stopped', stoppedMode: 'StopCharging' })
  await modify(server, id, { InternetMaxBandwidthOut: 0 })
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(60)
  assert.deepEqual(await publicIps(server, id), [])
})

test('is refused with an EIP, for an address without bandwidth, for subscriptions, and for nothing at all', async () => {
  await using server = await createTestApp()
  const plain = await server.instance()
  const eip = await server.instance({ eip: true })
  const subscription = await server.instance({ chargeType: 'PrePaid' })
  await expectError(modify(server, eip, { InternetMaxBandwidthOut: 5 }), 'InvalidInstance.EipNotSupport', {
    status: 403,
  })
  await expectError(modify(server, plain, { AllocatePublicIp: true }), 'InvalidParam.AllocatePublicIp', {
    status: 400,
  })
  await expectError(modify(server, subscription, { InternetMaxBandwidthOut: 5 }), 'ChargeTypeViolation', {
    status: 403,
  })
  await expectError(modify(server, plain, {}), 'MissingParameter', { status: 400 })
  await expectError(
    modify(server, plain, { InternetMaxBandwidthOut: 101 }),
    'InvalidInternetMaxBandwidthOut.ValueNotSupported',
  )
  const into = { InternetMaxBandwidthOut: 5, InternetMaxBandwidthIn: 20 }
  await expectError(modify(server, plain, into), 'InvalidInternetMaxBandwidthIn.ValueNotSupported')
})
