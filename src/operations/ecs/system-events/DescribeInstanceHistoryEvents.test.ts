import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { type AnswerTo, expectError, type Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'
import { planEvent } from '../../../../test/support/system-events.ts'

const region = { RegionId: 'cn-hangzhou' }
const start = Date.UTC(2026, 0, 2, 3, 4, 5)
const reboot = 'SystemMaintenance.Reboot'

async function query({ client }: TestApp, params: Params = {}): Promise<any[]> {
  const answer = await client.call('DescribeInstanceHistoryEvents', { ...region, ...params })
  return answer['InstanceSystemEventSet'].InstanceSystemEventType
}

async function ids(server: TestApp, params: Params = {}): Promise<string[]> {
  return (await query(server, params)).map(one => one.EventId)
}

/** An instance with an event of every status that there is, by status, oldest first. */
async function history(server: TestApp): Promise<{ id: string; events: Record<string, string> }> {
  const id = await server.instance({ guest: { shutdown: 'slow', seconds: 120 } })
  const canceled = await planEvent(server, id, reboot, 'P1D')
  await control(server, 'DELETE', `/instances/${id}/system-events/${canceled}`)
  const avoided = await planEvent(server, id, reboot, 'P1D')
  await server.client.call('RebootInstance', { InstanceId: id })
  await server.advance(300)
  const executed = await planEvent(server, id, 'SystemFailure.Reboot', 'PT1M')
  await server.advance(300)
  const executing = await planEvent(server, id, 'SystemMaintenance.Stop', 'PT1M')
  await server.advance(60)
  const scheduled = await planEvent(server, id, 'AccountUnbalanced.Delete', 'P15D')
  return {
    id,
    events: { Canceled: canceled, Avoided: avoided, Executed: executed, Executing: executing, Scheduled: scheduled },
  }
}

test('without a status, what is finished is shown, newest first', async () => {
  await using server = await createTestApp()
  const { events } = await history(server)
  assert.deepEqual(await ids(server), [events['Executed'], events['Avoided'], events['Canceled']])
})

test('each status is found by its name, and a list counts before a single one', async () => {
  await using server = await createTestApp()
  const { events } = await history(server)
  for (const [name, id] of Object.entries(events)) {
    const [found, ...more] = await query(server, { EventCycleStatus: name })
    assert.deepEqual([found.EventId, found.EventCycleStatus.Name, more], [id, name, []])
  }
  const both = { 'InstanceEventCycleStatus.1': 'Scheduled', 'InstanceEventCycleStatus.2': 'Executing' }
  assert.deepEqual(await ids(server, { ...both, EventCycleStatus: 'Avoided' }), [
    events['Scheduled'],
    events['Executing'],
  ])
  assert.deepEqual(await ids(server, { EventCycleStatus: 'Inquiring' }), [])
})

test('an event shows what it was and when', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  const event = await planEvent(server, id, reboot)
  const unfinished = await query(server, { EventCycleStatus: 'Scheduled' })
  assert.equal(unfinished[0].EventFinishTime, '')
  await server.client.call('RebootInstance', { InstanceId: id })
  assert.deepEqual(await query(server), [
    {
      EventId: event,
      EventType: { Code: 1, Name: 'SystemMaintenance.Reboot' },
      EventCycleStatus: { Code: 8, Name: 'Avoided' },
      EventPublishTime: '2026-01-02T03:04:05Z',
      EventFinishTime: '2026-01-02T03:04:05Z',
      NotBefore: '2026-01-02T03:34:05Z',
      InstanceId: id,
      ResourceType: 'instance',
      ImpactLevel: '100',
      Reason: 'A simulated event.',
      ReasonCode: '',
      ExtendedAttribute: { Device: '', DiskId: '', InactiveDisks: { InactiveDisk: [] } },
    },
  ])
})

test('instances are found by InstanceId or ResourceId, hosts have no events', async () => {
  await using server = await createTestApp()
  const [one, other] = [await server.instance(), await server.instance()]
  const first = await planEvent(server, one, reboot)
  const second = await planEvent(server, other, reboot)
  const scheduled = { EventCycleStatus: 'Scheduled' }
  assert.deepEqual(await ids(server, { ...scheduled, InstanceId: one }), [first])
  assert.deepEqual(await ids(server, { ...scheduled, InstanceId: one, 'ResourceId.1': other }), [second])
  assert.deepEqual(await ids(server, { ...scheduled, 'ResourceId.1': other, 'ResourceId.2': one }), [second, first])
  assert.deepEqual(await ids(server, { ...scheduled, ResourceType: 'ddh' }), [])
  assert.deepEqual(await ids(server, { ...scheduled, InstanceId: 'i-bp1none0000000000' }), [])
  assert.deepEqual(await ids(server, { ...scheduled, ResourceGroupId: 'rg-none' }), [])
  assert.deepEqual(await ids(server, { ...scheduled, 'EventId.1': first }), [first])
})

test('types and periods narrow it down', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  const early = await planEvent(server, id, reboot)
  await server.advance(60)
  const late = await planEvent(server, id, 'SystemFailure.Stop', 'P2D')
  const find = (params: Params) => ids(server, { EventCycleStatus: 'Scheduled', ...params })
  assert.deepEqual(await find({ EventType: 'SystemFailure.Stop' }), [late])
  assert.deepEqual(await find({ 'InstanceEventType.1': reboot, EventType: 'SystemFailure.Stop' }), [early])
  assert.deepEqual(await find({ 'EventPublishTime.End': '2026-01-02T03:04:05Z' }), [early])
  assert.deepEqual(await find({ 'EventPublishTime.Start': '2026-01-02T03:05:05Z' }), [late])
  assert.deepEqual(await find({ 'NotBefore.Start': '2026-01-02T03:34:06Z' }), [late])
})

test('what finished more than 30 days ago is forgotten, what is to come never', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const done = await planEvent(server, id, 'SystemFailure.Reboot', 'PT1M')
  const coming = await planEvent(server, id, 'SystemMaintenance.Stop', 'P100D')
  await server.advance(29 * 86_400)
  assert.deepEqual(await ids(server), [done])
  await server.advance(2 * 86_400)
  assert.deepEqual(await ids(server), [])
  assert.deepEqual(await ids(server, { EventCycleStatus: 'Scheduled' }), [coming])
})

test('the events of a released instance can still be read', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const event = await planEvent(server, id, 'InstanceExpiration.Delete')
  await server.advance(3600)
  assert.equal(await server.status(id), undefined)
  assert.deepEqual(await ids(server, { InstanceId: id }), [event])
})

test('pages by number and by token hold every event once', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const all: string[] = []
  for (let count = 0; count < 23; count++) all.unshift(await planEvent(server, id, reboot))
  const call = (params: Params) =>
    server.client.call('DescribeInstanceHistoryEvents', { ...region, EventCycleStatus: 'Scheduled', ...params })
  const idsOf = (answer: AnswerTo<'DescribeInstanceHistoryEvents'>) =>
    answer['InstanceSystemEventSet'].InstanceSystemEventType.map(one => one.EventId)
  const third = await call({ PageNumber: 3 })
  assert.deepEqual([third['TotalCount'], third['PageNumber'], third['PageSize']], [23, 3, 10])
  assert.deepEqual(idsOf(third), all.slice(20))
  const read: string[] = []
  let token = ''
  do {
    const answer = await call({ MaxResults: 1, ...(token === '' ? {} : { NextToken: token }) })
    read.push(...idsOf(answer))
    token = answer['NextToken']
  } while (token !== '')
  assert.deepEqual(read, all)
  await expectError(call({ NextToken: 'none' }), 'InvalidParameter', { status: 400 })
})

test('events of another account or region are not shown', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '20001' }] })
  await planEvent(server, await server.instance({ account: '20001' }), reboot)
  await planEvent(server, await server.instance({ region: 'cn-beijing', zone: 'cn-beijing-a' }), reboot)
  assert.deepEqual(await query(server, { EventCycleStatus: 'Scheduled' }), [])
})

test('values that are none are refused with the codes of the page', async () => {
  await using server = await createTestApp()
  const refused = (params: Params, code: string, message: string) =>
    expectError(query(server, params), code, { status: 403, message })
  const message = 'The Parameter "EventCycleStatus" provided is not valid.'
  await refused({ EventCycleStatus: 'Done' }, 'InvalidParameter', message)
  const backwards = { 'EventPublishTime.Start': '2026-01-03T00:00:00Z', 'EventPublishTime.End': '2026-01-02T00:00:00Z' }
  const text = 'The end of EventPublishTime is before its start.'
  await refused(backwards, 'InvalidParameter.TimeEndBeforeStart', text)
})
