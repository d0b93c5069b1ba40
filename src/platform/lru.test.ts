import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lru } from './lru.ts'

test('a full map gives up what was used the longest time ago, not what was put in first', () => {
  const evicted: string[] = []
  const lru = new Lru<number, string>(3, value => evicted.push(value))
  for (const [key, value] of ['a', 'b', 'c'].entries()) lru.set(key, value)
  assert.equal(lru.get(0), 'a')
  lru.set(3, 'd')
  assert.deepEqual(evicted, ['b'])
  lru.set(2, 'C')
  lru.set(4, 'e')
  assert.deepEqual(evicted, ['b', 'a'])
  assert.deepEqual(
    [0, 1, 2, 3, 4].map(key => lru.get(key)),
    [undefined, undefined, 'C', 'd', 'e'],
  )
  assert.equal(lru.size, 3)
})

test('what is deleted makes room for the next', () => {
  const evicted: string[] = []
  const lru = new Lru<string, string>(1, value => evicted.push(value))
  lru.set('a', 'a')
  lru.delete('a')
  lru.set('b', 'b')
  assert.deepEqual([lru.get('a'), lru.get('b'), evicted], [undefined, 'b', []])
  lru.clear()
  assert.equal(lru.size, 0)
})
