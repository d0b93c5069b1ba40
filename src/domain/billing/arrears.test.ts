import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrearsStepAt, runsDryAt } from './arrears.ts'
import { toFenDown } from './money.ts'

const hour = 3_600

test('an account is settled at the first whole hour at which it is below zero', () => {
  const at = (balance: bigint, rate: bigint, seconds: number) => {
    const ms = runsDryAt(balance, rate, seconds)
    return ms === null ? null : ms / 1000
  }
  assert.equal(at(0n, 1n, 0), hour)
  assert.equal(at(3_599n, 1n, 0), hour)
  assert.equal(at(3_600n, 1n, 0), 2 * hour, 'at the hour there is just nothing left')
  assert.equal(at(3_600n, 1n, 1), 2 * hour)
  assert.equal(at(10n, 3n, hour - 4), hour)
  assert.equal(at(12n, 3n, hour - 4), 2 * hour)
  assert.equal(at(5n, 0n, 0), null, 'nothing costs')
  assert.equal(at(10n ** 30n, 1n, 0), null, 'nobody lives so long')
  assert.equal(at(-1n, 0n, 0), hour)
})

test('a stop is announced an hour before, or at once when the grace is shorter', () => {
  const terms = { graceMs: 10 * hour * 1000, releaseMs: 0 }
  const stepAt = (hours: number) => arrearsStepAt(0, hours * hour * 1000, terms)
  assert.deepEqual(stepAt(0), { step: 'wait', stopAt: 36_000_000, nextAt: 32_400_000 })
  assert.deepEqual(stepAt(9), { step: 'announce', stopAt: 36_000_000, nextAt: 36_000_000 })
  assert.deepEqual(stepAt(10), { step: 'stop', stopAt: 36_000_000, nextAt: null })
  assert.equal(arrearsStepAt(0, 0, { graceMs: 60_000, releaseMs: 0 }).step, 'announce')
  assert.equal(arrearsStepAt(0, 0, { graceMs: 0, releaseMs: 0 }).step, 'stop')
})

test('a balance is shown rounded down, so that the least debt shows', () => {
  assert.deepEqual([9_999_999n, 0n, -1n, -10_000_000n, -10_000_001n].map(toFenDown), [0, 0, -1, -1, -2])
})
