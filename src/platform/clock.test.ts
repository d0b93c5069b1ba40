import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { after, createClock, every, sleep, wallClock } from './clock.ts'

const start = Date.UTC(2026, 0, 2, 3, 4, 5)
const hour = 3_600_000
const longestTimer = 2 ** 31 - 1

/** The machine's time stands still until it is moved. */
function stopTime(context: TestContext) {
  context.mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'], now: start })
  return (ms: number) => context.mock.timers.tick(ms)
}

test('a real clock runs with the machine', context => {
  const pass = stopTime(context)
  const clock = createClock({ mode: 'real' })
  assert.deepEqual([clock.mode, clock.drifts, clock.now()], ['real', false, start])
  pass(1_500)
  assert.equal(clock.now(), start + 1_500)
  assert.equal(wallClock.now(), start + 1_500)
})

test('a scaled clock runs faster or slower, and drifts', context => {
  const pass = stopTime(context)
  const fast = createClock({ mode: 'real', timeScale: 60 })
  const slow = createClock({ mode: 'real', timeScale: 0.5 })
  pass(1_001)
  assert.deepEqual([fast.now(), slow.now()], [start + 60_060, start + 500])
  assert.deepEqual([fast.drifts, slow.drifts], [true, true])
})

test('a real clock starts from the later of the machine’s time and the time it is given', context => {
  const pass = stopTime(context)
  const ahead = createClock({ mode: 'real', startAt: start + hour })
  const behind = createClock({ mode: 'real', startAt: start - hour })
  pass(1)
  assert.deepEqual([ahead.now(), behind.now()], [start + hour + 1, start + 1])
})

test('a real clock cannot be moved', () => {
  assert.throws(() => createClock({ mode: 'real' }).moveTo(start), /A real clock cannot be moved/)
})

test('an alarm rings once, when instance time is there', context => {
  const pass = stopTime(context)
  for (const timeScale of [1, 60]) {
    const clock = createClock({ mode: 'real', timeScale })
    let rings = 0
    clock.alarm(clock.now() + hour, () => rings++)
    pass(hour / timeScale - 1)
    assert.equal(rings, 0)
    pass(1)
    assert.equal(rings, 1)
    pass(2 * hour)
    assert.equal(rings, 1)
  }
})

test('an alarm for a time that has passed rings at once', context => {
  const pass = stopTime(context)
  const clock = createClock({ mode: 'real' })
  let rings = 0
  clock.alarm(clock.now() - hour, () => rings++)
  pass(1)
  assert.equal(rings, 1)
})

test('an alarm that is cancelled does not ring', context => {
  const pass = stopTime(context)
  const clock = createClock({ mode: 'real' })
  let rings = 0
  const cancel = clock.alarm(clock.now() + 10, () => rings++)
  cancel()
  pass(hour)
  assert.equal(rings, 0)
})

test('an alarm further away than a timer can hold rings early rather than at once', context => {
  const pass = stopTime(context)
  const clock = createClock({ mode: 'real' })
  let rings = 0
  clock.alarm(clock.now() + 2 * longestTimer, () => rings++)
  pass(longestTimer - 1)
  assert.equal(rings, 0)
  pass(1)
  assert.equal(rings, 1)
})

for (const mode of ['virtual', 'auto'] as const) {
  test(`a ${mode} clock stands still, moves forward and never back, and never rings`, context => {
    const pass = stopTime(context)
    const clock = createClock({ mode, startAt: start + hour })
    let rings = 0
    clock.alarm(start + hour + 1, () => rings++)
    pass(2 * hour)
    assert.deepEqual([clock.mode, clock.drifts, clock.now()], [mode, true, start + hour])
    clock.moveTo(start + 3 * hour)
    clock.moveTo(start)
    assert.equal(clock.now(), start + 3 * hour)
    assert.equal(rings, 0)
  })

  test(`a ${mode} clock starts from the machine's time unless told otherwise`, context => {
    stopTime(context)
    assert.equal(createClock({ mode }).now(), start)
  })
}

test('housekeeping runs after its delay, or again and again, until it is cancelled', context => {
  const pass = stopTime(context)
  const runs: string[] = []
  after(10, () => runs.push('after'))
  const cancelAfter = after(10, () => runs.push('cancelled'))
  const cancelEvery = every(10, () => runs.push('every'))
  cancelAfter()
  pass(25)
  assert.deepEqual(runs, ['after', 'every', 'every'])
  cancelEvery()
  pass(100)
  assert.equal(runs.length, 3)
})

test('sleep lasts as long as it was asked to', async context => {
  const pass = stopTime(context)
  let woken = false
  const slept = sleep(50).then(() => (woken = true))
  pass(49)
  await Promise.resolve()
  assert.equal(woken, false)
  pass(1)
  await slept
})
