// A receiver of webhooks, tested: run it with "node --test examples/webhook.test.mjs".
import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

function verify(secret, headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The code under test: keeps each instance's states, and takes an event that comes twice for one. */
class Inventory {
  secret = ''
  states = new Map()
  #seen = new Set()

  take(headers, body) {
    if (!verify(this.secret, headers, body)) return 401
    const { id, data } = JSON.parse(body)
    if (!this.#seen.has(id)) {
      this.#seen.add(id)
      this.states.set(data.resourceId, [...(this.states.get(data.resourceId) ?? []), data.state])
    }
    return 204
  }
}

async function listen(judge) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += chunk))
    request.on('end', () => response.writeHead(judge(request.headers, body)).end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = () => new Promise(resolve => server.close(resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, [Symbol.asyncDispose]: close }
}

test('every instance’s events arrive in order, though the first try of each is refused', async () => {
  const inventory = new Inventory()
  const tried = new Set()
  await using receiver = await listen((headers, body) => {
    const status = tried.has(headers['webhook-id']) ? inventory.take(headers, body) : 500
    tried.add(headers['webhook-id'])
    return status
  })
  await using cloud = await createLocalyun({ seed: { instances: [{ count: 3, region: 'cn-hangzhou' }] } })
  const { id, secret } = await cloud.webhooks.add({ url: receiver.url, states: ['Stopping', 'Stopped'] })
  inventory.secret = secret

  const instanceId = (await cloud.events.list()).filter(one => one.state === 'Created').map(one => one.instanceId)
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http' })
  await client.stopInstances(new ecs.StopInstancesRequest({ regionId: 'cn-hangzhou', instanceId }))
  await cloud.clock.untilIdle()

  // A refused event comes again after about a second, and holds its instance's next one back until then.
  while ((await cloud.webhooks.list())[0].pending > 0) await new Promise(resolve => setTimeout(resolve, 20))
  assert.deepEqual(
    instanceId.map(one => inventory.states.get(one)),
    Array.from({ length: 3 }, () => ['Stopping', 'Stopped']),
  )
  assert.equal(inventory.take({ 'webhook-id': 'x', 'webhook-timestamp': '0', 'webhook-signature': 'v1,x' }, '{}'), 401)
  assert.ok(await cloud.webhooks.remove(id))
})
