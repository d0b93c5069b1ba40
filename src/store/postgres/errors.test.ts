import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { once } from 'node:events'
import { ApiError } from '../../protocol/errors.ts'
import { isUnavailable } from './errors.ts'

test('a database that nobody listens for is unavailable', async () => {
  const socket = createConnection({ host: '127.0.0.1', port: 1 })
  const [refused] = await once(socket, 'error')
  assert.equal(refused.code, 'ECONNREFUSED')
  assert.ok(isUnavailable(refused))
  const everywhere = Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })
  assert.ok(isUnavailable(everywhere))
})

test('an error that the API answers with is none of the database, whatever its code looks like', () => {
  assert.ok(!isUnavailable(new ApiError('EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP')))
})
