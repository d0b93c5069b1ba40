import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRetryAfter } from './post.ts'
import { retryDelayMs, usualTiming } from './sender.ts'
import { isSecret, newSecret, signedHeaders } from './sign.ts'

test('a message is signed as the Standard Webhooks libraries do it', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
  const message = { id, at: 1_614_265_330_999, body: '{"test": 2432232314}' }
  assert.deepEqual(signedHeaders('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', message), {
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a secret is whsec_ and 24 to 64 bytes in base64', () => {
  const of = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`
  for (const text of [newSecret(), of(24), of(64)]) assert.ok(isSecret(text), text)
  for (const text of ['', 'hush', 'whsec_', of(23), of(65), of(24).slice(6), `${of(24)}!`]) assert.ok(!isSecret(text))
  assert.notEqual(newSecret(), newSecret())
})

test('tries are further and further apart, from 1 second to 5 minutes, give or take a fifth', () => {
  const waits = [1, 2, 3, 9, 10, 500].map(tries => retryDelayMs(tries, usualTiming, 0.5))
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000])
  assert.deepEqual(
    [0, 0.999_999].map(chance => retryDelayMs(1, usualTiming, chance)),
    [800, 1200],
  )
})

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  assert.equal(readRetryAfter('7', now), 7_000)
  assert.equal(readRetryAfter('Sun, 01 Mar 2026 12:00:30 GMT', now), 30_000)
  assert.equal(readRetryAfter('Sun, 01 Mar 2026 11:00:00 GMT', now), 0)
  assert.equal(readRetryAfter('soon', now), undefined)
  assert.equal(readRetryAfter(undefined, now), undefined)
})
