import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSilentLogger } from '../platform/logger.ts'
import { Metrics } from '../platform/metrics.ts'
import { SqliteStore } from '../store/sqlite.ts'
import { insertEvents } from '../store/tables/events.ts'
import { insertDeliveries, insertWebhook, listBacklogs, type Webhook } from '../store/tables/webhooks.ts'
import { until } from '../../test/support/raw.ts'
import { Sender, usualTiming } from './sender.ts'

const webhook: Webhook = {
  id: 'wh-1',
  url: 'http://webhook.test/',
  secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  instanceId: undefined,
  accountId: undefined,
  regionId: undefined,
  states: [],
  createdAt: 0,
  goneAt: undefined,
}
const change = {
  at: 0,
  accountId: '1000000000000001',
  regionId: 'cn-hangzhou',
  instanceSeq: 1,
  instanceId: 'i-1',
  state: 'Stopped',
  actor: 'api',
  requestId: '',
  reason: 'StopInstances',
} as const

test('an event that came while the turn was lost for a moment is sent when it is ours again', async () => {
  const store = new SqliteStore(undefined)
  const seq = await store.transaction('write', async tx => {
    const [event] = await insertEvents(tx, [change])
    await insertWebhook(tx, webhook)
    await insertDeliveries(tx, [{ webhookId: webhook.id, eventSeq: event?.seq ?? 0, instanceSeq: 1 }])
    return event?.seq ?? 0
  })
  let isOurTurn = false
  let posts = 0
  const sender = new Sender({
    webhook,
    store,
    metrics: new Metrics(),
    timing: usualTiming,
    chance: () => 0,
    isOurTurn: () => isOurTurn,
    post: async () => {
      posts++
      return { status: 204, retryAfterMs: undefined }
    },
    log: createSilentLogger(),
  })
  sender.push(1, seq)
  assert.equal(posts, 0)
  isOurTurn = true
  sender.resume()
  await until(async () => (await store.transaction('read', listBacklogs)).size === 0)
  assert.equal(posts, 1)
  await sender.end(0)
  await store.close()
})
