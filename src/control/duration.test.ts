import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration } from './duration.ts'

test('a duration is ISO 8601 or short, with fractions and several units', () => {
  const durations: [text: string, ms: number | undefined][] = [
    ['PT10M', 600_000],
    ['p1w', 604_800_000],
    ['P1DT2H', 93_600_000],
    ['PT1.5S', 1_500],
    ['10m', 600_000],
    ['1d2h', 93_600_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['2m30ms', 120_030],
    ['0s', 0],
    ['', undefined],
    ['P', undefined],
    ['PT', undefined],
    ['10', undefined],
    ['10M', undefined],
    ['1.5', undefined],
    ['-1s', undefined],
    ['1h soon', undefined],
  ]
  for (const [text, ms] of durations) assert.equal(parseDuration(text), ms, text)
})
