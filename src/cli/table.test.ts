import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutToWidth, formatTable } from './table.ts'

test('columns are as wide as their widest cell; Chinese characters take two columns', () => {
  const rows = [['NAME', 'STATUS'], ['审计', 'Running'], ['web-1', ''], []]
  assert.equal(formatTable(rows), '  NAME   STATUS\n  审计   Running\n  web-1\n')
  assert.equal(formatTable([]), '')
})

test('codes that a terminal would act on are not printed', () => {
  assert.equal(formatTable([['\u001B[2Jweb\n']]), '  ?[2Jweb?')
})

test('a line is cut where a terminal would wrap it, and never within a wide character', () => {
  assert.equal(cutToWidth('web-1', 4), 'web-')
  assert.equal(cutToWidth('审计', 3), '审')
  assert.equal(cutToWidth('web', 3), 'web')
})
