import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../test/support/app.ts'
import { control } from '../../test/support/control.ts'
import { instanceIds } from '../../test/support/client.ts'
import { answerControl, isControlRequest } from './control.ts'
import type { ControlContext } from './context.ts'

const request = (
  method: string,
  target: string,
  fields: { remoteAddress?: string; headers?: Record<string, string> } = {},
) => ({
  method,
  target,
  headers: { host: '127.0.0.1:8526', ...fields.headers },
  body: Buffer.alloc(0),
  remoteAddress: fields.remoteAddress ?? '127.0.0.1',
})

/** Health needs nothing but the guard and a store. */
const store = { check: async () => undefined }
const guarded = (controlToken?: string) => ({ config: { controlToken }, store }) as unknown as ControlContext
const health = async (fields: Parameters<typeof request>[2], token?: string) =>
  (await answerControl(guarded(token), request('GET', '/_localyun/health', fields))).status

test('the control API is told from the API by its path', () => {
  assert.ok(isControlRequest(request('GET', '/_localyun/health')))
  assert.ok(!isControlRequest(request('GET', '/?Action=DescribeRegions')))
})

test('without a token it answers loopback addresses only, in either family', async () => {
  for (const remoteAddress of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    assert.equal(await health({ remoteAddress }), 200, remoteAddress)
  }
  for (const remoteAddress of ['10.0.0.8', '192.168.1.4', '::ffff:10.0.0.8', 'fe80::1', '']) {
    assert.equal(await health({ remoteAddress }), 403, remoteAddress)
  }
})

test('without a token it refuses pages of other sites, by origin and by a name that was made to point here', async () => {
  assert.equal(await health({ headers: { origin: 'http://127.0.0.1:8526' } }), 200)
  assert.equal(await health({ headers: { host: 'localhost:8526' } }), 200)
  assert.equal(await health({ headers: { origin: 'https://evil.example' } }), 403)
  assert.equal(await health({ headers: { host: 'evil.example:8526' } }), 403)
})

test('with a token it answers whoever has it, from anywhere, and nobody else', async () => {
  const authorization = 'Bearer hush'
  assert.equal(await health({ remoteAddress: '10.0.0.8', headers: { authorization } }, 'hush'), 200)
  assert.equal(await health({ headers: { authorization: 'Bearer wrong' } }, 'hush'), 401)
  assert.equal(await health({}, 'hush'), 401)
})

test('wrong paths, methods, bodies and values are refused with a message that says what to do', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const cases: [string, string, unknown, number, RegExp][] = [
    ['GET', '/secrets', undefined, 404, /There is no \/_localyun\/secrets/],
    ['DELETE', '/clock', undefined, 405, /answers GET, POST, not DELETE/],
    ['POST', '/clock', {}, 400, /give one of advance/],
    ['POST', '/clock', { advance: 'soon' }, 400, /"soon" is no duration/],
    ['POST', '/clock', { advance: 'PT1S', set: '2030-01-01T00:00:00Z' }, 400, /give one of/],
    ['POST', '/clock', { set: '2000-01-01T00:00:00Z' }, 409, /only goes forward/],
    ['POST', '/clock', { untilStopped: 'i-nothere0' }, 404, /There is no instance/],
    ['POST', '/seed', { instances: [{ region: 'mars' }] }, 400, /instances\[0\]\.region: there is no such region/],
    ['POST', '/seed', { instances: [{ region: 'cn-beijing', account: '77777' }] }, 400, /instances\[0\]\.account/],
    ['PUT', '/state', { schema: 1 }, 400, /tables/],
    ['PUT', `/instances/${id}/locks/love`, undefined, 404, /There is no lock "love"/],
    ['PUT', '/instances/i-nothere0/locks/security', undefined, 404, /There is no instance/],
    ['PUT', `/instances/${id}/guest`, { shutdown: 'never' }, 400, /./],
    ['POST', '/instances/i-nothere0/guest/poweroff', undefined, 404, /There is no instance/],
    ['PUT', '/accounts/123456', { balance: 1 }, 404, /There is no account/],
    ['PUT', '/accounts/1000000000000001', { balance: 'much' }, 400, /balance/],
    ['PUT', '/zones/mars-a/stock/ecs.g7.large', { available: 1 }, 404, /There is no zone/],
    ['GET', '/events?limit=all', undefined, 400, /limit: must be a whole number/],
  ]
  for (const [method, path, body, status, says] of cases) {
    const answer = await control(server, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    assert.match(answer.body.error, says)
  }
  const notJson = await fetch(`${server.app.endpoint}/_localyun/clock`, { method: 'POST', body: '{' })
  assert.equal(notJson.status, 400)
})

test('a virtual clock advances, is set, runs until idle and until an instance is Stopped', async () => {
  await using server = await createTestApp()
  const ids = await server.seed({ instances: [{ count: 2, region: 'cn-hangzhou', guest: { shutdown: 'ignore' } }] })
  const [first = ''] = ids
  const startedAt = server.app.clock.now()
  const stop = () => server.client.call('StopInstances', { RegionId: 'cn-hangzhou', ...instanceIds(ids) })
  await stop()
  const moved = await control(server, 'POST', '/clock', { advance: 'PT2M' })
  assert.deepEqual(moved.body, { now: new Date(startedAt + 120_000).toISOString(), mode: 'virtual', jobs: 0 })
  assert.equal((await control(server, 'POST', '/clock', { untilStopped: first })).status, 200)
  assert.equal(await server.status(first), 'Stopped')
  await control(server, 'POST', '/clock', { until: 'idle' })
  assert.equal(await server.status(ids[1] ?? ''), 'Stopped')
  const at = new Date(startedAt + 86_400_000).toISOString()
  assert.equal((await control(server, 'POST', '/clock', { set: at })).body.now, at)
  assert.equal((await control(server, 'GET', '/clock')).body.now, at)
  // What nothing will stop is not waited for.
  const running = await server.instance()
  assert.equal((await control(server, 'POST', '/clock', { untilStopped: running })).status, 409)
})

test('a real clock cannot be moved', async () => {
  await using server = await createTestApp({ clock: 'real' })
  assert.equal((await control(server, 'POST', '/clock', { advance: '1s' })).status, 409)
})

test('the clock tells its progress as a stream', async () => {
  await using server = await createTestApp()
  const ids = await server.seed({ instances: [{ count: 3, region: 'cn-hangzhou' }] })
  await server.client.call('StopInstances', { RegionId: 'cn-hangzhou', ...instanceIds(ids) })
  const response = await fetch(`${server.app.endpoint}/_localyun/clock`, {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
    body: JSON.stringify({ advance: '1h' }),
  })
  const text = await response.text()
  assert.match(text, /^event: progress\ndata: \{.*"part":0\.\d+/)
  assert.match(text, /event: done\ndata: \{.*"jobs":3\}/)
})

test('progress of the clock is told 20 times a second at most', async () => {
  await using server = await createTestApp()
  await server.seed({ instances: [{ count: 5_000, region: 'cn-hangzhou', status: 'Stopping' }] })
  const startedAt = performance.now()
  const response = await fetch(`${server.app.endpoint}/_localyun/clock`, {
    method: 'POST',
    headers: { accept: 'text/event-stream' },
    body: JSON.stringify({ advance: '1h' }),
  })
  const told = (await response.text()).match(/^event: \w+/gm) ?? []
  const most = 2 + (performance.now() - startedAt) / 50
  assert.equal(told[0], 'event: progress')
  assert.equal(told.at(-1), 'event: done')
  assert.ok(told.length <= most, `${told.length} events, ${most} allowed`)
})

test('locks, guests, accounts and stock are changed from outside', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ guest: { shutdown: 'ignore' } })
  assert.deepEqual((await control(server, 'PUT', `/instances/${id}/locks/security`)).body, { locks: ['security'] })
  await assert.rejects(server.client.call('StopInstance', { InstanceId: id }), { code: 'InstanceLockedForSecurity' })
  assert.deepEqual((await control(server, 'DELETE', `/instances/${id}/locks/security`)).body, { locks: [] })
  await control(server, 'PUT', '/accounts/1000000000000001', { balance: -0.01 })
  await assert.rejects(server.client.call('StopInstance', { InstanceId: id }), { code: 'InsufficientBalance' })
  const account = await control(server, 'PUT', '/accounts/1000000000000001', {
    balance: 7,
    defaultEconomicalMode: true,
  })
  assert.deepEqual(account.body, { id: '1000000000000001', balance: 7, defaultEconomicalMode: true, kms: 'open' })
  assert.equal((await control(server, 'PUT', '/zones/cn-hangzhou-h/stock/ecs.g7.large', { available: 3 })).status, 200)
  // A guest that learns to shut down in the middle of a stop does so.
  await server.client.call('StopInstance', { InstanceId: id })
  await server.advance(60)
  assert.equal(await server.status(id), 'Stopping')
  await control(server, 'PUT', `/instances/${id}/guest`, { shutdown: 'prompt' })
  await server.advance(1)
  assert.equal(await server.status(id), 'Stopped')
  assert.equal((await server.describe(id))?.['StoppedMode'], 'StopCharging')
  const again = await control(server, 'POST', `/instances/${id}/guest/poweroff`)
  assert.equal(again.status, 409)
})

test('a guest that shuts down by itself is Stopped in standard mode, whatever the account’s default', async () => {
  await using server = await createTestApp()
  await control(server, 'PUT', '/accounts/1000000000000001', { defaultEconomicalMode: true })
  const id = await server.instance()
  assert.equal((await control(server, 'POST', `/instances/${id}/guest/poweroff`)).status, 200)
  const found = await server.describe(id)
  assert.deepEqual([found?.['Status'], found?.['StoppedMode']], ['Stopped', 'KeepCharging'])
})

test('the OpenAPI document describes every path', async () => {
  await using server = await createTestApp()
  const { body } = await control(server, 'GET', '/openapi.json')
  assert.equal(body.openapi, '3.1.0')
  const described = Object.keys(body.paths)
  for (const path of ['/health', '/clock', '/seed', '/reset', '/state', '/events', '/instances/{id}/locks/{reason}']) {
    assert.ok(described.includes(`/_localyun${path}`), path)
  }
  assert.ok(body.paths['/_localyun/clock'].post.requestBody.content['application/json'].schema.properties.advance)
})
