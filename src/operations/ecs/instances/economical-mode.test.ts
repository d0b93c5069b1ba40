import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { callBatch, region } from '../../../../test/support/batch.ts'
import { expectError } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'

const zone = 'cn-hangzhou-h'
const type = 'ecs.g7.large'
const economically = { StoppedMode: 'StopCharging' }

const stop = (server: TestApp, ids: readonly string[], params = {}) =>
  callBatch(server.client, 'StopInstances', ids, params)
const start = (server: TestApp, ids: readonly string[], params = {}) =>
  callBatch(server.client, 'StartInstances', ids, params)
const run = async (server: TestApp, params = {}): Promise<string[]> => {
  const answer = await server.client.call('RunInstances', {
    RegionId: region,
    ZoneId: zone,
    InstanceType: type,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    ...params,
  })
  return answer['InstanceIdSets'].InstanceIdSet
}

async function setStock(server: TestApp, available: number | null): Promise<void> {
  const { status } = await control(server, 'PUT', `/zones/${zone}/stock/${type}`, { available })
  assert.equal(status, 200)
}

async function stock(server: TestApp): Promise<number | null> {
  const { body } = await control(server, 'GET', '/stock')
  return body.stock.find((one: any) => one.zone === zone && one.instanceType === type)?.available ?? null
}

/** Stops in economical mode, to its very end. */
async function stopEconomically(server: TestApp, ids: readonly string[]): Promise<void> {
  await stop(server, ids, economically)
  await server.advance(10)
}

suite('capacity', () => {
  test('an economical stop gives it back when it has ended, and the next start takes it again', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await setStock(server, 0)
    await stop(server, [id], economically)
    await server.advance(3.5)
    assert.deepEqual([await server.status(id), await stock(server)], ['Stopped', 0])
    await server.advance(2)
    assert.equal(await stock(server), 1)
    await start(server, [id])
    assert.equal(await stock(server), 0)
    await server.advance(5)
    assert.equal(await server.status(id), 'Running')
  })

  test('a start while it is still being given back is a conflict', async () => {
    await using server = await createTestApp()
    const [id, other] = [await server.instance(), await server.instance()]
    await stop(server, [id, other], economically)
    await server.advance(3.4)
    assert.deepEqual([await server.status(id), await server.status(other)], ['Stopped', 'Stopped'])
    await expectError(start(server, [id]), 'InvalidOperation.Conflict', { status: 409 })
    await expectError(server.client.call('StartInstance', { InstanceId: other }), 'OperationConflict', { status: 409 })
    await server.advance(2)
    await start(server, [id, other])
  })

  test('a standard stop keeps it: the start is not affected by stock', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await setStock(server, 0)
    await stop(server, [id], { StoppedMode: 'KeepCharging' })
    await server.advance(10)
    assert.equal(await stock(server), 0)
    await start(server, [id])
  })

  test('a shutdown from inside the guest keeps it, whatever the default of the account', async () => {
    await using server = await createTestApp()
    await server.seed({ accounts: [{ id: '1000000000000001', defaultEconomicalMode: true }] })
    const id = await server.instance({ publicIp: true })
    await setStock(server, 0)
    await control(server, 'POST', `/instances/${id}/guest/poweroff`)
    await server.advance(10)
    const shown = await server.describe(id)
    assert.deepEqual([shown?.['StoppedMode'], await stock(server)], ['KeepCharging', 0])
    assert.equal(shown?.['PublicIpAddress'].IpAddress.length, 1)
  })

  test('somebody else took it: AllTogether starts none, SuccessFirst as many as there is room for', async () => {
    await using server = await createTestApp()
    const ids = [await server.instance(), await server.instance(), await server.instance()]
    await stopEconomically(server, ids)
    await setStock(server, 2)
    await expectError(start(server, ids), 'OperationDenied.NoStock', {
      status: 403,
      message:
        'The requested resource is sold out in the specified zone; try other types of resources or other regions and zones.',
    })
    assert.equal(await stock(server), 2)
    const entries = await start(server, ids, { BatchOptimization: 'SuccessFirst' })
    assert.deepEqual(
      entries.map(entry => entry.Code),
      ['200', '200', 'OperationDenied.NoStock'],
    )
    assert.equal(entries[2]?.CurrentStatus, 'Stopped')
    assert.equal(await stock(server), 0)
    await expectError(server.client.call('StartInstance', { InstanceId: ids[2] ?? '' }), 'OperationDenied.NoStock')
  })

  test('a release gives back what the instance holds, and nothing twice', async () => {
    await using server = await createTestApp()
    const [running, kept, economical, graceful] = await server.seed({
      instances: [{ count: 4, region, zone, type }],
    })
    await stop(server, [kept ?? ''], { StoppedMode: 'KeepCharging' })
    await stopEconomically(server, [economical ?? ''])
    await setStock(server, 0)
    const remove = (id: string | undefined, params = {}) =>
      server.client.call('DeleteInstance', { InstanceId: id ?? '', ...params })
    await remove(running, { Force: true })
    assert.equal(await stock(server), 1)
    await remove(kept)
    assert.equal(await stock(server), 2)
    await remove(economical)
    assert.equal(await stock(server), 2)
    await server.client.call('DeleteInstances', {
      RegionId: region,
      'InstanceId.1': graceful ?? '',
      Force: true,
      ForceStop: false,
    })
    assert.equal(await stock(server), 2)
    await server.advance(10)
    assert.equal(await stock(server), 3)
  })

  test('a release while it is being given back gives it back at once', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await setStock(server, 0)
    await stop(server, [id], economically)
    await server.advance(3.4)
    await server.client.call('DeleteInstance', { InstanceId: id })
    assert.equal(await stock(server), 1)
    await server.advance(10)
    assert.equal(await stock(server), 1)
  })

  test('RunInstances draws on it: all or none, or what there is from MinAmount on', async () => {
    await using server = await createTestApp()
    await setStock(server, 3)
    await expectError(run(server, { Amount: 4 }), 'OperationDenied.NoStock', { status: 403 })
    await expectError(run(server, { Amount: 9, MinAmount: 4 }), 'OperationDenied.NoStock')
    assert.equal((await run(server, { Amount: 9, MinAmount: 2 })).length, 3)
    assert.equal(await stock(server), 0)
    // Another zone, and another type, are not touched by it.
    await run(server, { ZoneId: 'cn-hangzhou-i' })
    await run(server, { InstanceType: 'ecs.g7.xlarge' })
    await setStock(server, null)
    assert.equal((await run(server, { Amount: 9 })).length, 9)
    assert.equal(await stock(server), null)
  })

  test('a new type draws on it and gives the old one back, unless the instance holds nothing', async () => {
    await using server = await createTestApp()
    const [kept, economical] = [await server.instance(), await server.instance()]
    await stop(server, [kept], { StoppedMode: 'KeepCharging' })
    await stopEconomically(server, [economical])
    await setStock(server, 0)
    const large = 'ecs.g7.xlarge'
    await control(server, 'PUT', `/zones/${zone}/stock/${large}`, { available: 0 })
    const change = (id: string) => server.client.call('ModifyInstanceSpec', { InstanceId: id, InstanceType: large })
    await expectError(change(kept), 'OperationDenied.NoStock', { status: 403 })
    await change(economical)
    assert.equal(await stock(server), 0)
    await control(server, 'PUT', `/zones/${zone}/stock/${large}`, { available: 1 })
    await change(kept)
    assert.equal(await stock(server), 1)
    await expectError(start(server, [economical]), 'OperationDenied.NoStock')
  })

  test('a start that a fault takes back gives capacity and address back', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ publicIp: true })
    await stopEconomically(server, [id])
    await setStock(server, 1)
    await control(server, 'POST', '/faults', { action: 'StartInstances', revert: {}, times: 1 })
    await start(server, [id])
    assert.equal(await stock(server), 0)
    await server.advance(5)
    const shown = await server.describe(id)
    assert.deepEqual([shown?.['Status'], shown?.['PublicIpAddress'].IpAddress], ['Stopped', []])
    assert.equal(await stock(server), 1)
    await start(server, [id])
    await server.advance(5)
    assert.equal((await server.describe(id))?.['PublicIpAddress'].IpAddress.length, 1)
  })

  test('a crash in the middle of giving it back gives it back once', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await setStock(server, 0)
    await stop(server, [id], economically)
    await server.advance(3.4)
    const { body: state } = await control(server, 'GET', '/state')
    await using other = await createTestApp()
    await control(other, 'PUT', '/state', state)
    await other.advance(10)
    assert.equal(await stock(other), 1)
  })
})

suite('the static public address', () => {
  const publicIp = async (server: TestApp, id: string) => (await server.get(id))['PublicIpAddress'].IpAddress

  test('is dropped by an economical stop; the next start brings another', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ publicIp: true })
    const [before] = await publicIp(server, id)
    const privateIp = (await server.describe(id))?.['VpcAttributes'].PrivateIpAddress
    await stop(server, [id], economically)
    assert.deepEqual(await publicIp(server, id), [before])
    await server.advance(10)
    const stopped = await server.describe(id)
    assert.deepEqual([stopped?.['PublicIpAddress'].IpAddress, stopped?.['InternetMaxBandwidthOut']], [[], 5])
    await start(server, [id])
    await server.advance(5)
    const [after] = await publicIp(server, id)
    assert.match(after, /^198\./)
    assert.notEqual(after, before)
    assert.deepEqual((await server.describe(id))?.['VpcAttributes'].PrivateIpAddress, privateIp)
  })

  test('is kept by a standard stop, and an elastic one by both', async () => {
    await using server = await createTestApp()
    const [fixed, elastic] = [await server.instance({ publicIp: true }), await server.instance({ eip: true })]
    const addresses = async () => [await publicIp(server, fixed), (await server.describe(elastic))?.['EipAddress']]
    const before = await addresses()
    await stop(server, [fixed], { StoppedMode: 'KeepCharging' })
    await stopEconomically(server, [elastic])
    assert.deepEqual(await addresses(), before)
    await start(server, [fixed, elastic])
    await server.advance(5)
    assert.deepEqual(await addresses(), before)
  })

  test('of an instance that is seeded in an economical stop comes with its first start', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ publicIp: true, status: 'Stopped', stoppedMode: 'StopCharging' })
    assert.deepEqual(await publicIp(server, id), [])
    await start(server, [id])
    assert.equal((await publicIp(server, id)).length, 1)
  })

  test('one that never was does not come', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await stopEconomically(server, [id])
    await start(server, [id])
    assert.deepEqual(await publicIp(server, id), [])
  })
})
