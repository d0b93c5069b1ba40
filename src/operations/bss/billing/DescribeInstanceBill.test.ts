import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { account, region } from '../../../../test/support/batch.ts'
import { noTime } from '../../../../test/support/bill.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { products } from '../../../protocol/operation.ts'

const hour = 3_600
/** Midnight in China. */
const september = Date.UTC(2026, 7, 31, 16)

async function bill({ client }: TestApp, params: Params = {}) {
  const answer = await client.call('DescribeInstanceBill', {
    Version: products.BssOpenApi,
    BillingCycle: '2026-09',
    ...params,
  })
  return answer['Data']
}

async function start() {
  return createTestApp({ timing: noTime }, { startAt: september })
}

test('a month is billed by instance, EIPs apart', async () => {
  await using server = await start()
  const id = await server.instance({ name: 'web', tags: { env: 'dev' } })
  await server.seed({ eips: [{ region }] })
  await server.advance(100 * hour)
  const answer = await server.client.call('DescribeInstanceBill', {
    Version: products.BssOpenApi,
    BillingCycle: '2026-09',
  })
  assert.deepEqual([answer['Code'], answer['Message'], answer['Success']], ['Success', 'Successful!', true])
  const { Items, ...data } = answer['Data']
  assert.deepEqual(data, {
    AccountID: account,
    AccountName: '',
    BillingCycle: '2026-09',
    MaxResults: 20,
    NextToken: '',
    TotalCount: 2,
  })
  const [own, eip] = Items
  const about = (one: any) => [one.InstanceID, one.ProductCode, one.Item, one.SubscriptionType, one.PretaxAmount]
  assert.deepEqual(about(own), [id, 'ecs', 'PayAsYouGoBill', 'PayAsYouGo', 76])
  assert.deepEqual([eip.ProductCode, eip.PretaxAmount, eip.PretaxGrossAmount], ['eip', 2, 2])
  assert.deepEqual(
    [own.NickName, own.InstanceSpec, own.Tag, own.Region, own.Zone, own.Currency, own.ServicePeriod],
    ['web', 'ecs.g7.large', 'key:env value:dev', region, 'cn-hangzhou-h', 'CNY', String(100 * hour)],
  )
  assert.ok(!('BillingItem' in own) && !('BillingDate' in own))
})

test('with items every item has a line, a pause counts as one, and a day is a day in China', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.advance(36 * hour)
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  await server.advance(36 * hour)
  const lines = async (params: Params) => {
    const { Items } = await bill(server, { IsBillingItem: true, ...params })
    return Items.map(one => [one.BillingItemCode, one.PretaxAmount, one.Usage])
  }
  assert.deepEqual(await lines({}), [
    ['instance_type', 24.48, String(36 * hour)],
    ['systemdisk', 5.76, String(72 * hour)],
  ])
  const daily = (BillingDate: string) => lines({ Granularity: 'DAILY', BillingDate })
  assert.deepEqual(await daily('2026-09-01'), [
    ['instance_type', 16.32, String(24 * hour)],
    ['systemdisk', 1.92, String(24 * hour)],
  ])
  assert.deepEqual(await daily('2026-09-03'), [['systemdisk', 1.92, String(24 * hour)]])
  assert.deepEqual(await daily('2026-09-05'), [])
  const [item] = (await bill(server, { Granularity: 'DAILY', BillingDate: '2026-09-02' }))['Items']
  assert.deepEqual([item.BillingDate, item.PretaxAmount], ['2026-09-02', 10.08])
})

test('subscriptions are orders, and what is paid back is a refund', async () => {
  await using server = await start()
  const id = await server.instance({ chargeType: 'PrePaid' })
  await server.advance(240 * hour)
  const change = { RegionId: region, InstanceIds: JSON.stringify([id]), InstanceChargeType: 'PostPaid' }
  await server.client.call('ModifyInstanceChargeType', change)
  await server.advance(10 * hour)
  const lines = async (params: Params = {}) => {
    const { Items } = await bill(server, params)
    return Items.map(one => [one.Item, one.SubscriptionType, one.PretaxAmount])
  }
  const [payAsYouGo, order, refund] = [
    ['PayAsYouGoBill', 'PayAsYouGo', 7.6],
    ['SubscriptionOrder', 'Subscription', 273.6],
    ['Refund', 'Subscription', -182.4],
  ]
  assert.deepEqual(await lines(), [payAsYouGo, order, refund])
  assert.deepEqual(await lines({ SubscriptionType: 'Subscription' }), [order, refund])
  assert.deepEqual(await lines({ SubscriptionType: 'PayAsYouGo' }), [payAsYouGo])
})

test('lines are filtered and come in pages; released instances stay on the bill', async () => {
  await using server = await start()
  const ids = await server.seed({ instances: [{ count: 5, region, name: 'web' }], eips: [{ region }, { region }] })
  await server.advance(hour)
  await server.client.call('DeleteInstance', { InstanceId: ids[1] ?? '', Force: true })
  await server.instance()
  const seen: string[] = []
  let NextToken = ''
  do {
    const page = await bill(server, { ProductCode: 'ecs', IsHideZeroCharge: true, MaxResults: 2, NextToken })
    assert.equal(page['TotalCount'], 5)
    seen.push(...page['Items'].map(one => one.InstanceID))
    NextToken = page['NextToken']
  } while (NextToken !== '')
  assert.deepEqual(seen, ids)
  const [released] = (await bill(server, { InstanceID: ids[1] ?? '' }))['Items']
  assert.deepEqual([released.NickName, released.PretaxAmount, released.IntranetIP], ['web-2', 0.76, ''])
  assert.equal((await bill(server, { ProductCode: 'eip' }))['TotalCount'], 2)
  assert.equal((await bill(server, { PipCode: 'rds' }))['TotalCount'], 0)
})

test('the bill of a month that is over no longer grows, and one that lies ahead is empty', async () => {
  await using server = await start()
  await server.instance()
  await server.advance(40 * 24 * hour)
  assert.equal((await bill(server))['Items'][0].PretaxAmount, 547.2)
  assert.equal((await bill(server, { BillingCycle: '2026-10' }))['Items'][0].PretaxAmount, 182.4)
  assert.deepEqual((await bill(server, { BillingCycle: '2027-01' }))['Items'], [])
  assert.deepEqual((await bill(server, { BillingCycle: '2025-12' }))['Items'], [])
})

test('a bill that cannot be asked for is refused', async () => {
  await using server = await start()
  for (const [params, code] of [
    [{ BillingCycle: '2025-03' }, 'InvalidParameter'],
    [{ Granularity: 'DAILY' }, 'MissingParameter'],
    [{ Granularity: 'DAILY', BillingDate: '2026-08-31' }, 'InvalidParameter'],
    [{ Granularity: 'DAILY', BillingDate: '2026-09-31' }, 'InvalidParameter'],
    [{ MaxResults: 301 }, 'InvalidParameter'],
    [{ NextToken: 'elsewhere' }, 'InvalidParameter'],
  ] as const) {
    await expectError(bill(server, params), code, { status: 400 })
  }
})
