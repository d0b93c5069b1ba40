import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { control } from '../../test/support/control.ts'
import { planEvent } from '../../test/support/system-events.ts'
import { tempFolder } from '../../test/support/temp.ts'

async function list(server: TestApp, instance: string): Promise<any[]> {
  return (await control(server, 'GET', `/instances/${instance}/system-events`)).body.systemEvents
}

async function statusOf(server: TestApp, instance: string, event: string): Promise<string> {
  return (await list(server, instance)).find(one => one.id === event)?.status
}

async function timeline(server: TestApp, instance: string): Promise<unknown[]> {
  const { body } = await control(server, 'GET', `/instances/${instance}`)
  return body.timeline.slice(1).map((one: any) => [one.state, one.actor, one.requestId, one.reason])
}

const start = Date.UTC(2026, 0, 2, 3, 4, 5)

test('an event is Scheduled, then carried out, and shows when each was', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  const { body } = await control(server, 'POST', `/instances/${id}/system-events`, {
    type: 'SystemMaintenance.Reboot',
    notBefore: '2026-01-03T00:00:00Z',
    reason: 'The host is replaced.',
  })
  assert.match(body.systemEvent.id, /^e-bp1[a-z0-9]{17}$/)
  assert.deepEqual(
    { ...body.systemEvent, id: '' },
    {
      id: '',
      type: 'SystemMaintenance.Reboot',
      status: 'Scheduled',
      reason: 'The host is replaced.',
      publishedAt: '2026-01-02T03:04:05.000Z',
      notBefore: '2026-01-03T00:00:00.000Z',
      startedAt: null,
      finishedAt: null,
    },
  )
  assert.deepEqual(await list(server, id), [body.systemEvent])
  await control(server, 'POST', '/clock', { set: '2026-01-02T23:59:59Z' })
  assert.deepEqual(await list(server, id), [body.systemEvent])
  await control(server, 'POST', '/clock', { advance: 'PT1S' })
  const [executing] = await list(server, id)
  assert.deepEqual([executing.status, executing.startedAt], ['Executing', '2026-01-03T00:00:00.000Z'])
  await server.advance(10)
  const [executed] = await list(server, id)
  assert.equal(executed.status, 'Executed')
  assert.ok(executed.finishedAt > executing.startedAt, executed.finishedAt)
})

for (const type of ['SystemMaintenance.Reboot', 'SystemMaintenance.Redeploy', 'SystemFailure.Reboot']) {
  test(`${type} reboots a running instance, and the log names the event throughout`, async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const event = await planEvent(server, id, type)
    await server.advance(29 * 60)
    assert.equal(await server.status(id), 'Running')
    await server.advance(60)
    assert.equal(await server.status(id), 'Stopping')
    await server.advance(10)
    assert.equal(await server.status(id), 'Running')
    assert.equal(await statusOf(server, id, event), 'Executed')
    const named = `(system event ${event})`
    assert.deepEqual(await timeline(server, id), [
      ['Stopping', 'platform', null, `${type} ${named}`],
      ['Starting', 'platform', null, `the machine is off and starts again ${named}`],
      ['Running', 'platform', null, `the machine is on ${named}`],
    ])
  })
}

for (const type of [
  'SystemMaintenance.Stop',
  'SystemFailure.Stop',
  'InstanceExpiration.Stop',
  'AccountUnbalanced.Stop',
]) {
  const mode = type === 'AccountUnbalanced.Stop' ? 'StopCharging' : 'KeepCharging'
  test(`${type} stops a running instance with ${mode} where the account's default is economical mode`, async () => {
    await using server = await createTestApp()
    await control(server, 'PUT', '/accounts/1000000000000001', { defaultEconomicalMode: true })
    const id = await server.instance()
    const event = await planEvent(server, id, type)
    await server.advance(31 * 60)
    const { Status, StoppedMode } = await server.get(id)
    assert.deepEqual([Status, StoppedMode], ['Stopped', mode])
    assert.equal(await statusOf(server, id, event), 'Executed')
    const { body } = await control(server, 'GET', `/instances/${id}`)
    assert.deepEqual([body.instance.intent.power, body.instance.intent.by], ['off', event])
  })
}

for (const type of ['SystemFailure.Delete', 'InstanceExpiration.Delete', 'AccountUnbalanced.Delete']) {
  test(`${type} releases an instance for good; its events stay to be read`, async () => {
    await using server = await createTestApp()
    for (const status of ['Running', 'Stopped'] as const) {
      const id = await server.instance({ status })
      const event = await planEvent(server, id, type)
      const never = await planEvent(server, id, 'SystemMaintenance.Reboot', 'PT2H')
      await server.advance(31 * 60)
      assert.equal(await server.status(id), undefined)
      assert.deepEqual([await statusOf(server, id, event), await statusOf(server, id, never)], ['Executed', 'Canceled'])
      assert.deepEqual(await timeline(server, id), [['Deleted', 'platform', null, `${type} (system event ${event})`]])
    }
  })
}

test('a failure cuts the power of a guest that maintenance would wait for', async () => {
  await using server = await createTestApp()
  const guest = { shutdown: 'ignore' } as const
  const [failing, maintained] = [await server.instance({ guest }), await server.instance({ guest })]
  await planEvent(server, failing, 'InstanceFailure.Reboot')
  await planEvent(server, maintained, 'SystemMaintenance.Reboot')
  await server.advance(31 * 60)
  assert.deepEqual([await server.status(failing), await server.status(maintained)], ['Running', 'Stopping'])
  await server.advance(11 * 60)
  assert.equal(await server.status(maintained), 'Running')
})

for (const { action, params } of [
  { action: 'RebootInstance', params: (id: string) => ({ InstanceId: id }) },
  { action: 'StopInstance', params: (id: string) => ({ InstanceId: id }) },
  { action: 'RebootInstances', params: (id: string) => ({ RegionId: 'cn-hangzhou', 'InstanceId.1': id }) },
  { action: 'StopInstances', params: (id: string) => ({ RegionId: 'cn-hangzhou', 'InstanceId.1': id }) },
]) {
  test(`${action} before its time avoids a reboot for maintenance, and no other event`, async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const avoided = await planEvent(server, id, 'SystemMaintenance.Reboot')
    const failure = await planEvent(server, id, 'SystemFailure.Stop', 'PT2H')
    await server.client.call(action, params(id))
    const events = await list(server, id)
    assert.deepEqual(
      events.map(one => [one.id, one.status, one.finishedAt !== null]),
      [
        [failure, 'Scheduled', false],
        [avoided, 'Avoided', true],
      ],
    )
    await server.advance(10)
    const { length } = await timeline(server, id)
    await server.advance(40 * 60)
    assert.equal((await timeline(server, id)).length, length)
  })
}

test('a dry run and a refused stop avoid nothing', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const event = await planEvent(server, id, 'SystemMaintenance.Reboot')
  const call = { RegionId: 'cn-hangzhou', 'InstanceId.1': id }
  await assert.rejects(server.client.call('StopInstances', { ...call, DryRun: true }))
  await assert.rejects(server.client.call('StopInstances', { ...call, 'InstanceId.2': 'i-bp1none0000000000' }))
  assert.equal(await statusOf(server, id, event), 'Scheduled')
})

test('a stopped instance has nothing to reboot or to stop', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped' })
  const events = [
    await planEvent(server, id, 'SystemFailure.Reboot'),
    await planEvent(server, id, 'SystemMaintenance.Stop'),
  ]
  await server.advance(31 * 60)
  for (const event of events) assert.equal(await statusOf(server, id, event), 'Avoided')
  assert.equal(await server.status(id), 'Stopped')
})

test('an event waits for an instance that is in the middle of something, and for another event of it', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const reboot = await planEvent(server, id, 'SystemMaintenance.Redeploy')
  const stop = await planEvent(server, id, 'SystemMaintenance.Stop')
  await server.advance(30 * 60 - 1)
  await server.client.call('RebootInstance', { InstanceId: id })
  await server.advance(2)
  assert.deepEqual([await statusOf(server, id, reboot), await statusOf(server, id, stop)], ['Scheduled', 'Scheduled'])
  await server.advance(60)
  assert.deepEqual([await statusOf(server, id, reboot), await statusOf(server, id, stop)], ['Executed', 'Executed'])
  assert.equal(await server.status(id), 'Stopped')
})

test('a user who forces the stop that an event began does not end the event', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ guest: { shutdown: 'ignore' } })
  const event = await planEvent(server, id, 'SystemMaintenance.Stop')
  await server.advance(31 * 60)
  assert.equal(await server.status(id), 'Stopping')
  await server.client.call('StopInstance', { InstanceId: id, ForceStop: true })
  await server.advance(5)
  assert.equal(await server.status(id), 'Stopped')
  assert.equal(await statusOf(server, id, event), 'Executed')
})

test('a stop by an event that ends in a power cycle has failed', async () => {
  await using server = await createTestApp({ afterGrace: 'power-cycle' })
  const id = await server.instance({ guest: { shutdown: 'ignore' } })
  const event = await planEvent(server, id, 'SystemMaintenance.Stop')
  await server.advance(45 * 60)
  assert.equal(await server.status(id), 'Running')
  assert.equal(await statusOf(server, id, event), 'Failed')
})

test('a canceled event does not happen, and what has begun cannot be canceled', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const event = await planEvent(server, id, 'SystemMaintenance.Reboot')
  const canceled = await control(server, 'DELETE', `/instances/${id}/system-events/${event}`)
  assert.deepEqual([canceled.status, canceled.body.systemEvent.status], [200, 'Canceled'])
  await server.advance(3600)
  assert.deepEqual(await timeline(server, id), [])
  const again = await control(server, 'DELETE', `/instances/${id}/system-events/${event}`)
  assert.equal(again.status, 200)
  const done = await planEvent(server, id, 'SystemFailure.Reboot', 'PT0S')
  await server.advance(10)
  const late = await control(server, 'DELETE', `/instances/${id}/system-events/${done}`)
  assert.deepEqual(
    [late.status, late.body.error],
    [409, `${done} is Executed; only what is Scheduled can be canceled.`],
  )
})

test('without notBefore the platform acts at once', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await control(server, 'POST', `/instances/${id}/system-events`, { type: 'SystemFailure.Stop' })
  await server.advance(5)
  assert.equal(await server.status(id), 'Stopped')
})

test('an auto clock goes to a planned event by itself, and a stop by an event is waited for', async () => {
  await using server = await createTestApp({ clock: 'auto' })
  const id = await server.instance()
  await planEvent(server, id, 'SystemMaintenance.Stop', 'P2D')
  const { status } = await control(server, 'POST', '/clock', { untilStopped: id })
  assert.equal(status, 200)
  assert.equal(await server.status(id), 'Stopped')
})

test('a planned event survives a restart of the server, and one that was under way is finished', async () => {
  using folder = tempFolder()
  const store = `sqlite:${folder.path}/state.db`
  let id: string
  let planned: string
  let begun: string
  {
    await using server = await createTestApp({ store })
    id = await server.instance()
    begun = await planEvent(server, id, 'SystemFailure.Reboot', 'PT0S')
    await server.advance(0)
    planned = await planEvent(server, id, 'SystemMaintenance.Reboot')
    assert.equal(await statusOf(server, id, begun), 'Executing')
  }
  await using server = await createTestApp({ store })
  await server.advance(10)
  assert.deepEqual([await statusOf(server, id, begun), await statusOf(server, id, planned)], ['Executed', 'Scheduled'])
  await server.advance(3600)
  assert.equal(await statusOf(server, id, planned), 'Executed')
})

test('what is wrong with a request is said', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  const post = async (body: unknown, instance = id) => {
    const answer = await control(server, 'POST', `/instances/${instance}/system-events`, body)
    return [answer.status, answer.body.error]
  }
  const type = 'SystemMaintenance.Reboot'
  assert.deepEqual(await post({ type, notBefore: '2026-01-01T00:00:00Z' }), [
    400,
    'notBefore: it is 2026-01-02T03:04:05.000Z already.',
  ])
  assert.deepEqual(await post({ type, notBefore: { in: 'soon' } }), [
    400,
    'notBefore.in: must be a duration such as "PT30M" or "30m".',
  ])
  assert.equal((await post({ type: 'SystemMaintenance.Dance' }))[0], 400)
  assert.deepEqual(await post({ type }, 'i-bp1none0000000000'), [404, 'There is no instance i-bp1none0000000000.'])
  const unknown = await control(server, 'DELETE', `/instances/${id}/system-events/e-none`)
  assert.deepEqual([unknown.status, unknown.body.error], [404, `${id} has no system event e-none.`])
  assert.equal((await control(server, 'GET', '/instances/i-bp1none0000000000/system-events')).status, 404)
})
