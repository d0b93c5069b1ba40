import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { account, region } from '../../../../test/support/batch.ts'
import { costOf, meterOf, totalOf } from '../../../../test/support/bill.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'

const day = 86_400
const startAt = Date.UTC(2026, 8, 1)
/** 0.76 an hour, in nano-yuan a second. */
const rate = 211_111n

function change({ client }: TestApp, ids: readonly string[], params: Params = {}) {
  return client.call('ModifyInstanceChargeType', { RegionId: region, InstanceIds: JSON.stringify(ids), ...params })
}

async function shown(server: TestApp, id: string) {
  const instance = await server.describe(id)
  return (['InstanceChargeType', 'ExpiredTime', 'Status', 'StoppedMode'] as const).map(name => instance?.[name])
}

test('pay-as-you-go becomes a subscription: paid at once, and metered no longer from that second on', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance()
  await server.advance(3600)
  const answer = await change(server, [id], { Period: 1 })
  assert.match(answer['OrderId'], /^\d{15}$/)
  assert.deepEqual(answer['FeeOfInstances'], {
    FeeOfInstance: [{ InstanceId: id, Currency: 'CNY', Fee: '273.60' }],
  })
  assert.deepEqual(await shown(server, id), ['PrePaid', '2026-10-01T01:00Z', 'Running', 'Not-applicable'])
  await server.advance(20 * day)
  assert.equal(await totalOf(server), 3600n * rate + 273_600_000_000n)
  assert.equal((await costOf(server)).total, 274.36)
  await server.advance(10 * day + 10)
  assert.equal(await server.status(id), 'Stopped')
})

test('a subscription becomes pay-as-you-go: what is left is paid back, and the meter runs', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  await server.advance(10 * day)
  const answer = await change(server, [id], { InstanceChargeType: 'PostPaid', IsDetailFee: true })
  // Two thirds of 273.60.
  assert.equal(answer['FeeOfInstances'].FeeOfInstance[0].Fee, '-182.40')
  assert.deepEqual(await shown(server, id), ['PostPaid', '2099-12-31T15:59Z', 'Running', 'Not-applicable'])
  await server.advance(100)
  assert.equal(await totalOf(server), 91_200_000_000n + 100n * rate)
  const refund = await costOf(server, { from: startAt + 10 * day * 1000, until: startAt + 10 * day * 1000 + 50_000 })
  assert.deepEqual([refund.total, refund.items.compute], [-182.39, -163.19])
  // It ends no more.
  await server.advance(100 * day)
  assert.equal(await server.status(id), 'Running')
  assert.deepEqual(Object.keys(await change(server, [id], { Period: 1 })).sort(), [
    'FeeOfInstances',
    'OrderId',
    'RequestId',
  ])
  const plain = await change(server, [id], { InstanceChargeType: 'PostPaid' })
  assert.deepEqual(Object.keys(plain).sort(), ['OrderId', 'RequestId'])
})

test('a stopped instance changes too, and stays stopped', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ status: 'Stopped' })
  await change(server, [id], { Period: 2, PeriodUnit: 'Week' })
  assert.deepEqual(await shown(server, id), ['PrePaid', '2026-09-15T00:00Z', 'Stopped', 'Not-applicable'])
  await change(server, [id], { InstanceChargeType: 'PostPaid' })
  assert.deepEqual(await shown(server, id), ['PostPaid', '2099-12-31T15:59Z', 'Stopped', 'KeepCharging'])
  assert.equal(await totalOf(server), 0n)
})

test('all or none: the first that cannot be changed refuses them all', async () => {
  await using server = await createTestApp({}, { startAt })
  const good = await server.instance()
  const economical = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
  const message = 'The instance is stopped in economical mode. Start it before its billing method is changed.'
  await expectError(change(server, [good, economical], { Period: 1 }), 'InvalidStatus.ValueNotSupported', {
    status: 400,
    message,
  })
  assert.equal((await shown(server, good))[0], 'PostPaid')
  await server.client.call('StartInstance', { InstanceId: economical })
  await server.advance(10)
  await change(server, [good, economical], { Period: 1 })
  assert.deepEqual([(await shown(server, good))[0], (await shown(server, economical))[0]], ['PrePaid', 'PrePaid'])
})

test('what cannot be changed is refused with its code, and a dry run says so as well', async () => {
  await using server = await createTestApp({}, { startAt })
  const make = (fields: Parameters<TestApp['instance']>[0] = {}) => server.instance(fields)
  await server.seed({ accounts: [{ id: '1000000000000001', balance: 1000 }] })
  const plain = await make()
  const released = await make()
  const AutoReleaseTime = '2026-09-02T00:00:00Z'
  await server.client.call('ModifyInstanceAutoReleaseTime', { InstanceId: released, AutoReleaseTime })
  const elsewhere = await make({ region: 'cn-beijing', zone: 'cn-beijing-h' })
  const Period = 1
  for (const [id, params, code, status] of [
    ['i-bp1unknown0000000001', { Period }, 'InvalidInstanceId.NotFound', 404],
    [elsewhere, { Period }, 'InvalidInstanceId.NotFound', 404],
    [plain, { InstanceChargeType: 'PostPaid' }, 'InvalidInstanceChargeType.ValueNotSupported', 400],
    [plain, { InstanceChargeType: 'Spot' }, 'InvalidInstanceChargeType.ValueNotSupported', 400],
    [await make({ spot: true }), { Period }, 'InvalidSpotStrategy', 400],
    [released, { Period }, 'ReleaseTimeHaveBeenSet', 400],
    [await make({ status: 'Starting' }), { Period }, 'InvalidStatus.ValueNotSupported', 400],
    [await make({ locks: ['financial'] }), { Period }, 'Account.Arrearage', 403],
    [await make({ locks: ['security'] }), { Period }, 'InstanceLockedForSecurity', 403],
    [
      await make({ chargeType: 'PrePaid', locks: ['financial'] }),
      { InstanceChargeType: 'PostPaid' },
      'ExpiredInstance',
      400,
    ],
    [plain, {}, 'InvalidPeriod', 400],
    [plain, { Period: 10 }, 'InvalidPeriod.UnitMismatch', 400],
    [plain, { Period: 12 }, 'InvalidAccountStatus.NotEnoughBalance', 403],
    [plain, { Period, AutoPay: false }, 'NotImplemented', 501],
  ] as const) {
    for (const DryRun of [true, false]) await expectError(change(server, [id], { ...params, DryRun }), code, { status })
  }
  await expectError(change(server, [], { Period }), 'InvalidParameter.InstanceIds', { status: 400 })
  const many = Array.from({ length: 21 }, (_, index) => `i-bp1many00000000${1000 + index}`)
  await expectError(change(server, many, { Period }), 'InstancesIdQuotaExceed', { status: 400 })
  await expectError(change(server, [plain], { Period, DryRun: true }), 'DryRunOperation', { status: 400 })
  assert.deepEqual((await shown(server, plain))[0], 'PostPaid')
})

test('a token changes once', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance()
  const first = await change(server, [id], { Period: 1, ClientToken: 'once' })
  assert.equal((await change(server, [id], { Period: 1, ClientToken: 'once' }))['OrderId'], first['OrderId'])
  assert.equal((await meterOf(server)).length, 2)
  await control(server, 'PUT', `/accounts/${account}`, { balance: 0 })
  await expectError(change(server, [id], { Period: 2, ClientToken: 'once' }), 'IdempotenceParamNotMatch')
})

test('one token for the whole life of an instance, as Terraform has it: there, back and there again', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance()
  const token = { ClientToken: `terraform-modify-instance-charge-type-${id}` }
  const subscribe = { ...token, InstanceChargeType: 'PrePaid', Period: 1 }
  const giveUp = { ...token, InstanceChargeType: 'PostPaid' }
  const orders: string[] = []
  for (const params of [subscribe, giveUp, subscribe, giveUp, { ...subscribe, Period: 2 }]) {
    orders.push((await change(server, [id], params))['OrderId'])
    assert.equal((await server.describe(id))?.['InstanceChargeType'], params.InstanceChargeType)
    // The client lost the answer and asks again.
    assert.equal((await change(server, [id], params))['OrderId'], orders.at(-1))
  }
  assert.equal(new Set(orders).size, 5)
})
