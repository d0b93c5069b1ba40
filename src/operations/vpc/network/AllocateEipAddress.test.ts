import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'
import { allocateEip, describeEip, getEip, vpcOf } from '../../../../test/support/eips.ts'

const startAt = Date.UTC(2026, 0, 2, 3, 4, 5)

test('an EIP is Available, with the bandwidth and the charge type that were asked for', async () => {
  await using server = await createTestApp({}, { startAt })
  const order = {
    Bandwidth: 10,
    InternetChargeType: 'PayByTraffic',
    Name: 'front',
    'Tag.1.Key': 'env',
    'Tag.1.Value': 'dev',
  }
  const { AllocationId: id, EipAddress: address } = await vpcOf(server).call('AllocateEipAddress', order)
  assert.match(id, /^eip-bp1[a-z0-9]{17}$/)
  const eip = await getEip(server, id)
  assert.equal(eip['IpAddress'], address)
  const shown = [
    'Status',
    'Bandwidth',
    'InternetChargeType',
    'Name',
    'AllocationTime',
    'InstanceId',
    'ChargeType',
  ] as const
  assert.deepEqual(
    shown.map(name => eip[name]),
    ['Available', '10', 'PayByTraffic', 'front', '2026-01-02T03:04:05Z', '', 'PostPaid'],
  )
  assert.deepEqual(eip['Tags'], { Tag: [{ Key: 'env', Value: 'dev' }] })
})

test('without a wish it has 5 Mbit/s of fixed bandwidth', async () => {
  await using server = await createTestApp()
  const eip = await describeEip(server, await allocateEip(server))
  assert.deepEqual([eip?.['Bandwidth'], eip?.['InternetChargeType']], ['5', 'PayByBandwidth'])
})

test('bandwidth has a limit for each charge type, and names have a form', async () => {
  await using server = await createTestApp()
  const refuse = (params: Record<string, string | number>) =>
    expectError(allocateEip(server, params), 'InvalidParameter', { status: 400 })
  await refuse({ Bandwidth: 501 })
  await refuse({ Bandwidth: 201, InternetChargeType: 'PayByTraffic' })
  await refuse({ Name: '1' })
  await refuse({ Description: 'x' })
  await allocateEip(server, { Bandwidth: 500 })
})

test('a subscription is refused, since there is none', async () => {
  await using server = await createTestApp()
  await expectError(allocateEip(server, { InstanceChargeType: 'PrePaid' }), 'NotImplemented', { status: 501 })
})

test('an account in arrears gets none', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '1000000000000001', balance: -1 }] })
  await expectError(allocateEip(server), 'InsufficientBalance', { status: 400 })
})

test('a ClientToken brings one EIP, however often it is sent', async () => {
  await using server = await createTestApp()
  const first = await allocateEip(server, { ClientToken: 'once' })
  assert.equal(await allocateEip(server, { ClientToken: 'once' }), first)
  await expectError(allocateEip(server, { ClientToken: 'once', Bandwidth: 9 }), 'IdempotentParameterMismatch')
  assert.equal((await vpcOf(server).call('DescribeEipAddresses'))['TotalCount'], 1)
})
