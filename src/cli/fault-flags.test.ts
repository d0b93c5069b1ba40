import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EffectFlags, readConditions, readEffect } from './fault-flags.ts'
import { UsageError } from './usage-error.ts'

test('a rule has one effect, and a flag that belongs to another effect is refused', () => {
  const wrong: [flags: EffectFlags, says: RegExp][] = [
    [{}, /Say what is to happen/],
    [{ stuck: true, stale: '3s' }, /one thing per rule/],
    [{ stuck: true, status: '500' }, /--status and --message belong to --error/],
    [{ stuck: true, after: '3s' }, /--after belongs to --revert/],
    [{ error: '' }, /--error: name a code/],
    [{ error: 'Moon.Full', status: 'red' }, /--status: "red" must be a whole number/],
    [{ drop: 'sometimes' }, /--drop: "sometimes" must be before or after/],
    [{ latency: 'soon' }, /--latency: "soon" is no duration/],
    [{ stale: '1500ms' }, /--stale: "1500ms" must be whole seconds/],
    [{ throttle: 'soon' }, /--throttle: "soon" is no duration/],
    [{ driverFails: '0' }, /--driver-fails: "0" must be a whole number/],
  ]
  for (const [flags, says] of wrong) {
    assert.throws(
      () => readEffect(flags),
      (reason: unknown) => reason instanceof UsageError && says.test(reason.message),
      JSON.stringify(flags),
    )
  }
})

test('numbers among the conditions are read, and what is none is refused', () => {
  assert.deepEqual(readConditions({ nth: '2', probability: '12.5%', tag: 'env' }), {
    nth: 2,
    probability: 0.125,
    tag: 'env',
  })
  assert.deepEqual(readConditions({ probability: '1' }), { probability: 1 })
  assert.throws(() => readConditions({ times: 'often' }), /--times: "often"/)
  assert.throws(() => readConditions({ probability: '120%' }), /--probability: "120%"/)
  assert.throws(() => readConditions({ probability: 'half' }), /--probability: "half"/)
})
