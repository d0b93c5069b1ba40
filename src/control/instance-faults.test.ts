import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { callBatch, region } from '../../test/support/batch.ts'
import { expectError } from '../../test/support/client.ts'
import { control } from '../../test/support/control.ts'
import { until } from '../../test/support/raw.ts'

async function fault(server: TestApp, rule: object): Promise<void> {
  const { status, body } = await control(server, 'POST', '/faults', rule)
  assert.equal(status, 200, JSON.stringify(body))
}
const stop = (server: TestApp, ids: readonly string[], params = {}) =>
  callBatch(server.client, 'StopInstances', ids, params)
const start = (server: TestApp, ids: readonly string[], params = {}) =>
  callBatch(server.client, 'StartInstances', ids, params)

async function timeline(server: TestApp, id: string): Promise<any[]> {
  return (await control(server, 'GET', `/instances/${id}`)).body.timeline
}

test('a stuck stop never ends, whatever the guest; a forced one ends it', async () => {
  await using server = await createTestApp()
  const [id, other] = [await server.instance(), await server.instance()]
  await fault(server, { action: 'StopInstances', instanceId: id, stuck: true })
  await stop(server, [id, other])
  await control(server, 'PUT', `/instances/${id}/guest`, { shutdown: 'prompt' })
  assert.equal(await server.app.engine.advanceUntilIdle(), 1)
  await server.advance(30 * 86_400)
  assert.equal(await server.status(id), 'Stopping')
  assert.equal(await server.status(other), 'Stopped')
  // Nothing that is due ends it, so a wait for it says so instead of going on for ever.
  assert.equal(await server.app.engine.advanceUntilIdle(), 0)
  assert.equal((await control(server, 'POST', '/clock', { untilStopped: id })).status, 409)
  await stop(server, [id], { ForceStop: true })
  await server.advance(5)
  assert.equal(await server.status(id), 'Stopped')
})

test('a slow guest takes as long as the rule says', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { slowGuestSeconds: 300 })
  await stop(server, [id])
  await server.advance(250)
  assert.equal(await server.status(id), 'Stopping')
  await server.advance(100)
  assert.equal(await server.status(id), 'Stopped')
})

test('one bad instance: AllTogether refuses the batch, SuccessFirst stops the others', async () => {
  await using server = await createTestApp()
  const ids = [await server.instance(), await server.instance({ tags: { role: 'db' } }), await server.instance()]
  await fault(server, { tag: 'role=db', refuse: { code: 'InvalidOperation.Conflict' } })
  await expectError(stop(server, ids), 'InvalidOperation.Conflict', { status: 409 })
  for (const id of ids) assert.equal(await server.status(id), 'Running')
  const entries = await stop(server, ids, { BatchOptimization: 'SuccessFirst' })
  assert.deepEqual(
    entries.map((entry: any) => entry.Code),
    ['200', 'InvalidOperation.Conflict', '200'],
  )
  assert.equal(await server.status(ids[1] ?? ''), 'Running')
})

test('what the service refuses itself meets no rule, and neither does a dry run', async () => {
  await using server = await createTestApp()
  const [locked, free] = [await server.instance({ locks: ['security'] }), await server.instance()]
  await fault(server, { refuse: { code: 'OperationConflict' }, times: 1 })
  await expectError(stop(server, [locked]), 'InstanceLockedForSecurity')
  await expectError(stop(server, [free], { DryRun: true }), 'DRYRUN.SUCCESS')
  await expectError(stop(server, [free]), 'OperationConflict', { status: 409 })
  const { body } = await control(server, 'GET', '/faults')
  assert.deepEqual([body.faults[0].seen, body.faults[0].struck], [1, 1])
})

test('no stock on start: refused as often as the rule says, in the words of the real service', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
  await fault(server, { action: 'StartInstance', refuse: { code: 'OperationDenied.NoStock' }, times: 1 })
  const call = () => server.client.call('StartInstance', { InstanceId: id })
  await expectError(call(), 'OperationDenied.NoStock', { status: 403, message: /sold out in the specified zone/ })
  await call()
})

test('a stop that is accepted and taken back: the machine runs on, and the timeline says why', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { action: 'StopInstances', revert: { reason: 'host lost power', afterSeconds: 20 }, times: 1 })
  const [entry] = await stop(server, [id], { StoppedMode: 'StopCharging' })
  assert.equal(entry?.['CurrentStatus'], 'Stopping')
  await server.advance(19)
  assert.equal(await server.status(id), 'Stopping')
  await server.advance(2)
  const shown = await server.describe(id)
  assert.deepEqual([shown?.['Status'], shown?.['StoppedMode']], ['Running', 'Not-applicable'])
  const last = (await timeline(server, id)).at(-1)
  assert.deepEqual([last.state, last.actor, last.reason], ['Running', 'fault', 'host lost power'])
  await stop(server, [id])
  await server.advance(5)
  assert.equal(await server.status(id), 'Stopped')
})

test('a start that is taken back leaves the instance Stopped in the mode it had', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
  await fault(server, { action: 'StartInstances', revert: {}, times: 1 })
  await start(server, [id])
  assert.equal(await server.status(id), 'Starting')
  await server.advance(5)
  const shown = await server.describe(id)
  assert.deepEqual([shown?.['Status'], shown?.['StoppedMode']], ['Stopped', 'StopCharging'])
})

test('a creation that is taken back: the id is gone for good', async () => {
  await using server = await createTestApp()
  await fault(server, { action: 'RunInstances', revert: { reason: 'no such host' }, times: 1 })
  const answer = await server.client.call('RunInstances', {
    RegionId: region,
    Amount: '2',
    InstanceType: 'ecs.g7.large',
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  })
  const [first, second] = answer['InstanceIdSets'].InstanceIdSet
  await server.advance(30)
  assert.deepEqual([await server.status(first), await server.status(second)], [undefined, 'Running'])
  const last = (await timeline(server, first)).at(-1)
  assert.deepEqual([last.state, last.actor, last.reason], ['Deleted', 'fault', 'no such host'])
})

test('stale queries show the instance as it was, in every filter, and then the truth', async () => {
  await using server = await createTestApp()
  const [id, other] = [await server.instance(), await server.instance()]
  await fault(server, { action: 'StopInstances', instanceId: id, staleSeconds: 30 })
  await stop(server, [id, other])
  await server.advance(10)
  const shownAs = async (Status: string) => {
    const answer = await server.client.call('DescribeInstances', { RegionId: region, Status })
    assert.equal(answer['TotalCount'], answer['Instances'].Instance.length)
    return answer['Instances'].Instance.map((one: any) => one.InstanceId)
  }
  assert.deepEqual([await shownAs('Running'), await shownAs('Stopped')], [[id], [other]])
  const before = await server.describe(id)
  assert.deepEqual([before?.['Status'], before?.['StoppedMode']], ['Running', 'Not-applicable'])
  const { InstanceStatuses } = await server.client.call('DescribeInstanceStatus', {
    RegionId: region,
    'InstanceId.1': id,
  })
  assert.equal(InstanceStatuses.InstanceStatus[0].Status, 'Running')
  // Operations know the truth.
  await expectError(stop(server, [id]), 'IncorrectInstanceStatus')
  await server.advance(20)
  assert.deepEqual(await shownAs('Stopped'), [other, id])
})

test('a new instance can be kept out of queries for a while', async () => {
  await using server = await createTestApp()
  await fault(server, { action: 'RunInstances', staleSeconds: 15 })
  const answer = await server.client.call('RunInstances', {
    RegionId: region,
    InstanceType: 'ecs.g7.large',
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  })
  const [id] = answer['InstanceIdSets'].InstanceIdSet
  await server.advance(10)
  assert.equal(await server.status(id), undefined)
  await server.advance(5)
  assert.equal(await server.status(id), 'Running')
})

test('a machine that cannot be driven is tried again, as often as the rule lets it fail', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { driverFails: 3, times: 1 })
  const orderedAt = server.app.clock.now()
  await stop(server, [id])
  await server.app.engine.advanceUntilIdle()
  assert.equal(await server.status(id), 'Stopped')
  // 3 s for the guest, and 1, 2 and 4 s of waiting between the tries.
  const seconds = (server.app.clock.now() - orderedAt) / 1000
  assert.ok(seconds > 9.5 && seconds < 10.5, `${seconds} s`)
})

test('a tag strikes calls too: those that name a tagged instance, or the tag', async () => {
  await using server = await createTestApp()
  const [id, other] = [await server.instance({ tags: { env: 'dev' } }), await server.instance()]
  await fault(server, { tag: 'env', error: { code: 'ServiceUnavailable' } })
  await expectError(stop(server, [other, id]), 'ServiceUnavailable')
  await expectError(server.client.call('StopInstance', { InstanceId: id }), 'ServiceUnavailable')
  const byTag = { RegionId: region, 'Tag.1.Key': 'env', 'Tag.1.Value': 'dev' }
  await expectError(server.client.call('DescribeInstances', byTag), 'ServiceUnavailable')
  await stop(server, [other])
})

test('rules and their counts outlive the process, a state that is put back, and a fork', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { action: 'DescribeRegions', nth: 3, error: { code: 'InternalError' } })
  await server.client.call('DescribeRegions')
  const { body: state } = await control(server, 'GET', '/state')
  const { body: copy } = await control(server, 'POST', '/fork')
  await control(server, 'POST', '/reset')
  assert.deepEqual((await control(server, 'GET', '/faults')).body.faults, [])
  await control(server, 'PUT', '/state', state)
  const expected = { id: 'fault-1', action: 'DescribeRegions', nth: 3, seen: 1, struck: 0 }
  for (const url of [server.app.endpoint, copy.endpoint]) {
    const { faults } = (await (await fetch(`${url}/_localyun/faults`)).json()) as any
    assert.partialDeepStrictEqual(faults, [expected])
  }
  await server.client.call('DescribeRegions')
  await expectError(server.client.call('DescribeRegions'), 'InternalError')
  assert.equal(await server.status(id), 'Running')
})

test('an auto clock moves on to the end of a stale view when nothing else is due', async () => {
  await using server = await createTestApp({ clock: 'auto' })
  const id = await server.instance()
  await fault(server, { action: 'StopInstances', staleSeconds: 30 })
  await stop(server, [id])
  await until(async () => (await server.status(id)) === 'Stopped')
})
