import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { account, region } from '../../../test/support/batch.ts'
import { meterOf, noTime, totalOf } from '../../../test/support/bill.ts'
import { instanceIds } from '../../../test/support/client.ts'
import { listPrices } from '../../domain/prices/list-prices.ts'
import { noRates } from '../../domain/prices/rates.ts'
import { listEvents } from '../../store/tables/events.ts'
import { deleteInstances } from '../../store/tables/instances/release.ts'
import { insertMeterRows, type MeteredResource, totalUpTo } from '../../store/tables/billing/meter.ts'
import { insertPayments } from '../../store/tables/billing/payments.ts'
import { Metering } from './metering.ts'

const compute = 188_889
const disk = 22_222
const startAt = Date.UTC(2026, 8, 1)
const begin = startAt / 1000

/** State, seconds since the beginning and total rate of every row. */
async function rowsOf(server: TestApp): Promise<[string, number, number][]> {
  return (await meterOf(server)).map(({ state, at, rates }) => [
    state,
    at - begin,
    Object.values(rates).reduce((sum, rate) => sum + rate, 0),
  ])
}

const start = (timing = noTime) => createTestApp({ timing }, { startAt })

test('a stop in standard mode and a restart write nothing: they go on costing', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.advance(60)
  await server.client.call('StopInstance', { InstanceId: id })
  await server.advance(60)
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(60)
  await server.client.call('RebootInstance', { InstanceId: id })
  await server.advance(60)
  assert.deepEqual(await rowsOf(server), [['running', 0, compute + disk]])
  assert.equal(await totalOf(server), BigInt(240 * (compute + disk)))
})

test('economical mode begins when the machine is off, not when the stop is ordered, and ends with the order to start', async () => {
  await using server = await start({ ...noTime, stopMs: 10_000, startMs: 10_000 })
  const id = await server.instance()
  await server.advance(100)
  await server.client.call('StopInstances', { RegionId: region, ...instanceIds([id]), StoppedMode: 'StopCharging' })
  assert.deepEqual(await rowsOf(server), [['running', 0, compute + disk]])
  await server.advance(100)
  const events = await server.app.store.transaction('read', tx => listEvents(tx, { after: 0, limit: 100 }))
  const off = Math.floor((events.find(one => one.state === 'Stopped')?.at ?? 0) / 1000) - begin
  await server.client.call('StartInstances', { RegionId: region, ...instanceIds([id]) })
  await server.advance(100)
  assert.ok(off >= 108 && off <= 111, String(off))
  assert.deepEqual(await rowsOf(server), [
    ['running', 0, compute + disk],
    ['economical', off, disk],
    ['running', 200, compute + disk],
  ])
})

test('a dry run writes nothing', async () => {
  await using server = await start()
  const id = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
  await assert.rejects(
    server.client.call('StartInstances', { RegionId: region, ...instanceIds([id]), DryRun: true }),
    /dryrun request/,
  )
  assert.deepEqual(await rowsOf(server), [['economical', 0, disk]])
})

test('a release ends the bill at once, after a shutdown, or at its time', async () => {
  await using server = await start()
  const [atOnce = '', gracefully = '', byItself = ''] = await server.seed({ instances: [{ count: 3, region }] })
  await server.client.call('ModifyInstanceAutoReleaseTime', {
    InstanceId: byItself,
    AutoReleaseTime: '2026-09-01T01:00:00Z',
  })
  await server.advance(60)
  await server.client.call('DeleteInstance', { InstanceId: atOnce, Force: true })
  await server.client.call('DeleteInstance', { InstanceId: gracefully, Force: true, ForceStop: false })
  await server.advance(2 * 3600)
  const ends = (await meterOf(server)).filter(row => row.state === 'released')
  assert.deepEqual(
    ends.map(({ id, at }) => [id, at - begin]),
    [
      [atOnce, 60],
      [gracefully, 60],
      [byItself, 3600],
    ],
  )
  assert.equal(await totalOf(server), BigInt((compute + disk) * (60 + 60 + 3600)))
})

test('an EIP is free of its fee while an instance has it, through every stop, and goes on after the release', async () => {
  await using server = await start()
  const id = await server.instance({ eip: true })
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  await server.advance(3600)
  await server.client.call('DeleteInstance', { InstanceId: id })
  await server.advance(3600)
  assert.equal(await totalOf(server), BigInt(3600 * (disk + 5_556)))
  const rows = (await meterOf(server)).filter(row => row.kind === 'eip')
  assert.deepEqual(
    rows.map(({ at, holder, rates }) => [at - begin, holder !== null, rates.bandwidth]),
    [
      [0, true, 0],
      [3600, false, 5_556],
    ],
  )
})

test('a guest that shuts itself down goes on costing', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.app.store.transaction('write', tx => server.app.services.instances.observePoweredOff(tx, account, id))
  await server.advance(3600)
  assert.deepEqual(await rowsOf(server), [['running', 0, compute + disk]])
})

test('a stopped instance that is locked for arrears costs nothing until the lock is taken away', async () => {
  await using server = await start()
  const id = await server.instance({ status: 'Stopped', stoppedMode: 'KeepCharging' })
  const lock = (locked: boolean) =>
    server.app.store.transaction('write', tx => server.app.services.instances.setLock(tx, id, 'financial', locked))
  await server.advance(10)
  await lock(true)
  await lock(true)
  await server.advance(10)
  await lock(false)
  await server.advance(10)
  assert.deepEqual(await rowsOf(server), [
    ['stopped', 0, compute + disk],
    ['locked', 10, 0],
    ['stopped', 20, compute + disk],
  ])
})

test('a subscription is paid when it is bought, and nothing else', async () => {
  await using server = await start()
  const id = await server.instance({ chargeType: 'PrePaid' })
  const price = 273_600_000_000n
  assert.equal(await totalOf(server, begin - 1), 0n)
  assert.equal(await totalOf(server), price)
  await server.client.call('StopInstance', { InstanceId: id })
  await server.advance(86_400)
  await server.client.call('DeleteInstance', { InstanceId: id, TerminateSubscription: true })
  assert.equal(await totalOf(server), price)
  assert.deepEqual(
    (await rowsOf(server)).map(([state]) => state),
    ['running', 'released'],
  )
})

test('a clock that is set back does not set the meter back', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.advance(100)
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' })
  await server.advance(0)
  const meter = new Metering(listPrices)
  const numbers = [(await meterOf(server))[0]?.number ?? 0]
  await server.app.store.transaction('write', async tx => {
    await deleteInstances(tx, [id], { at: startAt, by: 'test' })
    await meter.update(
      tx,
      numbers.map(seq => ({ seq, at: startAt + 40_000 })),
    )
  })
  assert.deepEqual(
    (await rowsOf(server)).map(([, at]) => at),
    [0, 100, 100],
  )
})

test('totals stay exact beyond what a float or 64 bits of products would hold', async () => {
  await using server = await start()
  const owner: MeteredResource = { kind: 'instance', number: 1, id: 'i-large', accountId: '200000', regionId: region }
  const rate = 9_007_199_254_740_991
  const rows = [rate, -rate, 3, rate - 3].map((delta, at) =>
    Object.assign({ at, state: 'running' as const, rates: noRates, pausable: 0, holder: null, delta }, owner),
  )
  await server.app.store.transaction('write', async tx => {
    await insertMeterRows(tx, rows)
    await insertPayments(tx, [{ ...owner, at: 5, item: 'compute', fen: 9_007_199_254_740_991, note: 'bought' }])
  })
  const at = (second: number) => server.app.store.transaction('read', tx => totalUpTo(tx, owner.accountId, second))
  const big = BigInt(rate)
  assert.equal(await at(0), 0n)
  assert.equal(await at(4), big + 3n * 2n + (big - 3n))
  assert.equal(await at(100_004), big + 3n + 100_001n * big + big * 10_000_000n)
  assert.equal(await totalOf(server), 0n, 'another account')
})

test('a batch of 300 writes its rows together, and numbers them in order', async () => {
  await using server = await start()
  const ids = await server.seed({ instances: [{ count: 300, region }] })
  for (let from = 0; from < 300; from += 100) {
    const named = instanceIds(ids.slice(from, from + 100))
    await server.client.call('StopInstances', { RegionId: region, ...named, StoppedMode: 'StopCharging' })
  }
  await server.advance(0)
  const rows = await meterOf(server)
  assert.equal(rows.length, 600)
  assert.equal(new Set(rows.slice(300).map(row => row.id)).size, 300)
  assert.ok(rows.slice(300).every(row => row.state === 'economical'))
})

test('a new type changes the rates from its second on', async () => {
  await using server = await start()
  const id = await server.instance()
  await server.client.call('StopInstance', { InstanceId: id, StoppedMode: 'KeepCharging' })
  await server.advance(60)
  await server.client.call('ModifyInstanceSpec', { InstanceId: id, InstanceType: 'ecs.g7.xlarge' })
  const [before, after] = await rowsOf(server)
  assert.deepEqual(before, ['running', 0, compute + disk])
  assert.equal(after?.[1], 60)
  // Twice the vCPUs and the memory, and the same disk; a rate is rounded to nano-yuan.
  assert.ok(Math.abs((after?.[2] ?? 0) - (2 * compute + disk)) <= 1)
})
