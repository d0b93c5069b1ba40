import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, instanceIds, type Params } from '../../../../test/support/client.ts'
import { planEvent } from '../../../../test/support/system-events.ts'

const region = { RegionId: 'cn-hangzhou' }
const start = Date.UTC(2026, 0, 2, 3, 4, 5)

async function query({ client }: TestApp, params: Params = {}) {
  const answer = await client.call('DescribeInstancesFullStatus', { ...region, ...params })
  return answer['InstanceFullStatusSet'].InstanceFullStatusType
}

async function ids(server: TestApp, params: Params = {}): Promise<string[]> {
  return (await query(server, params)).map(one => one.InstanceId)
}

async function health(server: TestApp, id: string) {
  return (await query(server, { 'InstanceId.1': id }))[0].HealthStatus
}

test('an instance shows its status, its health and what is to happen to it', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  const event = await planEvent(server, id, 'SystemMaintenance.Reboot')
  assert.deepEqual(await query(server), [
    {
      InstanceId: id,
      Status: { Code: 1, Name: 'Running' },
      HealthStatus: { Code: 0, Name: 'Ok' },
      ScheduledSystemEventSet: {
        ScheduledSystemEventType: [
          {
            EventId: event,
            EventType: { Code: 1, Name: 'SystemMaintenance.Reboot' },
            EventCycleStatus: { Code: 24, Name: 'Scheduled' },
            EventPublishTime: '2026-01-02T03:04:05Z',
            NotBefore: '2026-01-02T03:34:05Z',
            ImpactLevel: '100',
            Reason: 'A simulated event.',
            ExtendedAttribute: { Device: '', DiskId: '', InactiveDisks: { InactiveDisk: [] } },
          },
        ],
      },
    },
  ])
})

test('health follows the lifecycle', async () => {
  await using server = await createTestApp()
  for (const [status, name] of [
    ['Pending', 'Initializing'],
    ['Starting', 'Initializing'],
    ['Running', 'Ok'],
    ['Stopping', 'Ok'],
    ['Stopped', 'NotApplicable'],
  ] as const) {
    const id = await server.instance({ status })
    assert.equal((await health(server, id)).Name, name, status)
  }
})

test('health follows system events: maintenance maintains, a failure warns and impairs', async () => {
  await using server = await createTestApp()
  const maintained = await server.instance()
  await planEvent(server, maintained, 'SystemMaintenance.Reboot')
  const failing = await server.instance()
  await planEvent(server, failing, 'SystemFailure.Reboot')
  assert.deepEqual(await health(server, maintained), { Code: 0, Name: 'Ok' })
  assert.deepEqual(await health(server, failing), { Code: 64, Name: 'Warning' })
  await server.advance(30 * 60)
  assert.deepEqual(await health(server, maintained), { Code: 32, Name: 'Maintaining' })
  assert.deepEqual(await health(server, failing), { Code: 128, Name: 'Impaired' })
  for (const [name, id] of [
    ['Maintaining', maintained],
    ['Impaired', failing],
  ] as const) {
    assert.deepEqual(await ids(server, { HealthStatus: name }), [id])
  }
  await server.advance(30)
  for (const id of [maintained, failing]) assert.deepEqual(await health(server, id), { Code: 0, Name: 'Ok' })
})

test('the filters on health find what is shown', async () => {
  await using server = await createTestApp()
  const byStatus = new Map<string, string>()
  for (const status of ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped'] as const) {
    byStatus.set(status, await server.instance({ status }))
  }
  const warned = await server.instance()
  await planEvent(server, warned, 'InstanceFailure.Reboot')
  const of = (...statuses: string[]) => statuses.map(status => byStatus.get(status))
  assert.deepEqual(await ids(server, { HealthStatus: 'Initializing' }), of('Starting', 'Pending'))
  assert.deepEqual(await ids(server, { HealthStatus: 'Ok' }), of('Stopping', 'Running'))
  assert.deepEqual(await ids(server, { HealthStatus: 'NotApplicable' }), of('Stopped'))
  assert.deepEqual(await ids(server, { HealthStatus: 'Warning' }), [warned])
  assert.deepEqual(await ids(server, { HealthStatus: 'InsufficientData' }), [])
  assert.deepEqual(await ids(server, { Status: 'Running' }), [warned, ...of('Running')])
})

test('conditions on events leave out the instances that have none of them', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const [plain, rebooted, stopped] = [await server.instance(), await server.instance(), await server.instance()]
  const reboot = await planEvent(server, rebooted, 'SystemMaintenance.Reboot', 'PT30M')
  const stop = await planEvent(server, stopped, 'InstanceExpiration.Stop', 'P3D')
  assert.deepEqual(await ids(server), [stopped, rebooted, plain])
  assert.deepEqual(await ids(server, { 'EventId.1': reboot }), [rebooted])
  assert.deepEqual(await ids(server, { 'EventId.1': reboot, 'EventId.2': stop }), [stopped, rebooted])
  assert.deepEqual(await ids(server, { EventType: 'InstanceExpiration.Stop' }), [stopped])
  const types = { 'InstanceEventType.1': 'SystemMaintenance.Reboot', EventType: 'InstanceExpiration.Stop' }
  assert.deepEqual(await ids(server, types), [rebooted])
  assert.deepEqual(await ids(server, { 'NotBefore.Start': '2026-01-03T00:00:00Z' }), [stopped])
  assert.deepEqual(await ids(server, { 'NotBefore.End': '2026-01-02T03:34:05Z' }), [rebooted])
  assert.deepEqual(await ids(server, { 'EventPublishTime.End': '2026-01-02T03:04:04Z' }), [])
  assert.deepEqual(await ids(server, { EventType: 'SystemUpgrade.Migrate' }), [])
})

test('what is over is shown only for a period', async () => {
  await using server = await createTestApp({}, { startAt: start })
  const id = await server.instance()
  await planEvent(server, id, 'SystemMaintenance.Reboot')
  await server.advance(3600)
  const events = async (params: Params = {}) =>
    (await query(server, params)).flatMap(one => one.ScheduledSystemEventSet.ScheduledSystemEventType)
  assert.deepEqual(await events(), [])
  const [event] = await events({ 'NotBefore.Start': '2026-01-02T00:00:00Z', 'NotBefore.End': '2026-01-03T00:00:00Z' })
  assert.deepEqual(event?.EventCycleStatus, { Code: 0, Name: 'Executed' })
})

test('pages hold the newest first, and the total counts all', async () => {
  await using server = await createTestApp()
  const all = (await server.seed({ instances: [{ count: 25, region: 'cn-hangzhou' }] })).toReversed()
  const page = await server.client.call('DescribeInstancesFullStatus', { ...region, PageNumber: 3, PageSize: 10 })
  assert.deepEqual([page['TotalCount'], page['PageNumber'], page['PageSize']], [25, 3, 10])
  assert.deepEqual(
    page['InstanceFullStatusSet'].InstanceFullStatusType.map(one => one.InstanceId),
    all.slice(20),
  )
  assert.deepEqual(await ids(server), all.slice(0, 10))
  assert.deepEqual(await ids(server, { HealthStatus: 'Ok', PageNumber: 2, PageSize: 20 }), all.slice(20))
})

test('instances of another account or region are not shown, nor are their events', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '20001' }] })
  const other = await server.instance({ account: '20001' })
  const elsewhere = await server.instance({ region: 'cn-beijing', zone: 'cn-beijing-a' })
  await planEvent(server, other, 'SystemMaintenance.Reboot')
  await planEvent(server, elsewhere, 'SystemMaintenance.Reboot')
  assert.deepEqual(await query(server, { EventType: 'SystemMaintenance.Reboot' }), [])
  assert.deepEqual(await query(server, instanceIds([other, elsewhere])), [])
})

test('values that are none are refused with the codes of the page', async () => {
  await using server = await createTestApp()
  const refused = (params: Params, code: string, message?: string) =>
    expectError(server.client.call('DescribeInstancesFullStatus', { ...region, ...params }), code, {
      status: 403,
      ...(message === undefined ? {} : { message }),
    })
  const notValid = (name: string) => `The Parameter "${name}" provided is not valid.`
  await refused({ Status: 'Stopping' }, 'InvalidParameter', notValid('Status'))
  await refused({ HealthStatus: 'ok' }, 'InvalidParameter', notValid('HealthStatus'))
  await refused({ 'InstanceId.1': 'i-!' }, 'InvalidParameter', notValid('InstanceId.1'))
  await refused({ PageSize: 101 }, 'InvalidParameter', notValid('PageSize'))
  await refused({ 'NotBefore.Start': 'now' }, 'InvalidParameter', notValid('NotBefore.Start'))
  const backwards = { 'NotBefore.Start': '2026-01-03T00:00:00Z', 'NotBefore.End': '2026-01-02T00:00:00Z' }
  await refused(backwards, 'InvalidParameter.TimeEndBeforeStart')
  const many = Array.from({ length: 101 }, (_, index) => `i-bp1many${1000 + index}`)
  await refused(instanceIds(many), 'InstanceIdLimitExceeded', 'The amount of InstanceId specified exceeds limit 100.')
  const events = Object.fromEntries(many.map((id, index) => [`EventId.${index + 1}`, id]))
  await refused(events, 'EventIdLimitExceeded')
})
