import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { account } from '../../../../test/support/batch.ts'
import { totalOf } from '../../../../test/support/bill.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { control } from '../../../../test/support/control.ts'

const day = 86_400
const startAt = Date.UTC(2026, 8, 1)
/** Of a month, in nano-yuan. */
const price = 273_600_000_000n

function renew({ client }: TestApp, id: string, params: Params = { Period: 1 }) {
  return client.call('RenewInstance', { InstanceId: id, ...params })
}

async function start(): Promise<{ server: TestApp; id: string }> {
  const server = await createTestApp({}, { startAt })
  return { server, id: await server.instance({ chargeType: 'PrePaid' }) }
}

async function shown(server: TestApp, id: string) {
  const instance = await server.describe(id)
  return [instance?.['Status'], instance?.['ExpiredTime'], instance?.['OperationLocks'].LockReason.length]
}

test('a renewal goes on from the old end and is paid at once', async () => {
  const { server, id } = await start()
  await using _ = server
  await server.advance(10 * day)
  assert.match((await renew(server, id))['OrderId'], /^\d{15}$/)
  assert.deepEqual(await shown(server, id), ['Running', '2026-10-31T00:00Z', 0])
  assert.equal(await totalOf(server), 2n * price)
  assert.equal(await totalOf(server, startAt / 1000 + 10 * day - 1), price)
  await renew(server, id, { Period: 2, PeriodUnit: 'Week' })
  assert.deepEqual(await shown(server, id), ['Running', '2026-11-14T00:00Z', 0])
  await server.advance(50 * day)
  assert.equal(await server.status(id), 'Running')
  await server.advance(15 * day)
  assert.equal(await server.status(id), 'Stopped')
})

test('a renewal until a day of the month is paid by the second', async () => {
  const { server, id } = await start()
  await using _ = server
  await renew(server, id, { ExpectedRenewDay: 5 })
  assert.deepEqual(await shown(server, id), ['Running', '2026-10-05T00:00Z', 0])
  // From 1 October on: 4 of 30 days, 36.48.
  assert.equal(await totalOf(server), price + 36_480_000_000n)
})

test('an instance that was on when its subscription ended starts again, one that was off stays off', async () => {
  const { server, id } = await start()
  await using _ = server
  const off = await server.instance({ chargeType: 'PrePaid', status: 'Stopped' })
  await server.advance(31 * day)
  assert.deepEqual(await shown(server, id), ['Stopped', '2026-10-01T00:00Z', 1])
  await renew(server, id)
  await renew(server, off)
  assert.deepEqual(await shown(server, id), ['Starting', '2026-10-31T00:00Z', 0])
  assert.deepEqual(await shown(server, off), ['Stopped', '2026-10-31T00:00Z', 0])
  await server.advance(10)
  assert.deepEqual([await server.status(id), await server.status(off)], ['Running', 'Stopped'])
  await server.client.call('StartInstance', { InstanceId: off })
  const { timeline } = (await control(server, 'GET', `/instances/${id}`)).body
  assert.deepEqual(
    timeline.slice(-2).map((one: any) => [one.state, one.actor, one.reason]),
    [
      ['Starting', 'api', 'RenewInstance'],
      ['Running', 'platform', 'the machine is on'],
    ],
  )
  // The release that was to come is off.
  await server.advance(20 * day)
  assert.equal(await server.status(id), 'Running')
})

test('a guest that is still shutting down because of the end comes up again behind that', async () => {
  const { server } = await start()
  await using _ = server
  const slow = await server.instance({ chargeType: 'PrePaid', guest: { shutdown: 'slow', seconds: 120 } })
  await server.advance(30 * day + 60)
  assert.deepEqual(await shown(server, slow), ['Stopping', '2026-10-01T00:00Z', 1])
  await renew(server, slow)
  assert.deepEqual(await shown(server, slow), ['Stopping', '2026-10-31T00:00Z', 0])
  await server.advance(40)
  assert.equal(await server.status(slow), 'Stopping')
  await server.advance(80)
  assert.equal(await server.status(slow), 'Running')
})

test('a renewed instance whose key is disabled stays Stopped', async () => {
  const { server } = await start()
  await using _ = server
  await server.seed({ kmsKeys: [{ id: 'key', region: 'cn-hangzhou' }] })
  const id = await server.instance({ chargeType: 'PrePaid', kmsKey: 'key' })
  await server.advance(31 * day)
  await control(server, 'PUT', '/kms-keys/cn-hangzhou/key', { state: 'Disabled' })
  await renew(server, id)
  assert.deepEqual(await shown(server, id), ['Stopped', '2026-10-31T00:00Z', 0])
})

test('a lock that somebody else has put stays', async () => {
  const { server, id } = await start()
  await using _ = server
  await control(server, 'PUT', `/instances/${id}/locks/financial`)
  await renew(server, id)
  assert.deepEqual(await shown(server, id), ['Running', '2026-10-31T00:00Z', 1])
})

test('a token renews once', async () => {
  const { server, id } = await start()
  await using _ = server
  const first = await renew(server, id, { Period: 1, ClientToken: 'once' })
  const again = await renew(server, id, { Period: 1, ClientToken: 'once' })
  assert.equal(again['OrderId'], first['OrderId'])
  assert.equal(await totalOf(server), 2n * price)
  await expectError(renew(server, id, { Period: 2, ClientToken: 'once' }), 'IdempotenceParamNotMatch', { status: 400 })
})

test('what cannot be renewed is refused, and nothing is paid', async () => {
  const { server, id } = await start()
  await using _ = server
  await control(server, 'PUT', `/accounts/${account}`, { balance: 1000 })
  const postPaid = await server.instance()
  const locked = await server.instance({ chargeType: 'PrePaid', locks: ['security'] })
  const before = await totalOf(server)
  for (const [which, params, code, status] of [
    ['i-bp1unknown0000000001', { Period: 1 }, 'InvalidInstanceId.NotFound', 404],
    [postPaid, { Period: 1 }, 'ChargeTypeViolation', 403],
    [locked, { Period: 1 }, 'InstanceLockedForSecurity', 403],
    [id, {}, 'MissingParameter', 400],
    [id, { Period: 1, ExpectedRenewDay: 3 }, 'InvalidParameter.Conflict', 400],
    [id, { ExpectedRenewDay: 29 }, 'InvalidParameter', 400],
    [id, { Period: 10 }, 'InvalidPeriod', 400],
    [id, { Period: 5, PeriodUnit: 'Week' }, 'InvalidPeriod', 400],
    [id, { Period: 1, PeriodUnit: 'Day' }, 'InvalidPeriodUnit.ValueNotSupported', 400],
    [id, { Period: 4 }, 'InvalidAccountStatus.NotEnoughBalance', 403],
  ] as const) {
    await expectError(renew(server, which, params), code, { status })
  }
  assert.equal(await totalOf(server), before)
  await server.advance(40 * day)
  // From the old end on, a week is over by now.
  await expectError(renew(server, id, { Period: 1, PeriodUnit: 'Week' }), 'InvalidPeriod', { status: 400 })
  await control(server, 'PUT', `/accounts/${account}`, { balance: 0 })
  await expectError(renew(server, id), 'InvalidAccountStatus.NotEnoughBalance', { status: 403 })
  assert.deepEqual(await shown(server, id), ['Stopped', '2026-10-01T00:00Z', 1])
})
