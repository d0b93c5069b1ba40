import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../test/support/raw.ts'
import { RowCache } from './row-cache.ts'

const never = Infinity

test('what was read is kept under its key until everything is forgotten; nothing is not kept', async () => {
  const cache = new RowCache(never)
  let loads = 0
  const read = (key: string) => cache.read(key, async () => ({ key, load: ++loads }))
  assert.deepEqual(await read('a'), { key: 'a', load: 1 })
  assert.deepEqual(await read('b'), { key: 'b', load: 2 })
  assert.deepEqual(await read('a'), { key: 'a', load: 1 })
  cache.clear()
  assert.deepEqual(await read('a'), { key: 'a', load: 3 })
  assert.equal(await cache.read('none', async () => undefined), undefined)
  assert.deepEqual(await cache.read('none', async () => ({ there: true })), { there: true })
})

test('what was being read when everything was forgotten is not kept', async () => {
  const cache = new RowCache(never)
  const { promise, resolve } = Promise.withResolvers<{ value: string }>()
  const reading = cache.read('a', () => promise)
  cache.clear()
  resolve({ value: 'old' })
  assert.deepEqual(await reading, { value: 'old' })
  assert.deepEqual(await cache.read('a', async () => ({ value: 'new' })), { value: 'new' })
})

test('while it is suspended nothing is taken from memory, nor kept', async () => {
  const cache = new RowCache(never)
  const read = (value: string) => cache.read('a', async () => ({ value }))
  await read('before')
  cache.suspend()
  assert.deepEqual(await read('during'), { value: 'during' })
  assert.deepEqual(await read('still'), { value: 'still' })
  cache.resume()
  assert.deepEqual(await read('after'), { value: 'after' })
  assert.deepEqual(await read('later'), { value: 'after' })
})

test('what is too old is read anew', async () => {
  const cache = new RowCache(30)
  let loads = 0
  const read = () => cache.read('a', async () => ({ load: ++loads }))
  await read()
  await until(async () => (await read())?.load === 2)
})
