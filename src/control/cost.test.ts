import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../test/support/app.ts'
import { noTime } from '../../test/support/bill.ts'
import { control } from '../../test/support/control.ts'

const startAt = Date.UTC(2026, 8, 1)
const region = 'cn-hangzhou'

test('GET cost tells what a period cost, by instance unless told otherwise', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt })
  const id = await server.instance({ name: 'web', tags: { env: 'dev' } })
  await server.advance(3 * 3600)
  const { status, body } = await control(server, 'GET', '/cost')
  assert.equal(status, 200)
  assert.deepEqual(body, {
    from: '2026-09-01T00:00:00.000Z',
    until: '2026-09-01T03:00:00.000Z',
    currency: 'CNY',
    total: 2.28,
    items: { compute: 2.04, systemDisk: 0.24 },
    by: 'instance',
    lines: [{ key: id, name: 'web', type: 'ecs.g7.large', total: 2.28, items: { compute: 2.04, systemDisk: 0.24 } }],
    savings: {
      saved: 0,
      ifAlwaysRunning: 2.28,
      ifKeepCharging: 2.28,
      economical: { instanceSeconds: 0, disksWentOn: 0, eipsWentOn: 0 },
      standard: { instanceSeconds: 0, cost: 0, economicalWouldHaveSaved: 0, ineligibleInstanceSeconds: 0 },
    },
  })
  const hour = await control(
    server,
    'GET',
    '/cost?from=2026-09-01T09:00:00%2B08:00&until=2026-09-01T02:00:00Z&by=tag&account=1000000000000001',
  )
  assert.deepEqual(
    [hour.body.total, hour.body.lines],
    [0.76, [{ key: 'env=dev', total: 0.76, items: { compute: 0.68, systemDisk: 0.08 } }]],
  )
})

test('a day begins at midnight in China, and what lies ahead has cost nothing', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt: Date.UTC(2026, 7, 31, 12) })
  await server.seed({ instances: [{ region }] })
  await server.advance(6 * 3600)
  const { body } = await control(server, 'GET', '/cost?from=2026-09-01&until=2099-01-01')
  assert.deepEqual([body.from, body.until, body.total], ['2026-08-31T16:00:00.000Z', '2026-08-31T18:00:00.000Z', 1.52])
})

test('an empty server has cost nothing, nor has what was made this second, but a subscription is paid', async () => {
  await using server = await createTestApp({}, { startAt })
  assert.equal((await control(server, 'GET', '/cost')).body.total, 0)
  await server.instance()
  const { body } = await control(server, 'GET', '/cost')
  assert.deepEqual([body.total, body.lines], [0, []])
  await server.instance({ chargeType: 'PrePaid' })
  assert.equal((await control(server, 'GET', '/cost')).body.total, 273.6)
})

test('the bill of one account leaves the others out', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt })
  await server.seed({ accounts: [{ id: '200000' }], instances: [{ region }, { region, account: '200000', count: 2 }] })
  await server.advance(3600)
  const totalOf = async (account: string) => (await control(server, 'GET', `/cost${account}`)).body.total
  assert.deepEqual(
    [await totalOf(''), await totalOf('?account=200000'), await totalOf('?account=1000000000000001')],
    [2.28, 1.52, 0.76],
  )
})

test('what cannot be answered is refused with what to do', async () => {
  await using server = await createTestApp({}, { startAt })
  for (const [query, status, says] of [
    ['from=yesterday', 400, /^from: "yesterday" is no time like/],
    ['until=2026-02-30', 400, /^until: "2026-02-30" is no time like/],
    ['from=2026-09-02', 400, /^from: must not be after until, nor after now \(2026-09-01T00:00:00\.000Z\)/],
    ['from=2026-08-31&until=2026-08-30', 400, /^from: must not be after until/],
    ['by=hour', 400, /^by: must be one of instance, tag, item, day/],
    ['account=7', 404, /There is no account 7/],
  ] as const) {
    const answer = await control(server, 'GET', `/cost?${query}`)
    assert.equal(answer.status, status, query)
    assert.match(answer.body.error, says)
  }
})

test('the OpenAPI document has it', async () => {
  await using server = await createTestApp()
  const { body } = await control(server, 'GET', '/openapi.json')
  const { parameters } = body.paths['/_localyun/cost'].get
  assert.deepEqual(
    parameters.map((one: { name: string }) => one.name),
    ['from', 'until', 'by', 'account'],
  )
})

test('the bill survives a copy of the world and a reset empties it', async () => {
  await using server = await createTestApp({ timing: noTime }, { startAt })
  await server.instance()
  await server.advance(3600)
  const { body: copy } = await control(server, 'POST', '/fork')
  const forked = (await (await fetch(`${copy.endpoint}/_localyun/cost`)).json()) as { total: number }
  assert.equal(forked.total, 0.76)
  await control(server, 'POST', '/reset')
  assert.equal((await control(server, 'GET', '/cost')).body.total, 0)
})
