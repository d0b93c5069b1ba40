import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { instanceIds } from '../../test/support/client.ts'
import { control } from '../../test/support/control.ts'
import { until } from '../../test/support/raw.ts'
import { type Received, startReceiver } from '../../test/support/receiver.ts'
import { tempFolder } from '../../test/support/temp.ts'

/** Retries come at once, so that a test need not wait for them. */
const webhookTiming = { firstRetryMs: 5, longestRetryMs: 20, timeoutMs: 10_000 }
const region = { RegionId: 'cn-hangzhou' }
const createApp = (config = {}, timing = {}) =>
  createTestApp(config, { webhookTiming: { ...webhookTiming, ...timing } })

async function addWebhook(server: TestApp, body: Record<string, unknown>): Promise<{ id: string; secret: string }> {
  const answer = await control(server, 'POST', '/webhooks', body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}

async function listWebhooks(server: TestApp): Promise<any[]> {
  return (await control(server, 'GET', '/webhooks')).body.webhooks
}

const isDelivered = (server: TestApp) => async () => (await listWebhooks(server)).every(one => one.pending === 0)

/** Makes instances and stops them: Created, Running (or what a seed has), Stopping, Stopped. */
async function stopAll(server: TestApp, ids: string[]): Promise<void> {
  await server.client.call('StopInstances', { ...region, ...instanceIds(ids) })
  await server.advance(60)
}

function isSigned({ headers, body }: Received, secret: string): boolean {
  const message = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`
  const signature = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(message)
    .digest('base64')
  return headers['webhook-signature'] === `v1,${signature}`
}

test('a change of state arrives as a signed CloudEvent', async () => {
  await using receiver = await startReceiver()
  await using server = await createApp()
  const id = await server.instance()
  const { secret } = await addWebhook(server, { url: receiver.url })
  const { RequestId } = await server.client.call('StopInstance', { InstanceId: id })
  await until(isDelivered(server))
  const [first] = receiver.received
  assert.ok(first !== undefined)
  assert.equal(first.headers['content-type'], 'application/cloudevents+json; charset=utf-8')
  const { id: eventId, sequence, time, ...rest } = first.event
  assert.deepEqual(rest, {
    specversion: '1.0',
    source: 'acs.ecs',
    type: 'ecs:Instance:StateChange',
    subject: `acs:ecs:cn-hangzhou:1000000000000001:instance/${id}`,
    datacontenttype: 'application/json',
    aliyunaccountid: '1000000000000001',
    aliyunregionid: 'cn-hangzhou',
    actor: 'api',
    reason: rest['reason'],
    requestid: RequestId,
    data: { resourceId: id, resourceType: 'ALIYUN::ECS::Instance', state: 'Stopping' },
  })
  assert.equal(Date.parse(time), server.app.clock.now())
  assert.equal(first.headers['webhook-id'], eventId)
  assert.match(sequence, /^\d{15}$/)
  const { events } = (await control(server, 'GET', `/events?instanceId=${id}`)).body
  assert.equal(eventId, events.at(-1).notification.id)
  assert.ok(Math.abs(Number(first.headers['webhook-timestamp']) * 1000 - Date.now()) < 60_000)
  assert.ok(isSigned(first, secret))
})

test('one instance’s events come in order whatever is refused on the way, and hold nobody else up', async () => {
  await using receiver = await startReceiver()
  await using server = await createApp()
  const ids = await server.seed({ instances: [{ count: 20, region: 'cn-hangzhou' }] })
  const [troubled = ''] = ids
  let isWell = false
  let refusals = 0
  receiver.judge = ({ data }) => {
    if (data.resourceId === troubled) return isWell ? 204 : 500
    // The others are refused every third time.
    return ++refusals % 3 === 0 ? 503 : 200
  }
  await addWebhook(server, { url: receiver.url })
  await stopAll(server, ids)
  await until(() => receiver.accepted().length === 2 * 19)
  const [waiting] = await listWebhooks(server)
  assert.equal(waiting.pending, 2)
  assert.match(waiting.lastError.message, /answered 50[03]/)
  isWell = true
  await until(isDelivered(server))
  for (const id of ids) {
    const own = receiver.accepted().filter(line => line.startsWith(id))
    assert.deepEqual(own, [`${id} Stopping`, `${id} Stopped`])
    // Not even sent before the earlier one was accepted.
    const sent = receiver.received.filter(({ event }) => event['data'].resourceId === id)
    const states = sent.map(({ event }) => event['data'].state)
    assert.equal(states.lastIndexOf('Stopping') + 1, states.indexOf('Stopped'))
  }
  // Every try of an event has the same id.
  const tries = receiver.received.filter(({ event }) => event['data'].resourceId === troubled)
  assert.ok(tries.length > 2)
  assert.equal(new Set(tries.map(({ headers }) => headers['webhook-id'])).size, 2)
  assert.deepEqual((await listWebhooks(server))[0].oldestPending, null)
})

test('an instance whose requests hang does not hold up the others', async () => {
  await using receiver = await startReceiver()
  await using server = await createApp({}, { timeoutMs: 50 })
  const ids = await server.seed({ instances: [{ count: 3, region: 'cn-hangzhou' }] })
  const [hanging = '', ...others] = ids
  receiver.judge = ({ data }) => (data.resourceId === hanging ? 'hang' : 204)
  await addWebhook(server, { url: receiver.url })
  await stopAll(server, ids)
  await until(() => receiver.accepted().length === 2 * others.length)
  await until(async () => /no answer within 0.05 s/.test((await listWebhooks(server))[0].lastError?.message))
  receiver.judge = () => 204
  await until(isDelivered(server))
})

test('an event that was not accepted survives a restart, and the next process sends it', async () => {
  using folder = tempFolder()
  await using receiver = await startReceiver(() => 500)
  const store = `sqlite:${folder.path}/world.db`
  let id = ''
  let secret = ''
  {
    await using server = await createApp({ store })
    id = await server.instance()
    ;({ secret } = await addWebhook(server, { url: receiver.url }))
    await stopAll(server, [id])
    await until(() => receiver.received.length > 0)
  }
  assert.deepEqual(receiver.accepted(), [])
  receiver.judge = () => 204
  await using server = await createApp({ store })
  await until(isDelivered(server))
  assert.deepEqual(receiver.accepted(), [`${id} Stopping`, `${id} Stopped`])
  assert.ok(receiver.received.every(one => isSigned(one, secret)))
  // And it goes on from there.
  await server.client.call('StartInstance', { InstanceId: id })
  await until(() => receiver.accepted().length === 3)
})

test('an end that is not there is tried until it is', async () => {
  const receiver = await startReceiver()
  const port = Number(new URL(receiver.url).port)
  await receiver[Symbol.asyncDispose]()
  await using server = await createApp()
  const id = await server.instance()
  await addWebhook(server, { url: receiver.url })
  await stopAll(server, [id])
  await until(async () => /ECONNREFUSED/.test((await listWebhooks(server))[0].lastError?.message))
  await using back = await startReceiver(() => 204, port)
  await until(isDelivered(server))
  assert.deepEqual(back.accepted(), [`${id} Stopping`, `${id} Stopped`])
})

test('Retry-After is waited for, and a redirect is a refusal', async () => {
  await using elsewhere = await startReceiver()
  await using receiver = await startReceiver()
  await using server = await createApp()
  const [first = '', second = ''] = await server.seed({ instances: [{ count: 2, region: 'cn-hangzhou' }] })
  receiver.judge = () => ({ status: 429, headers: { 'retry-after': '600' } })
  await addWebhook(server, { url: receiver.url, instanceId: first })
  await addWebhook(server, { url: `${receiver.url}?moved`, instanceId: second })
  await stopAll(server, [first])
  await until(async () => (await listWebhooks(server))[0].nextTryAt !== null)
  const [waiting] = await listWebhooks(server)
  assert.equal(receiver.received.length, 1)
  assert.ok(Date.parse(waiting.nextTryAt) > Date.now() + 500_000)
  receiver.judge = () => ({ status: 307, headers: { location: elsewhere.url } })
  await stopAll(server, [second])
  await until(async () => (await listWebhooks(server))[1].lastError?.message === 'answered 307')
  assert.equal(elsewhere.received.length, 0)
})

test('410 Gone switches a webhook off, and GET says so', async () => {
  await using receiver = await startReceiver(() => 410)
  await using server = await createApp()
  const ids = await server.seed({ instances: [{ count: 3, region: 'cn-hangzhou' }] })
  await addWebhook(server, { url: receiver.url })
  await stopAll(server, ids)
  await until(async () => (await listWebhooks(server))[0].status === 'gone')
  await server.client.call('StartInstances', { ...region, ...instanceIds(ids) })
  const [webhook] = await listWebhooks(server)
  assert.equal(webhook.pending, 0)
  // What was on its way when the answer came may still arrive.
  assert.ok(receiver.received.every(({ event }) => event['data'].state !== 'Starting'))
  const state = (await control(server, 'GET', '/state')).body
  assert.deepEqual(state.tables.webhook_deliveries.rows, [])
})

test('filters choose by instance, account, region and state', async () => {
  await using receiver = await startReceiver()
  await using server = await createApp()
  await server.seed({ accounts: [{ id: '2000000000000002' }] })
  const mine = await server.instance()
  const also = await server.instance()
  await addWebhook(server, { url: `${receiver.url}/instance`, instanceId: mine, states: ['Stopped', 'Stopping'] })
  await addWebhook(server, { url: `${receiver.url}/region`, region: 'cn-beijing' })
  await addWebhook(server, { url: `${receiver.url}/account`, account: '2000000000000002' })
  await addWebhook(server, { url: `${receiver.url}/state`, states: ['Stopped'] })
  await stopAll(server, [mine, also])
  const beijing = await server.instance({ region: 'cn-beijing', zone: 'cn-beijing-h' })
  const theirs = await server.instance({ account: '2000000000000002' })
  await until(isDelivered(server))
  assert.deepEqual(
    new Set(receiver.accepted()),
    new Set([`${mine} Stopping`, `${mine} Stopped`, `${also} Stopped`, `${beijing} Created`, `${theirs} Created`]),
  )
  // Two of the webhooks want the first one's end; everything else is for one only.
  assert.equal(receiver.accepted().length, 6)
})

test('the secret is shown once, a given one is used, and mistakes are refused', async () => {
  await using receiver = await startReceiver()
  await using server = await createApp()
  const given = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const { id, secret } = await addWebhook(server, { url: receiver.url, secret: given })
  const made = await addWebhook(server, { url: receiver.url })
  assert.equal(secret, given)
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const shown = JSON.stringify(await listWebhooks(server))
  assert.ok(!shown.includes(given) && !shown.includes(made.secret) && shown.includes(id))
  const cases: [Record<string, unknown>, RegExp][] = [
    [{}, /^url/],
    [{ url: 'ftp://127.0.0.1/' }, /^url: must be a URL/],
    [{ url: 'http://user:pass@127.0.0.1/' }, /^url: .*without a user name/],
    [{ url: receiver.url, secret: 'hush' }, /^secret: must be whsec_/],
    [{ url: receiver.url, states: ['Sleeping'] }, /^states/],
    [{ url: receiver.url, verb: 'PUT' }, /verb/],
  ]
  for (const [body, says] of cases) {
    const answer = await control(server, 'POST', '/webhooks', body)
    assert.equal(answer.status, 400)
    assert.match(answer.body.error, says)
  }
  assert.equal((await control(server, 'DELETE', `/webhooks/${id}`)).status, 200)
  assert.equal((await control(server, 'DELETE', `/webhooks/${id}`)).status, 404)
  assert.deepEqual(
    (await listWebhooks(server)).map(one => one.id),
    [made.id],
  )
})

test('a webhook that was removed gets nothing more', async () => {
  await using receiver = await startReceiver(() => 500)
  await using server = await createApp()
  const id = await server.instance()
  const webhook = await addWebhook(server, { url: receiver.url })
  await stopAll(server, [id])
  await until(() => receiver.received.length > 0)
  await control(server, 'DELETE', `/webhooks/${webhook.id}`)
  const state = (await control(server, 'GET', '/state')).body
  assert.deepEqual([state.tables.webhooks.rows, state.tables.webhook_deliveries.rows], [[], []])
})

test('webhooks go with a state, with what they had still to get; a reset ends them, a fork has none', async () => {
  await using receiver = await startReceiver(() => 500)
  await using server = await createApp()
  const id = await server.instance()
  await addWebhook(server, { url: receiver.url })
  await stopAll(server, [id])
  await until(() => receiver.received.length > 0)
  const fork = await server.app.fork()
  assert.deepEqual(await fork.webhooks.list(), [])
  const state = (await control(server, 'GET', '/state')).body
  assert.equal(state.tables.webhook_deliveries.rows.length, 2)
  await control(server, 'POST', '/reset')
  assert.deepEqual(await listWebhooks(server), [])
  receiver.judge = () => 204
  await using other = await createApp()
  await control(other, 'PUT', '/state', state)
  await until(() => receiver.accepted().length === 2)
  assert.deepEqual(receiver.accepted(), [`${id} Stopping`, `${id} Stopped`])
  await other.client.call('StartInstance', { InstanceId: id })
  await until(() => receiver.accepted().length === 3)
})

test('a server closes in time while a request hangs, and the next one sends the event again', async () => {
  using folder = tempFolder()
  await using receiver = await startReceiver(() => 'hang')
  const store = `sqlite:${folder.path}/world.db`
  const server = await createApp({ store })
  const id = await server.instance()
  await addWebhook(server, { url: receiver.url })
  await server.client.call('StopInstance', { InstanceId: id })
  await until(() => receiver.received.length === 1)
  await server.app.close()
  receiver.judge = () => 204
  await using next = await createApp({ store })
  await until(isDelivered(next))
  assert.equal(receiver.accepted()[0], `${id} Stopping`)
})
