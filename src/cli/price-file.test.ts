import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tempFolder } from '../../test/support/temp.ts'
import { listPrices } from '../domain/prices/list-prices.ts'
import { readPriceFile } from './price-file.ts'
import { UsageError } from './usage-error.ts'

test('what a price file gives takes the place of the list price, and nothing else changes', () => {
  using folder = tempFolder()
  const path = folder.write(
    'prices.yaml',
    `families:
  g7: {vcpu: 0.5}
types: {ecs.c7.large: 1.25}
disks: {cloud_essd-PL1: 0.01}
licences: {windows: 0}
bandwidth: {above5: 1}
eip: 0.05
subscription: 0.4
spot:
  zones:
    cn-hangzhou-h: {ecs.g7.large: 0.9}
`,
  )
  assert.deepEqual(readPriceFile(path), {
    families: { ...listPrices.families, g7: { vcpu: 0.5, gib: 0.04, gpu: undefined } },
    types: { 'ecs.c7.large': 1.25 },
    disks: { ...listPrices.disks, 'cloud_essd-PL1': 0.01 },
    licences: { windows: 0 },
    bandwidth: { upTo5: 0.06, above5: 1 },
    eip: 0.05,
    subscription: 0.4,
    spot: { factor: 0.2, zones: { 'cn-hangzhou-h': { 'ecs.g7.large': 0.9 } } },
  })
  assert.deepEqual(readPriceFile(folder.write('empty.yaml', '')), listPrices)
})

test('a mistake is named with its file, line and key', () => {
  for (const [text, says] of [
    ['families:\n  g99: {vcpu: 1}', /line 2, families\.g99: there is no such instance family\.$/],
    ['eip: 1\ntypes: {ecs.g7.huge: 1}', /line 2, types\.ecs\.g7\.huge: there is no such instance type\.$/],
    ['disks:\n  floppy: 1', /line 2, disks\.floppy: there is no such kind of disk\.$/],
    ['spot:\n  zones:\n    moon-1: {}', /line 3, spot\.zones\.moon-1: there is no such zone\.$/],
    ['families:\n  g7:\n    vcpu: cheap', /line 3, families\.g7\.vcpu: .*expected number/],
    ['eip: -1', /line 1, eip: /],
    ['price: 1', /line 1, price: there is no key "price"\.$/],
    ['- 1', /prices\.yaml line 1: /],
  ] as const) {
    using folder = tempFolder()
    const path = folder.write('prices.yaml', text)
    assert.throws(
      () => readPriceFile(path),
      (error: unknown) => error instanceof UsageError && error.message.startsWith(path) && says.test(error.message),
      text,
    )
  }
})
