import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClock } from '../platform/clock.ts'
import { answerControl, isControlRequest } from './control.ts'

const subject = {
  version: '1.2.3',
  config: { store: 'memory:', auth: 'on', clock: 'virtual', timeScale: 1 },
  clock: createClock({ mode: 'virtual', startAt: Date.UTC(2026, 0, 2) }),
} as const

const request = (method: string, target: string, remoteAddress = '127.0.0.1') => ({
  method,
  target,
  headers: {},
  body: Buffer.alloc(0),
  remoteAddress,
})

test('the control API is told from the API by its path', () => {
  assert.ok(isControlRequest(request('GET', '/_localyun/health')))
  assert.ok(!isControlRequest(request('GET', '/?Action=DescribeRegions')))
})

test('info tells version, settings and instance time', () => {
  const { status, body } = answerControl(subject, request('GET', '/_localyun/info?x=1'))
  assert.equal(status, 200)
  assert.deepEqual(JSON.parse(body), {
    version: '1.2.3',
    settings: { store: 'memory:', auth: 'on', clock: 'virtual', timeScale: 1 },
    now: '2026-01-02T00:00:00.000Z',
  })
})

test('the control API answers loopback addresses only, in either family', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    assert.equal(answerControl(subject, request('GET', '/_localyun/health', address)).status, 200, address)
  }
  for (const address of ['10.0.0.8', '192.168.1.4', '::ffff:10.0.0.8', 'fe80::1', '']) {
    assert.equal(answerControl(subject, request('GET', '/_localyun/health', address)).status, 403, address)
  }
})

test('other paths and methods are refused with a message', () => {
  assert.equal(answerControl(subject, request('GET', '/_localyun/secrets')).status, 404)
  assert.equal(answerControl(subject, request('POST', '/_localyun/health')).status, 405)
})
