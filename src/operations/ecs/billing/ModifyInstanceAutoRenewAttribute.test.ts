import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { region } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const modify = ({ client }: TestApp, ids: readonly string[], params: Params) =>
  client.call('ModifyInstanceAutoRenewAttribute', { RegionId: region, InstanceId: ids.join(','), ...params })

async function describe({ client }: TestApp, params: Params) {
  const answer = await client.call('DescribeInstanceAutoRenewAttribute', { RegionId: region, ...params })
  return answer['InstanceRenewAttributes'].InstanceRenewAttribute
}

test('subscriptions are set to renew themselves, and shown as they are set', async () => {
  await using server = await createTestApp()
  const ids = await server.seed({ instances: [{ count: 3, region, chargeType: 'PrePaid' }, { region }] })
  const [first = '', second = '', third = ''] = ids
  assert.deepEqual(await describe(server, { InstanceId: first }), [
    {
      InstanceId: first,
      RenewalStatus: 'Normal',
      AutoRenewEnabled: false,
      Duration: 0,
      PeriodUnit: '',
      EnableExpectedRenewDay: false,
    },
  ])
  await modify(server, [first, second], { AutoRenew: true, Duration: 3, PeriodUnit: 'month' })
  await modify(server, [third], { AutoRenew: true, RenewalStatus: 'NotRenewal' })
  const found = async (RenewalStatus: string) => {
    const list = await describe(server, { RenewalStatus })
    return list.map(one => [one.InstanceId, one.AutoRenewEnabled, one.Duration, one.PeriodUnit])
  }
  assert.deepEqual(await found('AutoRenewal'), [
    [second, true, 3, 'Month'],
    [first, true, 3, 'Month'],
  ])
  assert.deepEqual(await found('NotRenewal'), [[third, false, 0, '']])
  assert.deepEqual(await found('Normal'), [])
  const named = { InstanceId: `${first},${third}`, RenewalStatus: 'AutoRenewal' }
  assert.equal((await describe(server, named)).length, 1)
  await modify(server, [first], { AutoRenew: false })
  assert.equal((await describe(server, { RenewalStatus: 'Normal' })).length, 1)
})

test('subscriptions come in pages', async () => {
  await using server = await createTestApp()
  await server.seed({ instances: [{ count: 5, region, chargeType: 'PrePaid' }] })
  const page = (PageNumber: number) =>
    server.client.call('DescribeInstanceAutoRenewAttribute', {
      RegionId: region,
      RenewalStatus: 'Normal',
      PageNumber,
      PageSize: 2,
    })
  const lengths = []
  for (const number of [1, 2, 3, 4]) {
    const { InstanceRenewAttributes, ...rest } = await page(number)
    lengths.push(InstanceRenewAttributes.InstanceRenewAttribute.length)
    assert.deepEqual([rest['PageNumber'], rest['PageSize'], rest['TotalCount']], [number, 2, 5])
  }
  assert.deepEqual(lengths, [2, 2, 1, 0])
})

test('RunInstances says from the beginning that a subscription renews itself', async () => {
  await using server = await createTestApp()
  const { InstanceIdSets } = await server.client.call('RunInstances', {
    RegionId: region,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
    InstanceChargeType: 'PrePaid',
    Period: 1,
    PeriodUnit: 'Week',
    AutoRenew: true,
    AutoRenewPeriod: 2,
  })
  const [{ AutoRenewEnabled, Duration, PeriodUnit }] = await describe(server, {
    InstanceId: InstanceIdSets.InstanceIdSet[0],
  })
  assert.deepEqual([AutoRenewEnabled, Duration, PeriodUnit], [true, 2, 'Week'])
})

test('what cannot be set or told is refused', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ chargeType: 'PrePaid' })
  const postPaid = await server.instance()
  const status = { status: 403 }
  const many = Array.from({ length: 101 }, (_, index) => `i-bp1many00000000${1000 + index}`)
  for (const [ids, params, code] of [
    [[id, postPaid], { AutoRenew: true }, 'ChargeTypeViolation'],
    [['i-bp1unknown0000000001'], { AutoRenew: true }, 'InvalidParameter.InvalidInstanceId'],
    [['web'], { AutoRenew: true }, 'InvalidParameter.InvalidInstanceId'],
    [[id], { AutoRenew: true, Duration: 4 }, 'InvalidParameter.Duration'],
    [[id], { AutoRenew: true, PeriodUnit: 'Day' }, 'InvalidPeriodUnit.ValueNotSupported'],
    [[id], { RenewalStatus: 'Sometimes' }, 'InvalidParameter.RenewalStatus'],
    [[',,'], { AutoRenew: true }, 'MissingParameter.InstanceId'],
    [many, { AutoRenew: true }, 'InvalidParameter.ToManyInstanceIds'],
  ] as const) {
    await expectError(modify(server, ids, params), code, status)
  }
  await expectError(describe(server, {}), 'InvalidParameter.RenewalStatusInstanceId', status)
  const message = 'Pay-As-You-Go instances do not support this operation.'
  await expectError(describe(server, { InstanceId: postPaid }), 'ChargeTypeViolation', { ...status, message })
  await expectError(describe(server, { InstanceId: 'i-bp1unknown0000000001' }), 'InvalidParameter.InvalidInstanceId')
  assert.equal((await describe(server, { InstanceId: id }))[0].RenewalStatus, 'Normal')
})
