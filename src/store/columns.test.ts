import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bigInteger,
  flag,
  generated,
  json,
  lazyJson,
  nullable,
  number,
  optional,
  reader,
  text,
  valueWriter,
  writer,
} from './columns.ts'

const columns = {
  id: text,
  size: number,
  isOn: flag,
  sum: bigInteger,
  tags: json<Readonly<Record<string, string>>>(),
  endedAt: nullable(number),
  note: optional(text),
  policy: optional(json<readonly string[]>()),
  list: nullable(json<readonly number[]>()),
}
const full = {
  id: "it's `${1}` \\",
  size: 2 ** 53 - 1,
  isOn: true,
  sum: 12345678901234567890n,
  tags: { a: '"' },
  endedAt: 0,
  note: '',
  policy: ['x'],
  list: [1],
}
const bare = { ...full, isOn: false, tags: {}, endedAt: null, note: undefined, policy: undefined, list: null }

test('a row that is written is read as it was, whatever is absent', () => {
  const [write, read] = [writer(columns), reader(columns)]
  for (const row of [full, bare]) assert.deepEqual(read(write(row)), row)
  assert.deepEqual(write(bare), [full.id, full.size, 0, '12345678901234567890', '{}', null, null, null, null])
  assert.deepEqual(valueWriter(columns.isOn)(true), 1)
})

test('empty lists and objects are shared, and nobody can write to them', () => {
  const read = reader({ list: json<string[]>(), tags: json<Record<string, string>>() })
  const row = read(['[]', '{}'])
  assert.equal(row.list, read(['[]', '{}']).list)
  assert.throws(() => row.list.push('x'), TypeError)
  assert.throws(() => (row.tags['a'] = 'x'), TypeError)
})

test('a large object is parsed when it is asked for, once, and a copy of the row lacks it', () => {
  const read = reader({
    id: text,
    details: lazyJson<{ name: string }>(),
    more: lazyJson<{ name: string }>(),
    seq: generated,
  })
  const row = read(['a', '{"name":"b"}', 'no JSON', 7])
  assert.deepEqual([row.id, row.seq, row.details], ['a', 7, { name: 'b' }])
  assert.equal(row.details, row.details)
  assert.deepEqual({ ...row }, { id: 'a', seq: 7 })
  assert.throws(() => row.more, SyntaxError)
})
