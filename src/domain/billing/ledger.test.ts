import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { costOf, daysOf, type LedgerRow, overlapOf, segmentsOf } from './ledger.ts'
import { amountOf } from './money.ts'
import { noRates, totalOf } from '../prices/rates.ts'

const row = fc.record({
  after: fc.integer({ min: 0, max: 200_000 }),
  rate: fc.integer({ min: 0, max: 2 ** 40 }),
})
/** A resource's life: rows at times that never go back, the last of which may be its release. */
const life = fc.tuple(fc.array(row, { minLength: 1, maxLength: 12 }), fc.boolean()).map(([steps, released]) => {
  let at = 1_780_000_000
  return steps.map(({ after, rate }, index): LedgerRow => {
    at += after
    const last = released && index === steps.length - 1
    const rates = { ...noRates, compute: last ? 0 : rate }
    return { at, rates, pausable: 0, state: last ? 'released' : 'running' }
  })
})
const moment = fc.integer({ min: 1_779_900_000, max: 1_783_000_000 })

test('segments tile the part of a life that lies in a period, without gap or overlap', () => {
  fc.assert(
    fc.property(life, moment, moment, (rows, one, other) => {
      const period = { from: Math.min(one, other), until: Math.max(one, other) }
      const segments = segmentsOf(rows, period)
      const born = rows[0]?.at ?? 0
      const last = rows.at(-1)
      const died = last?.state === 'released' ? last.at : Infinity
      let at = Math.max(born, period.from)
      for (const segment of segments) {
        assert.equal(segment.from, at)
        assert.ok(segment.until > segment.from)
        at = segment.until
      }
      const lived = overlapOf({ from: born, until: died }, period)
      assert.equal(
        segments.reduce((sum, { from, until }) => sum + until - from, 0),
        lived,
      )
    }),
  )
})

test('a period costs what its days cost together, to the nano-yuan', () => {
  fc.assert(
    fc.property(life, moment, moment, (rows, one, other) => {
      const period = { from: Math.min(one, other), until: Math.max(one, other) }
      const days = daysOf(period)
      assert.equal(
        days.reduce((sum, day) => sum + costOf(rows, day), 0n),
        costOf(rows, period),
      )
      for (const day of days.slice(1)) assert.equal(new Date((day.from + 8 * 3600) * 1000).getUTCHours(), 0)
    }),
  )
})

test('the sum of changes of the rate says the same as the segments', () => {
  fc.assert(
    fc.property(life, moment, (rows, until) => {
      const changes = rows.map(({ at, rates }, index) => {
        const before = rows[index - 1]
        return { at, delta: totalOf(rates) - (before === undefined ? 0 : totalOf(before.rates)) }
      })
      const sum = changes.reduce((all, { at, delta }) => (at > until ? all : all + amountOf(delta, until - at)), 0n)
      assert.equal(sum, costOf(rows, { from: 0, until }))
    }),
  )
})

test('a day of the bill is a day in China', () => {
  const from = Date.UTC(2026, 8, 1, 15, 0) / 1000
  assert.deepEqual(daysOf({ from, until: from + 2 * 3600 }), [
    { day: '2026-09-01', from, until: from + 3600 },
    { day: '2026-09-02', from: from + 3600, until: from + 7200 },
  ])
})
