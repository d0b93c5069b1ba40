import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { callBatch } from '../../test/support/batch.ts'
import { meterOf, noTime, totalOf } from '../../test/support/bill.ts'
import { expectError } from '../../test/support/client.ts'
import { control } from '../../test/support/control.ts'
import { startReceiver } from '../../test/support/receiver.ts'
import { until } from '../../test/support/raw.ts'

const zone = 'cn-hangzhou-h'
const type = 'ecs.g7.large'
const minute = 60
const hour = 3_600

const terms = { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: 0.2, SpotDuration: 0 }

const run = async (server: TestApp, params = {}): Promise<string> => {
  const answer = await server.client.call('RunInstances', {
    RegionId: 'cn-hangzhou',
    ZoneId: zone,
    InstanceType: type,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    ...terms,
    ...params,
  })
  await server.advance(10)
  return answer['InstanceIdSets'].InstanceIdSet[0]
}
/** The list price is 0.68. */
const setPrice = async (server: TestApp, price: number) => {
  const { status } = await control(server, 'PUT', `/zones/${zone}/spot-price/${type}`, { price })
  assert.equal(status, 200)
}
const locksOf = async (server: TestApp, id: string) =>
  (await server.describe(id))?.['OperationLocks'].LockReason.map((one: any) => one.LockReason)
const stockOf = async (server: TestApp) => (await control(server, 'GET', '/stock')).body.stock[0]?.available

suite('the market price', () => {
  test('is a part of the list price until it is set, in CNY or as another part', async () => {
    await using server = await createTestApp()
    const path = `/zones/${zone}/spot-price/${type}`
    const place = { zone, instanceType: type }
    assert.deepEqual((await control(server, 'GET', path)).body, { ...place, price: 0.136 })
    assert.deepEqual((await control(server, 'PUT', path, { factor: 0.5 })).body, { ...place, price: 0.34 })
    await setPrice(server, 0.3)
    assert.deepEqual((await control(server, 'GET', path)).body, { ...place, price: 0.3 })
    await server.seed({ spotPrices: [{ zone, type, factor: 0.25 }] })
    assert.equal((await control(server, 'GET', path)).body.price, 0.17)
    for (const [at, body, status] of [
      [path, {}, 400],
      [path, { price: -1 }, 400],
      ['/zones/cn-nowhere-a/spot-price/ecs.g7.large', { price: 1 }, 404],
      [`/zones/${zone}/spot-price/ecs.none`, { price: 1 }, 404],
    ] as const) {
      assert.equal((await control(server, 'PUT', at, body)).status, status)
    }
  })

  test('above its limit nothing is created and nothing starts', async () => {
    await using server = await createTestApp()
    const message = 'The specified parameter "spotPriceLimit" can\'t be lower than current public price.'
    await expectError(run(server, { SpotPriceLimit: 0.135 }), 'InvalidSpotPriceLimit.LowerThanPublicPrice', {
      status: 400,
      message,
    })
    const [low, asItGoes] = [
      await run(server, { SpotPriceLimit: 0.136 }),
      await run(server, { SpotStrategy: 'SpotAsPriceGo' }),
    ]
    const ids = [low, asItGoes]
    await callBatch(server.client, 'StopInstances', ids, { StoppedMode: 'KeepCharging' })
    await server.advance(10)
    await setPrice(server, 0.137)
    const refused = {
      status: 403,
      message: 'The spot instance price is lower than public price.',
    }
    const code = 'OperationDenied.SpotPriceLowerThanPublicPrice'
    await expectError(callBatch(server.client, 'StartInstances', ids), code, refused)
    await expectError(server.client.call('StartInstance', { InstanceId: low }), code, refused)
    const entries = await callBatch(server.client, 'StartInstances', ids, { BatchOptimization: 'SuccessFirst' })
    assert.deepEqual(
      entries.map(entry => entry.Code),
      [code, '200'],
    )
    await setPrice(server, 0.136)
    await server.client.call('StartInstance', { InstanceId: low })
  })

  test('is what a spot instance costs from that second on; others, and other places, cost what they did', async () => {
    await using server = await createTestApp({ timing: noTime }, { startAt: Date.UTC(2026, 8, 1) })
    await server.instance({ spot: true })
    await server.instance({ spot: true, zone: 'cn-hangzhou-i' })
    await server.instance({ spot: true, type: 'ecs.g7.xlarge' })
    await server.instance()
    await server.advance(hour)
    const before = await totalOf(server)
    await setPrice(server, 0.36)
    assert.equal((await meterOf(server)).length, 5)
    assert.equal((await meterOf(server)).at(-1)?.rates.compute, 100_000)
    await server.advance(hour)
    const rise = BigInt((100_000 - Math.round((0.136 * 1e9) / 3_600)) * hour)
    assert.equal((await totalOf(server)) - before, before + rise)
  })

  test('survives an export; a reset forgets it', async () => {
    await using server = await createTestApp()
    await setPrice(server, 0.3)
    const { body: state } = await control(server, 'GET', '/state')
    await using other = await createTestApp()
    const price = async (of: TestApp) => (await control(of, 'GET', `/zones/${zone}/spot-price/${type}`)).body.price
    await control(other, 'PUT', '/state', state)
    assert.equal(await price(other), 0.3)
    await control(other, 'POST', '/reset')
    assert.equal(await price(other), 0.136)
  })
})

suite('an interruption', () => {
  test('gives five minutes notice in lock and log, and then the instance is gone', async () => {
    await using server = await createTestApp()
    const id = await run(server)
    const asItGoes = await run(server, { SpotStrategy: 'SpotAsPriceGo' })
    await control(server, 'PUT', `/zones/${zone}/stock/${type}`, { available: 0 })
    await setPrice(server, 0.201)
    assert.deepEqual(await locksOf(server, id), ['Recycling'])
    assert.equal(await server.status(id), 'Running')
    const { body } = await control(server, 'GET', `/events?instanceId=${id}&limit=1000`)
    const { name, content, level } = body.events.at(-1).notification
    assert.deepEqual(
      [name, content, level],
      ['Instance:PreemptibleInstanceInterruption', { instanceId: id, action: 'delete' }, 'INFO'],
    )
    await server.advance(5 * minute - 1)
    assert.equal(await server.status(id), 'Running')
    await server.advance(1)
    assert.deepEqual([await server.status(id), await server.status(asItGoes)], [undefined, 'Running'])
    assert.deepEqual([await locksOf(server, asItGoes), await stockOf(server)], [[], 1])
    const { timeline } = (await control(server, 'GET', `/instances/${id}`)).body
    assert.deepEqual(
      timeline.slice(-2).map((one: any) => [one.state, one.actor]),
      [
        ['Interruption', 'platform'],
        ['Deleted', 'platform'],
      ],
    )
  })

  test('with the behaviour Stop it ends in economical mode, and may be started when price and stock allow', async () => {
    await using server = await createTestApp()
    const id = await run(server, { SpotInterruptionBehavior: 'Stop', InternetMaxBandwidthOut: 5 })
    await control(server, 'PUT', `/zones/${zone}/stock/${type}`, { available: 0 })
    await setPrice(server, 0.3)
    await server.advance(5 * minute)
    assert.deepEqual([await server.status(id), await locksOf(server, id)], ['Stopping', []])
    await server.advance(10)
    const stopped = await server.describe(id)
    assert.deepEqual(
      [stopped?.['Status'], stopped?.['StoppedMode'], stopped?.['PublicIpAddress'].IpAddress, await stockOf(server)],
      ['Stopped', 'StopCharging', [], 1],
    )
    const start = () => server.client.call('StartInstance', { InstanceId: id })
    await expectError(start(), 'OperationDenied.SpotPriceLowerThanPublicPrice')
    await setPrice(server, 0.2)
    await control(server, 'PUT', `/zones/${zone}/stock/${type}`, { available: 0 })
    await expectError(start(), 'OperationDenied.NoStock')
    await control(server, 'PUT', `/zones/${zone}/stock/${type}`, { available: 1 })
    await start()
    await server.advance(5)
    assert.equal(await server.status(id), 'Running')
  })

  test('waits for the protection to end, and is called off when the price has fallen by then', async () => {
    await using server = await createTestApp()
    // SpotDuration is 1 hour unless given.
    const [goes, stays] = [
      await run(server, { SpotDuration: '' }),
      await run(server, { SpotDuration: '', ZoneId: 'cn-hangzhou-i' }),
    ]
    await setPrice(server, 0.3)
    await server.seed({ spotPrices: [{ zone: 'cn-hangzhou-i', type, price: 0.3 }] })
    await server.advance(50 * minute)
    assert.deepEqual([await locksOf(server, goes), await locksOf(server, stays)], [[], []])
    await server.seed({ spotPrices: [{ zone: 'cn-hangzhou-i', type, price: 0.2 }] })
    await server.advance(10 * minute)
    assert.deepEqual([await locksOf(server, goes), await locksOf(server, stays)], [['Recycling'], []])
    await server.advance(5 * minute)
    assert.deepEqual([await server.status(goes), await server.status(stays)], [undefined, 'Running'])
  })

  test('of an instance that its user stopped under protection does not come; a start under protection brings it', async () => {
    await using server = await createTestApp()
    const id = await run(server, { SpotDuration: 1, SpotInterruptionBehavior: 'Stop' })
    await setPrice(server, 0.3)
    await server.client.call('StopInstance', { InstanceId: id })
    await server.advance(61 * minute)
    assert.deepEqual([await server.status(id), await locksOf(server, id)], ['Stopped', []])
    const other = await run(server, { SpotPriceLimit: 0.4, SpotDuration: 1 })
    await server.client.call('StopInstance', { InstanceId: other })
    await server.advance(10)
    await setPrice(server, 0.5)
    await server.client.call('StartInstance', { InstanceId: other })
    await server.advance(64 * minute)
    assert.deepEqual(await locksOf(server, other), ['Recycling'])
    await server.advance(5 * minute)
    assert.equal(await server.status(other), undefined)
  })

  test('comes by the control API too, once, and only to spot instances that are on', async () => {
    await using server = await createTestApp({}, { startAt: Date.UTC(2026, 8, 1) })
    const interrupt = (id: string) => control(server, 'POST', `/instances/${id}/spot-interruption`, {})
    const [id, plain, off] = [
      await server.instance({ spot: { duration: 1, interruption: 'Stop' } }),
      await server.instance(),
      await server.instance({ spot: true, status: 'Stopped' }),
    ]
    assert.deepEqual(
      [await interrupt('i-bp1unknown0000000001'), await interrupt(plain), await interrupt(off)].map(one => one.status),
      [404, 409, 409],
    )
    const times = { noticeAt: '2026-09-01T01:00:00.000Z', interruptAt: '2026-09-01T01:05:00.000Z' }
    assert.deepEqual((await interrupt(id)).body, times)
    await server.advance(63 * minute)
    assert.deepEqual((await interrupt(id)).body, times)
    await server.advance(2 * minute + 10)
    assert.equal((await server.describe(id))?.['StoppedMode'], 'StopCharging')
    assert.equal(await server.app.engine.advanceUntilIdle(), 0)
  })

  test('waits for a reboot to end, and ends with a release by the user', async () => {
    await using server = await createTestApp()
    const [rebooted, released] = [
      await run(server, { SpotInterruptionBehavior: 'Stop' }),
      await run(server, { SpotInterruptionBehavior: 'Stop' }),
    ]
    await server.client.call('RebootInstance', { InstanceId: rebooted })
    await setPrice(server, 0.3)
    assert.deepEqual(await locksOf(server, rebooted), ['Recycling'])
    await control(server, 'PUT', `/instances/${rebooted}/guest`, { shutdown: 'slow', seconds: 400 })
    await server.client.call('DeleteInstance', { InstanceId: released, Force: true })
    await server.advance(301)
    assert.equal(await server.status(rebooted), 'Stopping')
    await server.advance(700)
    assert.equal((await server.describe(rebooted))?.['StoppedMode'], 'StopCharging')
  })

  test('is sent to webhooks as EventBridge names it', async () => {
    await using server = await createTestApp()
    await using receiver = await startReceiver()
    await control(server, 'POST', '/webhooks', { url: receiver.url, states: ['Interruption'] })
    const id = await server.instance({ spot: { priceLimit: 0.2 } })
    await setPrice(server, 0.3)
    await until(() => receiver.received.length === 1)
    const { type: name, data } = receiver.received[0]?.event ?? {}
    assert.deepEqual(
      [name, data],
      ['ecs:Instance:PreemptibleInstanceInterruption', { instanceId: id, action: 'delete' }],
    )
  })

  test('under way is taken up by another server', async () => {
    await using server = await createTestApp()
    const id = await run(server)
    await setPrice(server, 0.3)
    const { body: state } = await control(server, 'GET', '/state')
    await using other = await createTestApp()
    await control(other, 'PUT', '/state', state)
    assert.deepEqual(await locksOf(other, id), ['Recycling'])
    await other.advance(6 * minute)
    assert.equal(await other.status(id), undefined)
  })
})
