import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import {
  day,
  hour,
  largeRate,
  putBalance,
  shownBalance,
  stateOf,
  systemEventsOf,
} from '../../../test/support/arrears.ts'
import { account, callBatch, region } from '../../../test/support/batch.ts'
import { noTime, totalOf } from '../../../test/support/bill.ts'
import { expectError } from '../../../test/support/client.ts'
import { control } from '../../../test/support/control.ts'
import { failpoints } from '../../platform/failpoints.ts'
import { listEvents } from '../../store/tables/events.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'

const startAt = Date.UTC(2026, 8, 1)

/** One yuan lasts an instance 4737 seconds; so the hour at which the account is found in arrears is 02:00. */
const start = (config: Parameters<typeof createTestApp>[0] = {}) =>
  createTestApp({ timing: noTime, ...config }, { startAt })

const image = 'ubuntu_22_04_x64_20G_alibase_20240528.vhd'
const order = { RegionId: region, ImageId: image, InstanceType: 'ecs.g7.large' }

function eventsOf({ app }: TestApp, instanceId: string) {
  return app.store.transaction('read', tx => listEvents(tx, { after: 0, limit: 100, instanceId }))
}

test('the balance goes down with the bill to the second, rounded down, and nothing is written for it', async () => {
  await using server = await start()
  assert.equal(await shownBalance(server), '1000000.00', 'without a limit')
  await server.instance()
  assert.deepEqual((await putBalance(server, 10)).balance, 10)
  await server.advance(1)
  assert.equal(await shownBalance(server), '9.99')
  await server.advance(10 * hour - 1)
  assert.equal(10 * hour * largeRate, 7_599_996_000)
  assert.equal(await shownBalance(server), '2.40')
  const stored = await server.app.store.transaction('read', tx => findAccount(tx, account))
  assert.equal(stored?.balanceFen, 1000, 'as it was settled last')
})

test('an account that nobody gave a balance never runs dry, nor one whose limit is taken away', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.advance(60 * day)
  assert.equal(await stateOf(server, id), 'Running Not-applicable')
  await putBalance(server, 1)
  assert.equal((await putBalance(server, null)).balance, null)
  await server.advance(60 * day)
  assert.equal(await stateOf(server, id), 'Running Not-applicable')
})

test('what the instances of a seed have cost before is no part of the balance that it gives', async () => {
  await using server = await start()
  await server.seed({ accounts: [{ id: account, balance: 5 }], instances: [{ region, chargeType: 'PrePaid' }] })
  assert.equal(await shownBalance(server), '5.00')
  await server.advance(day)
  assert.equal(await shownBalance(server), '5.00', 'a subscription is paid')
})

test('a subscription that is bought is paid from the balance', async () => {
  await using server = await start()
  await putBalance(server, 1000)
  await server.client.call('RunInstances', { ...order, InstanceChargeType: 'PrePaid', Period: 1, PeriodUnit: 'Month' })
  const left = Number(await shownBalance(server))
  assert.ok(left < 900 && left > 500, String(left))
  await server.advance(hour)
  assert.equal(Number(await shownBalance(server)), left)
})

test('the account runs dry at a whole hour; then calls are refused, a stop is announced, done, and followed by the release', async () => {
  await using server = await start()
  const [runs, off] = [
    await server.instance(),
    await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' }),
  ]
  const paid = await server.instance({ chargeType: 'PrePaid' })
  await putBalance(server, 1)
  const both = largeRate + 22_222
  const dryAt = startAt + 2 * hour * 1000
  const stopAt = dryAt + 15 * day * 1000

  // In arrears for a while, but nobody has looked: pay-as-you-go is billed by the hour.
  await server.advance(2 * hour - 1)
  assert.match(await shownBalance(server), /^-0\.6/)
  const dryRun = { RegionId: region, 'InstanceId.1': runs, DryRun: true }
  await expectError(server.client.call('StopInstances', dryRun), 'DRYRUN.SUCCESS')
  await server.advance(1)
  await expectError(server.client.call('StopInstances', dryRun), 'InsufficientBalance')
  await expectError(server.client.call('StartInstance', { InstanceId: off }), 'InsufficientBalance')
  await expectError(server.client.call('RebootInstance', { InstanceId: runs }), 'InsufficientBalance')
  await expectError(server.client.call('RunInstances', order), 'Account.Arrearage')
  assert.equal(await stateOf(server, runs), 'Running Not-applicable')

  await server.advance(15 * day - hour - 1)
  assert.deepEqual(await systemEventsOf(server, runs, startAt), [])
  await server.advance(1)
  assert.deepEqual(await systemEventsOf(server, runs, stopAt), [['AccountUnbalanced.Stop', 'Scheduled', 0]])
  assert.deepEqual(await systemEventsOf(server, off, stopAt), [], 'it is off')
  const { InstanceFullStatusSet } = await server.client.call('DescribeInstancesFullStatus', {
    RegionId: region,
    'InstanceId.1': runs,
  })
  const [shown] = InstanceFullStatusSet.InstanceFullStatusType[0].ScheduledSystemEventSet.ScheduledSystemEventType
  assert.deepEqual([shown.EventType.Name, shown.NotBefore], ['AccountUnbalanced.Stop', '2026-09-16T02:00:00Z'])

  await server.advance(hour)
  assert.equal(await stateOf(server, runs), 'Stopped KeepCharging financial')
  assert.equal(await stateOf(server, off), 'Stopped StopCharging financial')
  assert.equal(await stateOf(server, paid), 'Running Not-applicable', 'a subscription is paid')
  assert.deepEqual(await systemEventsOf(server, runs, stopAt), [
    ['AccountUnbalanced.Stop', 'Executed', 0],
    ['AccountUnbalanced.Delete', 'Scheduled', 15 * day],
  ])
  await expectError(server.client.call('StopInstance', { InstanceId: runs }), 'InstanceExpiredOrInArrears')
  await expectError(server.client.call('StartInstance', { InstanceId: runs }), 'InstanceExpired')
  const refused = await callBatch(server.client, 'StartInstances', [runs], { BatchOptimization: 'SuccessFirst' })
  assert.equal(refused[0]?.Code, 'InstanceExpired')
  await expectError(server.client.call('ReActivateInstances', { InstanceId: runs }), 'InsufficientBalance')

  await server.advance(15 * day - 1)
  assert.equal(await totalOf(server, startAt / 1000 + 40 * day), await totalOf(server), 'off and locked costs nothing')
  const metered = (await totalOf(server)) - (await totalOf(server, startAt / 1000))
  assert.equal(metered, BigInt(both) * BigInt(2 * hour + 15 * day))
  await server.advance(1)
  assert.deepEqual([await stateOf(server, runs), await stateOf(server, off)], [undefined, undefined])
  assert.equal(await stateOf(server, paid), 'Stopped Not-applicable financial', 'its subscription has ended')
  const [, stopping, stopped, deleted] = await eventsOf(server, runs)
  assert.deepEqual([stopping?.state, stopping?.actor, stopping?.at], ['Stopping', 'platform', stopAt])
  assert.deepEqual([stopped?.state, stopped?.at], ['Stopped', stopAt])
  assert.deepEqual([deleted?.state, deleted?.actor, deleted?.at], ['Deleted', 'platform', stopAt + 15 * day * 1000])
  assert.match(deleted?.reason ?? '', /^AccountUnbalanced\.Delete \(system event e-/)
})

test('settled in its grace, the account is as before, and what was announced is canceled', async () => {
  await using server = await start()
  const id = await server.instance()
  await putBalance(server, 1)
  await server.advance(15 * day + 2 * hour - 60)
  await putBalance(server, -5)
  await expectError(server.client.call('StopInstance', { InstanceId: id }), 'InsufficientBalance')
  assert.equal((await systemEventsOf(server, id, startAt))[0]?.[1], 'Scheduled', 'it still owes something')
  await putBalance(server, 0)
  assert.equal((await systemEventsOf(server, id, startAt))[0]?.[1], 'Canceled')
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  // A new debt, a new grace.
  await server.advance(15 * day)
  assert.equal(await stateOf(server, id), 'Stopped StopCharging')
})

test('settled after the stop, instances are unlocked and come back to the state they had', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  const runs = await server.instance()
  const off = await server.instance({ status: 'Stopped' })
  const secured = await server.instance({ locks: ['security'] })
  await putBalance(server, 1)
  await server.advance(2 * day)
  assert.equal(await stateOf(server, secured), 'Stopped KeepCharging security financial')
  await putBalance(server, 1000)
  assert.equal(await stateOf(server, runs), 'Stopped KeepCharging')
  await server.app.engine.advanceUntilIdle()
  assert.equal(await stateOf(server, runs), 'Running Not-applicable')
  assert.equal(await stateOf(server, off), 'Stopped KeepCharging', 'it was off before')
  assert.equal(await stateOf(server, secured), 'Stopped KeepCharging security')
  assert.equal((await systemEventsOf(server, runs, startAt))[1]?.[1], 'Canceled')
  const starting = (await eventsOf(server, runs)).find(one => one.state === 'Starting')
  assert.deepEqual([starting?.actor, starting?.reason], ['platform', 'the account is settled'])
  await server.advance(15 * day)
  assert.equal(await stateOf(server, runs), 'Running Not-applicable', 'a thousand yuan last for 18 days')
})

test('settled while the guest is still shutting down, the instance comes back when it is off', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  const id = await server.instance({ guest: { shutdown: 'slow', seconds: 300 } })
  await putBalance(server, 1)
  await server.advance(day + 2 * hour + 100)
  assert.equal(await stateOf(server, id), 'Stopping KeepCharging financial')
  await putBalance(server, 100)
  assert.equal(await stateOf(server, id), 'Stopping KeepCharging')
  await server.advance(100)
  assert.equal(await stateOf(server, id), 'Stopping KeepCharging')
  await server.app.engine.advanceUntilIdle()
  assert.equal(await stateOf(server, id), 'Running Not-applicable')
})

test('with the switch of the account on, the stop is economical where it can be, and the start may want stock', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  await server.seed({ accounts: [{ id: account, defaultEconomicalMode: true }] })
  const [lucky, unlucky] = await server.seed({
    instances: [{ count: 2, region, zone: 'cn-hangzhou-h', publicIp: true }],
  })
  const local = await server.instance({ type: 'ecs.i2.xlarge' })
  assert.ok(lucky !== undefined && unlucky !== undefined)
  await putBalance(server, 1)
  await server.advance(2 * day)
  assert.equal(await stateOf(server, lucky), 'Stopped StopCharging financial')
  assert.equal(await stateOf(server, local), 'Stopped KeepCharging financial')
  assert.equal((await systemEventsOf(server, lucky, startAt))[0]?.[1], 'Executed')

  await control(server, 'PUT', '/zones/cn-hangzhou-h/stock/ecs.g7.large', { available: 1 })
  await putBalance(server, 100)
  await server.app.engine.advanceUntilIdle()
  assert.equal(await stateOf(server, lucky), 'Running Not-applicable')
  assert.equal(await stateOf(server, local), 'Running Not-applicable')
  assert.equal(await stateOf(server, unlucky), 'Stopped StopCharging')

  const reactivate = (InstanceId: string) => server.client.call('ReActivateInstances', { InstanceId })
  await expectError(reactivate(unlucky), 'OperationDenied.NoStock')
  await control(server, 'PUT', '/zones/cn-hangzhou-h/stock/ecs.g7.large', { available: null })
  await reactivate(unlucky)
  await server.app.engine.advanceUntilIdle()
  assert.equal(await stateOf(server, unlucky), 'Running Not-applicable')
})

test('instances that come while an account is in arrears share its fate', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000, releaseMs: day * 1000 } })
  await putBalance(server, -1)
  await server.advance(10 * day)
  const id = await server.instance()
  await server.advance(hour)
  assert.equal(await stateOf(server, id), 'Stopped KeepCharging financial')
  await server.advance(day)
  assert.equal(await stateOf(server, id), undefined)
})

test('of two accounts each has its own balance and its own arrears', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  const other = '1000000000000002'
  await server.seed({
    accounts: [
      { id: account, balance: 1 },
      { id: other, balance: 3, accessKeys: [{ id: 'other', secret: 'secret' }] },
    ],
    instances: [
      { id: 'i-bp1mine0000000000001', region },
      { id: 'i-bp1theirs00000000001', region, account: other },
    ],
  })
  const theirs = server.clientFor('other', 'secret')
  const stop = { InstanceId: 'i-bp1theirs00000000001', DryRun: true }
  await server.advance(3 * hour)
  await expectError(server.client.call('StopInstance', { InstanceId: 'i-bp1mine0000000000001' }), 'InsufficientBalance')
  await expectError(theirs.call('StopInstance', stop), 'DryRunOperation')
  await server.advance(hour)
  await expectError(theirs.call('StopInstance', stop), 'InsufficientBalance')
  await putBalance(server, 50, other)
  await server.advance(day - 2 * hour)
  assert.equal(await stateOf(server, 'i-bp1mine0000000000001'), 'Stopped KeepCharging financial')
  await expectError(theirs.call('StopInstance', stop), 'DryRunOperation')
})

test('when a settlement is lost, the next try does it as of the same hour', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  const ids = await server.seed({ instances: [{ count: 450, region }] })
  await putBalance(server, 1)
  failpoints.arm('account:settled', 'throw')
  await assert.rejects(server.advance(3 * day)).finally(() => failpoints.disarm())
  await server.advance(3 * day)
  const [, stopping] = await eventsOf(server, ids[449] ?? '')
  assert.equal(stopping?.at, startAt + (day + hour) * 1000)
  for (const id of [ids[0], ids[199], ids[200], ids[449]]) {
    assert.equal(await stateOf(server, id ?? ''), 'Stopped KeepCharging financial')
    assert.equal((await systemEventsOf(server, id ?? '', startAt)).length, 2)
  }
})

test('neither until idle nor an auto clock runs into arrears, but what a settlement brings back is waited for', async () => {
  await using server = await start({ arrears: { graceMs: day * 1000 } })
  const id = await server.instance()
  await putBalance(server, 1)
  await server.client.call('RebootInstance', { InstanceId: id })
  await server.app.engine.advanceUntilIdle()
  assert.equal(server.app.clock.now(), startAt)
  await server.advance(2 * hour)
  await server.app.engine.advanceUntilIdle()
  await server.advance(day - hour)
  await server.app.engine.advanceUntilIdle()
  assert.equal(server.app.clock.now(), startAt + (day + hour) * 1000, 'the stop is announced, and an hour off')
  assert.equal((await systemEventsOf(server, id, startAt)).length, 1)
  await server.app.engine.advanceUntilStopped(id)
  assert.equal(server.app.clock.now(), startAt + (day + 2 * hour) * 1000)
})

test('on a real clock a change of costs wakes the engine for the hour', async () => {
  await using server = await createTestApp({
    clock: 'real',
    timeScale: 100_000,
    timing: noTime,
    arrears: { graceMs: 0 },
  })
  await putBalance(server, 0)
  const { InstanceIdSets } = await server.client.call('RunInstances', order)
  const [id] = InstanceIdSets.InstanceIdSet
  const { until } = await import('../../../test/support/raw.ts')
  await until(async () => (await stateOf(server, id)) === 'Stopped KeepCharging financial')
})
