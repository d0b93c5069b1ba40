import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { control } from '../../test/support/control.ts'
import { expectError } from '../../test/support/client.ts'
import { createSdk, ecs } from '../../test/support/sdk.ts'

const region = { RegionId: 'cn-hangzhou' }

const fault = (server: TestApp, rule: object) => control(server, 'POST', '/faults', rule)
const describeAll = (server: TestApp) => server.client.call('DescribeInstances', region)
const stop = (server: TestApp, id: string) => server.client.call('StopInstances', { ...region, 'InstanceId.1': id })

test('an error strikes the action it names, as often as it says, and nothing is done', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const made = await fault(server, { action: 'StopInstances', error: { code: 'InternalError' }, times: 2 })
  assert.equal(made.body.id, 'fault-1')
  await describeAll(server)
  for (const _ of [1, 2]) await expectError(stop(server, id), 'InternalError', { status: 500 })
  assert.equal(await server.status(id), 'Running')
  await stop(server, id)
  const { body } = await control(server, 'GET', '/faults')
  assert.deepEqual([body.faults[0].seen, body.faults[0].struck], [3, 2])
})

test('an error may be made up, with a status and text of its own', async () => {
  await using server = await createTestApp()
  await fault(server, { error: { code: 'Moon.Full', httpStatus: 418, message: 'Not tonight.' } })
  await expectError(describeAll(server), 'Moon.Full', { status: 418, message: 'Not tonight.' })
})

test('conditions: region, account, instance in any parameter, and the nth call', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '20001', accessKeys: [{ id: 'other', secret: 'o' }] }] })
  const other = server.clientFor('other', 'o')
  const [one, two] = [await server.instance(), await server.instance()]
  const error = { code: 'ServiceUnavailable' }
  await fault(server, { region: 'cn-beijing', error })
  await describeAll(server)
  await expectError(server.client.call('DescribeInstances', { RegionId: 'cn-beijing' }), error.code, { status: 503 })
  await control(server, 'DELETE', '/faults')
  await fault(server, { account: '20001', error })
  await describeAll(server)
  await expectError(other.call('DescribeInstances', region), error.code)
  await control(server, 'DELETE', '/faults/fault-2')
  await other.call('DescribeInstances', region)
  await fault(server, { instanceId: two, error })
  await server.describe(one)
  await expectError(server.describe(two), error.code)
  await expectError(server.client.call('StopInstance', { InstanceId: two }), error.code)
  await expectError(
    server.client.call('StopInstances', { ...region, 'InstanceId.1': one, 'InstanceId.2': two }),
    error.code,
  )
  await control(server, 'DELETE', '/faults')
  await fault(server, { action: 'DescribeRegions', nth: 2, error })
  await server.client.call('DescribeRegions')
  await expectError(server.client.call('DescribeRegions'), error.code)
  await server.client.call('DescribeRegions')
})

test('the first rule that fits wins, and probability draws on the seeded chance', async () => {
  const strikes = async () => {
    await using server = await createTestApp({ randomSeed: 'dice' })
    await fault(server, { action: 'DescribeRegions', probability: 0.5, error: { code: 'InternalError' } })
    await fault(server, { action: 'DescribeRegions', nth: 1, error: { code: 'ServiceUnavailable' } })
    const codes: string[] = []
    for (let calls = 0; calls < 20; calls++) {
      codes.push(
        await server.client.call('DescribeRegions').then(
          () => 'ok',
          (reason: any) => reason.code,
        ),
      )
    }
    return codes
  }
  const first = await strikes()
  assert.deepEqual(await strikes(), first)
  assert.ok(first.includes('ok') && first.includes('InternalError'))
})

test('throttling is the error that SDKs wait on, with the time in its header', async () => {
  await using server = await createTestApp()
  await fault(server, { action: 'DescribeRegions', throttle: { retryAfterMs: 250 }, times: 1 })
  const sdk = createSdk({ port: server.app.port })
  const reason = await sdk.describeRegions(new ecs.DescribeRegionsRequest({})).then(
    () => assert.fail('not throttled'),
    (error: any) => error,
  )
  assert.deepEqual([reason.name, reason.code, reason.retryAfter], ['ThrottlingError', 'Throttling.User', 250])
  await sdk.describeRegions(new ecs.DescribeRegionsRequest({}))
})

test('a dropped connection: before the work nothing is done, after it all of it', async () => {
  await using server = await createTestApp()
  const [one, two] = [await server.instance(), await server.instance()]
  await fault(server, { action: 'StopInstances', drop: 'before', times: 1 })
  await assert.rejects(stop(server, one), TypeError)
  assert.equal(await server.status(one), 'Running')
  await fault(server, { action: 'StopInstances', drop: 'after', times: 1 })
  await assert.rejects(stop(server, two), TypeError)
  assert.equal(await server.status(two), 'Stopping')
})

test('an error after the commit: the work is done, and a repeat is told so', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { action: 'StopInstances', errorAfterCommit: { code: 'InternalError' }, times: 1 })
  await expectError(stop(server, id), 'InternalError', { status: 500 })
  await expectError(stop(server, id), 'IncorrectInstanceStatus')
  assert.equal(await server.status(id), 'Stopping')
})

test('latency delays the answer, not the work, and nobody else', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  await fault(server, { action: 'StopInstances', latencyMs: 400, times: 1 })
  let answered = false
  const slow = stop(server, id).then(() => (answered = true))
  while ((await server.status(id)) !== 'Stopping');
  assert.equal(answered, false)
  await slow
})

test('a rule that says nothing, too much, or something unknown is refused', async () => {
  await using server = await createTestApp()
  for (const [rule, says] of [
    [{ action: 'StopInstances' }, /give one of error, throttle, latencyMs, drop, errorAfterCommit, refuse, stuck/],
    [{ action: 'StopEverything', drop: 'after' }, /action: there is no such operation/],
    [{ region: 'cn-atlantis', drop: 'after' }, /region: there is no such region/],
    [{ error: { code: 'InternalError' }, drop: 'after' }, /give one of/],
    [{ error: { code: 'Moon.Full' } }, /error\.httpStatus/],
    [{ error: { code: 'InternalError' }, probability: 2 }, /probability/],
    [{ error: { code: 'InternalError' }, when: 'always' }, /when/],
  ] as const) {
    const { status, body } = await fault(server, rule)
    assert.equal(status, 400)
    assert.match(body.error, says)
  }
  assert.equal((await control(server, 'DELETE', '/faults/fault-9')).status, 404)
})

test('the OpenAPI document says what a fault rule can be', async () => {
  await using server = await createTestApp()
  const { body } = await control(server, 'GET', '/openapi.json')
  const { schema } = body.paths['/_localyun/faults'].post.requestBody.content['application/json']
  assert.match(schema.description, /exactly one of error, throttle, /)
  assert.equal(schema.properties.stuck.description, 'A normal stop stays in Stopping until somebody forces it.')
  assert.deepEqual(schema.properties.error.required, ['code'])
})
