import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from './errors.ts'
import { decode, p, type ParamSchema, ParamSource, type RawParams } from './params.ts'

/** What one parameter `X` makes of these texts. */
function read(param: ParamSchema[string], params: RawParams): unknown {
  return decode({ X: param }, new ParamSource(params))['X']
}

function expectRefused(param: ParamSchema[string], params: RawParams, code: string, message?: string) {
  assert.throws(
    () => read(param, params),
    (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error))
      assert.deepEqual([error.code, error.message], [code, message ?? error.message])
      return true
    },
    JSON.stringify(params),
  )
}

const notValid = (name: string) => `The specified parameter "${name}" is not valid.`

test('a parameter that is absent or empty takes its default, or is undefined', () => {
  for (const params of [{}, { X: '' }, { X: undefined }]) {
    assert.equal(read(p.string(), params), undefined)
    assert.equal(read(p.string({ default: 'a' }), params), 'a')
    assert.equal(read(p.integer({ default: 0, min: 1 }), params), 0)
    assert.equal(read(p.boolean({ default: false }), params), false)
    assert.equal(read(p.enum(['a', 'b'], { default: 'b' }), params), 'b')
    assert.equal(read(p.time(), params), undefined)
    assert.equal(read(p.region(), params), undefined)
    assert.equal(read(p.jsonList(), params), undefined)
    assert.equal(read(p.object({ A: p.string() }), params), undefined)
    assert.deepEqual(read(p.repeated(p.string()), params), [])
  }
})

test('a required parameter is missed whether it is absent or empty', () => {
  for (const params of [{}, { X: '' }, { x: 'a' }]) {
    expectRefused(p.string({ required: true }), params, 'MissingX', 'X is mandatory for this action.')
    expectRefused(p.region({ required: true }), params, 'MissingX')
  }
})

test('whatever is missing is told before what is not valid', () => {
  const schema = { First: p.integer(), Second: p.string({ required: true }) }
  assert.throws(() => decode(schema, new ParamSource({ First: 'many' })), { code: 'MissingSecond' })
})

test('texts keep their blanks, and match their pattern as a whole or not at all', () => {
  assert.equal(read(p.string(), { X: ' a ' }), ' a ')
  const digits = p.string({ pattern: /^\d+$/, error: 'InvalidClientToken.ValueNotSupported', badValue: 'x' })
  assert.equal(read(digits, { X: '12' }), '12')
  expectRefused(digits, { X: '12a' }, 'InvalidClientToken.ValueNotSupported')
})

test('whole numbers are decimal, within their range, and not too long to be exact', () => {
  const number = p.integer({ min: -5, max: 100 })
  for (const [text, value] of [
    ['7', 7],
    ['007', 7],
    ['-5', -5],
    ['100', 100],
    ['0', 0],
  ] as const) {
    assert.equal(read(number, { X: text }), value)
  }
  for (const text of ['-6', '101', '1.0', '1e1', '0x1', ' 1', '+1', 'NaN', 'Infinity', '１']) {
    expectRefused(number, { X: text }, 'InvalidParameter', notValid('X'))
  }
  assert.equal(read(p.integer(), { X: '999999999999999' }), 999_999_999_999_999)
  expectRefused(p.integer(), { X: '9999999999999999' }, 'InvalidParameter')
})

test('numbers may have a fraction', () => {
  const price = p.number({ min: 0 })
  assert.equal(read(price, { X: '0.25' }), 0.25)
  assert.equal(read(price, { X: '3' }), 3)
  for (const text of ['-0.1', '.5', '1.', '1,5', '1e3', 'much']) expectRefused(price, { X: text }, 'InvalidParameter')
})

test('booleans are true or false in any case, and nothing else', () => {
  for (const text of ['true', 'True', 'TRUE']) assert.equal(read(p.boolean(), { X: text }), true)
  for (const text of ['false', 'False', 'FALSE']) assert.equal(read(p.boolean(), { X: text }), false)
  for (const text of ['1', '0', 'yes', 'constructor', '__proto__', ' true']) {
    expectRefused(p.boolean(), { X: text }, 'InvalidParameter')
  }
})

test('words of a list are case-sensitive', () => {
  const status = p.enum(['Running', 'Stopped'], { error: 'InvalidStatus.NotFound' })
  assert.equal(read(status, { X: 'Running' }), 'Running')
  for (const text of ['running', 'Running ', 'Gone']) expectRefused(status, { X: text }, 'InvalidStatus.NotFound')
})

test('times are UTC, to the minute or finer, and exist', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4)
  assert.equal(read(p.time(), { X: '2026-01-02T03:04Z' }), at)
  assert.equal(read(p.time(), { X: '2026-01-02T03:04:05Z' }), at + 5_000)
  assert.equal(read(p.time(), { X: '2026-01-02T03:04:05.678Z' }), at + 5_678)
  for (const text of ['2026-01-02', '2026-01-02T03:04', '2026-01-02T03:04+08:00', '2026-13-02T03:04Z', 'tomorrow']) {
    expectRefused(p.time(), { X: text }, 'InvalidParameter')
  }
})

test('a region is one of the catalogue', () => {
  assert.equal(read(p.region(), { X: 'cn-hangzhou' }), 'cn-hangzhou')
  for (const X of ['cn-Hangzhou', 'xx-nowhere']) expectRefused(p.region(), { X }, 'InvalidRegionId.NotFound')
})

test('a list is read in numeric order; gaps and empty items don’t count', () => {
  const params = { 'X.10': 'j', 'X.2': 'b', 'X.1': 'a', 'X.3': '', 'X.0': 'zero', 'X.999999': 'z' }
  assert.deepEqual(read(p.repeated(p.string()), params), ['zero', 'a', 'b', 'j', 'z'])
})

test('a list of objects is read in numeric order too', () => {
  const params = { 'X.10.A': 'j', 'X.2.A': 'b', 'X.1.A': 'a' }
  assert.deepEqual(read(p.repeated(p.object({ A: p.string() })), params), [{ A: 'a' }, { A: 'b' }, { A: 'j' }])
})

test('a list has no other names than numbers, and a number has one spelling', () => {
  for (const name of ['X.a', 'X.', 'X.-1', 'X.1a', 'X.01', 'X.1000000', 'X.constructor']) {
    expectRefused(p.repeated(p.string()), { 'X.1': 'a', [name]: 'b' }, 'InvalidParameter', notValid(name))
  }
  assert.deepEqual(read(p.repeated(p.string()), { 'X.1': 'a', 'X.b': '' }), ['a'])
})

test('a list holds at most so many items; the number of items counts, not their numbers', () => {
  const param = p.repeated(p.integer(), { max: 2, tooMany: 'InvalidTagCount' })
  assert.deepEqual(read(param, { 'X.7': '7', 'X.9': '9', 'X.8': '' }), [7, 9])
  // Told before any item is looked at.
  expectRefused(param, { 'X.1': 'many', 'X.2': '2', 'X.3': '3' }, 'InvalidTagCount')
  const plain = p.repeated(p.string(), { max: 1 })
  expectRefused(plain, { 'X.1': 'a', 'X.2': 'b' }, 'InvalidParameter', notValid('X'))
})

test('a list that must hold something is missed when it is absent, and refused when all of it is empty', () => {
  const param = p.repeated(p.string(), { required: true, mustHold: 'InvalidInstanceId.NotFound#null' })
  expectRefused(param, {}, 'MissingX')
  expectRefused(param, { X: 'a' }, 'MissingX.1')
  for (const params of [{ 'X.1': '' }, { 'X.1.Field': 'a' }]) {
    expectRefused(param, params, 'InvalidInstanceId.NotFound', 'InstanceId should not be null.')
  }
})

test('a bad value in a list or an object is named in full', () => {
  const disk = p.object({ Size: p.integer({ min: 1 }), Tags: p.repeated(p.integer()) })
  expectRefused(p.repeated(p.integer()), { 'X.3': 'many' }, 'InvalidParameter', notValid('X.3'))
  expectRefused(disk, { 'X.Size': '0' }, 'InvalidParameter', notValid('X.Size'))
  expectRefused(p.repeated(disk), { 'X.2.Size': '0' }, 'InvalidParameter', notValid('X.2.Size'))
  expectRefused(p.repeated(disk), { 'X.2.Tags.1': 'many' }, 'InvalidParameter', notValid('X.2.Tags.1'))
})

test('an object has the fields that were given; others and unknown ones are left out', () => {
  const disk = p.object({ Size: p.integer(), Encrypted: p.boolean() })
  assert.deepEqual(read(disk, { 'X.Size': '40', 'X.Colour': 'red', X: 'y' }), { Size: 40, Encrypted: undefined })
  assert.equal(read(disk, { 'X.Size': '', 'X.Encrypted': '' }), undefined)
})

test('objects in a list: an item of which all is empty is no item', () => {
  const tags = p.repeated(p.object({ Key: p.string(), Value: p.string() }))
  const params = { 'X.1.Key': 'a', 'X.1.Value': '', 'X.2.Key': '', 'X.2.Value': '', 'X.3.Value': 'v' }
  assert.deepEqual(read(tags, params), [
    { Key: 'a', Value: undefined },
    { Key: undefined, Value: 'v' },
  ])
})

test('a JSON list holds texts only, and at most 100 of them', () => {
  const ids = p.jsonList({ error: 'InvalidInstanceIds.Malformed', tooMany: 'InvalidParameter.TooManyInstanceIds' })
  assert.deepEqual(read(ids, { X: '[]' }), [])
  assert.deepEqual(read(ids, { X: ' ["a", "b"] ' }), ['a', 'b'])
  for (const X of ['[', 'a', '"a"', '{}', '[1]', '["a", null]', 'null', '["a"],']) {
    expectRefused(ids, { X }, 'InvalidInstanceIds.Malformed')
  }
  const list = (length: number) => JSON.stringify(Array.from({ length }, String))
  assert.equal((read(ids, { X: list(100) }) as string[]).length, 100)
  expectRefused(ids, { X: list(101) }, 'InvalidParameter.TooManyInstanceIds')
})
