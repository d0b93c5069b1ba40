import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { account, region } from '../../../test/support/batch.ts'
import { meterOf, totalOf } from '../../../test/support/bill.ts'
import { expectError } from '../../../test/support/client.ts'
import { control } from '../../../test/support/control.ts'
import { tempFolder } from '../../../test/support/temp.ts'
import { failpoints } from '../../platform/failpoints.ts'

const day = 86_400
const startAt = Date.UTC(2026, 8, 1)

async function shown(server: TestApp, id: string) {
  const instance = await server.describe(id)
  if (instance === undefined) return undefined
  return [instance['Status'], instance['StoppedMode'], instance['OperationLocks'].LockReason]
}

async function timelineOf(server: TestApp, id: string): Promise<[string, string, string][]> {
  const { timeline } = (await control(server, 'GET', `/instances/${id}`)).body
  return timeline.map((one: any) => [one.state, one.actor, one.reason])
}

const financial = [{ LockReason: 'financial', LockMsg: '' }]
const expired = ['Stopped', 'Not-applicable', financial]

test('when a subscription ends its instance is shut down and locked, and 15 days later it is released', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  const off = await server.instance({ chargeType: 'PrePaid', status: 'Stopped' })
  const postPaid = await server.instance()
  await server.advance(30 * day - 1)
  assert.deepEqual(await shown(server, id), ['Running', 'Not-applicable', []])
  await server.advance(1)
  assert.deepEqual(await shown(server, id), ['Stopping', 'Not-applicable', financial])
  await server.advance(10)
  assert.deepEqual(await shown(server, id), expired)
  assert.deepEqual(await shown(server, off), expired)
  await expectError(server.client.call('StartInstance', { InstanceId: id }), 'InstanceExpired', {
    status: 403,
    message: 'The prePaid instance has been expired.',
  })
  await server.advance(15 * day - 11)
  assert.deepEqual(await shown(server, id), expired)
  const before = await timelineOf(server, id)
  await server.advance(1)
  assert.deepEqual([await shown(server, id), await shown(server, off)], [undefined, undefined])
  assert.equal(await server.status(postPaid), 'Running')
  assert.deepEqual(before.slice(-2), [
    ['Stopping', 'platform', 'its subscription has ended'],
    ['Stopped', 'platform', 'the machine is off'],
  ])
  assert.deepEqual((await timelineOf(server, id)).at(-1), [
    'Deleted',
    'platform',
    'its subscription ended and was not renewed',
  ])
  const disks = await server.client.call('DescribeDisks', { RegionId: region })
  assert.equal(disks['TotalCount'], 1)
})

test('a guest that does not shut down in its grace time is forced', async () => {
  await using server = await createTestApp({ stopGraceMs: 60_000 }, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid', guest: { shutdown: 'ignore' } })
  await server.advance(30 * day + 59)
  assert.deepEqual(await shown(server, id), ['Stopping', 'Not-applicable', financial])
  await server.advance(5)
  assert.deepEqual(await shown(server, id), expired)
})

test('an instance that is starting or rebooting is waited for, one that is being stopped is left alone', async () => {
  await using server = await createTestApp({}, { startAt })
  const make = () => server.instance({ chargeType: 'PrePaid' })
  const [reboots, stops, starts] = [
    await make(),
    await make(),
    await server.instance({ chargeType: 'PrePaid', status: 'Stopped' }),
  ]
  await server.advance(30 * day - 1)
  await server.client.call('RebootInstance', { InstanceId: reboots })
  await server.client.call('StopInstance', { InstanceId: stops })
  await server.client.call('StartInstance', { InstanceId: starts })
  await server.advance(1)
  assert.deepEqual(await shown(server, stops), ['Stopping', 'Not-applicable', financial])
  assert.deepEqual(await shown(server, reboots), ['Stopping', 'Not-applicable', []])
  assert.deepEqual(await shown(server, starts), ['Starting', 'Not-applicable', []])
  await server.advance(30)
  for (const id of [reboots, stops, starts]) assert.deepEqual(await shown(server, id), expired, id)
  const states = (await timelineOf(server, reboots)).map(([state]) => state)
  assert.deepEqual(states, ['Created', 'Stopping', 'Starting', 'Running', 'Stopping', 'Stopped'])
  assert.deepEqual(
    (await timelineOf(server, stops)).map(([state]) => state),
    ['Created', 'Stopping', 'Stopped'],
  )
})

test('a jump over the end and the release does both, each at its own time', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  await server.advance(400 * day)
  const { timeline } = (await control(server, 'GET', `/instances/${id}`)).body
  assert.deepEqual(
    timeline.map((one: any) => [one.state, Math.floor((Date.parse(one.at) - startAt) / 86_400_000)]),
    [
      ['Created', 0],
      ['Stopping', 30],
      ['Stopped', 30],
      ['Deleted', 45],
    ],
  )
})

test('a subscription that renews itself is paid again and goes on, as long as the balance allows', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  const renewal = { RegionId: region, InstanceId: id, AutoRenew: true, Duration: 2, PeriodUnit: 'Week' }
  await server.client.call('ModifyInstanceAutoRenewAttribute', renewal)
  // 273.60 for 30 days, 127.68 for 14.
  await server.advance(30 * day)
  assert.equal(await totalOf(server), 401_280_000_000n)
  const ends = async () => (await server.describe(id))?.['ExpiredTime']
  assert.equal(await ends(), '2026-10-15T00:00Z')
  await server.advance(14 * day)
  assert.deepEqual([await ends(), await server.status(id)], ['2026-10-29T00:00Z', 'Running'])
  await control(server, 'PUT', `/accounts/${account}`, { balance: 127.67 })
  await server.advance(14 * day + 10)
  assert.deepEqual(await shown(server, id), expired)
  assert.equal(await totalOf(server), 528_960_000_000n)
  assert.deepEqual(
    (await timelineOf(server, id)).map(([state]) => state),
    ['Created', 'Stopping', 'Stopped'],
  )
})

test('a long jump renews as often as periods end', async () => {
  await using server = await createTestApp({}, { startAt })
  await control(server, 'PUT', `/accounts/${account}`, { balance: 1_000_000 })
  const id = await server.instance({ chargeType: 'PrePaid' })
  const renewal = { RegionId: region, InstanceId: id, RenewalStatus: 'AutoRenewal', Duration: 1, PeriodUnit: 'Month' }
  await server.client.call('ModifyInstanceAutoRenewAttribute', renewal)
  await server.advance(365 * day)
  assert.equal(await totalOf(server), 13n * 273_600_000_000n)
  assert.equal(await server.status(id), 'Running')
  assert.deepEqual((await meterOf(server)).length, 1)
})

test('subscriptions keep nobody from being idle, and do not draw an auto clock to their end', async () => {
  await using server = await createTestApp({ clock: 'auto' }, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  const stopped = await server.instance()
  await server.client.call('StopInstance', { InstanceId: stopped })
  while ((await server.status(stopped)) !== 'Stopped');
  await server.app.engine.advanceUntilIdle()
  assert.ok(server.app.clock.now() - startAt < 60_000)
  assert.equal(await server.status(id), 'Running')
})

test('a wait for Stopped comes to the end of the subscription', async () => {
  await using server = await createTestApp({}, { startAt })
  const id = await server.instance({ chargeType: 'PrePaid' })
  await server.app.engine.advanceUntilStopped(id)
  assert.deepEqual(await shown(server, id), expired)
})

test('a server that is restarted while subscriptions end goes on with what is left to do', async () => {
  using folder = tempFolder()
  const config = { store: `sqlite:${folder.path}/state.db` }
  let id = ''
  {
    await using server = await createTestApp(config, { startAt })
    id = await server.instance({ chargeType: 'PrePaid' })
    await server.advance(30 * day)
    assert.deepEqual(await shown(server, id), ['Stopping', 'Not-applicable', financial])
  }
  await using server = await createTestApp(config)
  await server.advance(10)
  assert.deepEqual(await shown(server, id), expired)
  await server.advance(15 * day)
  assert.equal(await server.status(id), undefined)
})

test('an end that could not be committed comes again as a whole', async () => {
  using folder = tempFolder()
  const config = { store: `sqlite:${folder.path}/state.db` }
  let id = ''
  {
    await using server = await createTestApp(config, { startAt })
    id = await server.instance({ chargeType: 'PrePaid' })
    await server.advance(30 * day - 1)
    failpoints.arm('group:before-commit', 'throw')
    await assert.rejects(server.advance(1)).finally(() => failpoints.disarm())
    assert.deepEqual(await shown(server, id), ['Running', 'Not-applicable', []])
  }
  await using server = await createTestApp(config)
  assert.deepEqual(await shown(server, id), ['Running', 'Not-applicable', []])
  await server.advance(20)
  assert.deepEqual(await shown(server, id), expired)
  assert.deepEqual(
    (await timelineOf(server, id)).map(([state]) => state),
    ['Created', 'Stopping', 'Stopped'],
  )
})
