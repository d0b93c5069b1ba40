import assert from 'node:assert/strict'
import { join } from 'node:path'
import { afterEach, suite, test } from 'node:test'
import type { ComputeDriver } from '../compute/driver.ts'
import { createSimulatedDriver } from '../compute/simulated/driver.ts'
import { timingProfiles } from '../compute/simulated/timing.ts'
import { failpoints } from '../platform/failpoints.ts'
import { listEvents } from '../store/tables/events.ts'
import { leaseJobs, listDueJobs } from '../store/tables/instances/jobs.ts'
import { findSetting } from '../store/tables/world/settings.ts'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { callBatch, region, snapshot, statuses } from '../../test/support/batch.ts'
import { until } from '../../test/support/raw.ts'
import { type TempFolder, tempFolder } from '../../test/support/temp.ts'

const timing = timingProfiles.short
const stop = (server: TestApp, ids: readonly string[], params = {}) =>
  callBatch(server.client, 'StopInstances', ids, params)
const storeIn = (folder: TempFolder) => `sqlite:${join(folder.path, 'state.db')}`
const slow = (seconds: number) => ({ guest: { shutdown: 'slow', seconds } }) as const
const isIdle = async (server: TestApp) => (await snapshot(server)).jobs.length === 0

/** The test's machines, which do something else before they answer whether they have stopped. */
function driverThat(beforeStop: (...look: Parameters<ComputeDriver['stop']>) => unknown): ComputeDriver {
  const driver = createSimulatedDriver(timing, 'test')
  const stopped: ComputeDriver['stop'] = async (...look) => {
    await beforeStop(...look)
    return driver.stop(...look)
  }
  return { ...driver, stop: stopped }
}

/** Machines of which a stop tells nothing until the gate is opened. */
function gatedDriver() {
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const driver = driverThat(() => {
    asked.resolve()
    return gate.promise
  })
  return { driver, open: gate.resolve, asked: asked.promise }
}

/** Machines of which the first that is asked to stop fails, once. */
function failingDriver() {
  let failed = false
  const driver = driverThat(() => {
    if (failed) return
    failed = true
    throw new Error('The machine does not answer.')
  })
  return { driver, hasFailed: () => failed }
}

suite('advancing the clock', () => {
  test('runs jobs in the order of their due times, each at its own time', async () => {
    const seen: { id: string; now: number }[] = []
    const driver = driverThat(({ id }, _order, now) => seen.push({ id, now }))
    await using server = await createTestApp({}, { driver })
    const ids: string[] = []
    for (const seconds of [90, 10, 40]) ids.push(await server.instance(slow(seconds)))
    const startedAt = server.app.clock.now()
    await stop(server, ids)
    await server.advance(3600)
    assert.deepEqual(
      seen.map(({ id }) => id),
      [ids[1], ids[2], ids[0]],
    )
    for (const [index, seconds] of [10, 40, 90].entries()) {
      const after = ((seen[index]?.now ?? 0) - startedAt) / 1000
      assert.ok(Math.abs(after - seconds) <= seconds / 10, `${seconds} s: ${after} s`)
    }
    assert.equal(server.app.clock.now(), startedAt + 3_600_000)
  })

  test('leaves alone what is not due yet', async () => {
    await using server = await createTestApp()
    const ids = [await server.instance(slow(10)), await server.instance(slow(100))]
    await stop(server, ids)
    await server.advance(20)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Stopping'])
  })

  test('until nothing is pending ends at the last job and tells how many there were', async () => {
    await using server = await createTestApp()
    const ids = [await server.instance(slow(100)), await server.instance({ guest: { shutdown: 'ignore' } })]
    const startedAt = server.app.clock.now()
    await stop(server, ids)
    // The guest that ignores the request is looked at twice: when its time is up, and when its power is off.
    assert.equal(await server.app.engine.advanceUntilIdle(), 3)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Stopped'])
    const seconds = (server.app.clock.now() - startedAt) / 1000
    assert.ok(seconds > 600 && seconds < 602, `${seconds} s`)
    assert.ok(await isIdle(server))
    assert.equal(await server.app.engine.advanceUntilIdle(), 0)
  })

  test('in one go or in steps, the same happens at the same times and in the same order', async () => {
    const startAt = Date.UTC(2026, 0, 1)
    const run = async (stepMs: number) => {
      await using server = await createTestApp({ afterGrace: 'power-cycle' }, { startAt })
      // Some want to be looked at again, and some go on to start, before others are done.
      const ids = await server.seed({
        instances: [
          { count: 30, region, status: 'Pending' },
          { count: 30, region },
          { count: 30, region, ...slow(4) },
          { count: 3, region, guest: { shutdown: 'ignore' } },
        ],
      })
      await callBatch(server.client, 'RebootInstances', ids.slice(30, 45))
      await stop(server, ids.slice(45))
      const { engine, store } = server.app
      for (let at = startAt + stepMs; at <= startAt + 700_000; at += stepMs) await engine.advanceTo(at)
      assert.ok(await isIdle(server))
      const changes = await store.transaction('read', tx => listEvents(tx, { after: 0, limit: 1_000 }))
      return changes.map(({ seq, at, instanceId, state, reason }) => [seq, at, instanceId, state, reason])
    }
    const inSteps = await run(500)
    assert.deepEqual(await run(700_000), inSteps)
    const times = inSteps.map(([, at]) => Number(at))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  test('leaves room for calls', async () => {
    await using server = await createTestApp()
    await server.seed({ instances: [{ count: 1_000, region, status: 'Stopping' }] })
    const { engine, store, clock } = server.app
    const target = clock.now() + 10_000
    const advanced = engine.advanceTo(target)
    const seen: number[] = []
    while (clock.now() < target) seen.push(await store.transaction('read', async () => clock.now()))
    assert.ok(new Set(seen).size >= 4, `the clock was seen to stand at ${[...new Set(seen)].join(', ')}`)
    await advanced
  })

  test('more jobs than fit in a round are all done', async () => {
    await using server = await createTestApp()
    await server.seed({ instances: [{ count: 1_100, region, status: 'Stopping' }] })
    await server.advance(5)
    assert.ok(await isIdle(server))
  })
})

suite('a job that is replaced while it is driven', () => {
  test('has no say any more: the job in its place ends the stop', async () => {
    const { driver, asked, open } = gatedDriver()
    await using server = await createTestApp({}, { driver })
    const id = await server.instance()
    await stop(server, [id])
    const advanced = server.advance(3.4)
    await asked
    const [entry] = await stop(server, [id], { ForceStop: true, BatchOptimization: 'SuccessFirst' })
    open()
    await advanced
    assert.equal(entry?.Code, '200')
    assert.equal(await server.status(id), 'Stopping')
    await server.advance(2)
    assert.equal(await server.status(id), 'Stopped')
  })

  test('calls are answered while a machine is slow to answer', async () => {
    const { driver, asked, open } = gatedDriver()
    await using server = await createTestApp({}, { driver })
    const [first, second] = [await server.instance(), await server.instance()]
    await stop(server, [first])
    const advanced = server.advance(5)
    await asked
    await stop(server, [second])
    const seen = await statuses(server, [first, second])
    open()
    await advanced
    assert.deepEqual(seen, ['Stopping', 'Stopping'])
  })
})

suite('jobs of an earlier process', () => {
  test('are taken up where it left them', async () => {
    using folder = tempFolder()
    const store = storeIn(folder)
    let ids: string[] = []
    {
      await using earlier = await createTestApp({ store })
      ids = [await earlier.instance(), await earlier.instance({ status: 'Pending' })]
      await stop(earlier, ids.slice(0, 1))
    }
    await using server = await createTestApp({ store })
    assert.deepEqual(await statuses(server, ids), ['Stopping', 'Pending'])
    await server.advance(10)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Running'])
  })

  test('are taken up although it died with them in its hands', async () => {
    using folder = tempFolder()
    const store = storeIn(folder)
    let id = ''
    {
      await using earlier = await createTestApp({ store })
      id = await earlier.instance()
      await stop(earlier, [id])
      const far = Number.MAX_SAFE_INTEGER
      const claimed = await earlier.app.store.transaction('write', async tx =>
        leaseJobs(tx, await listDueJobs(tx, { until: far, wallNow: Date.now(), limit: 10 }), far),
      )
      assert.equal(claimed.length, 1)
    }
    await using server = await createTestApp({ store })
    await server.advance(5)
    assert.equal(await server.status(id), 'Stopped')
  })

  for (const [title, clock, timeScale] of [
    ['a virtual clock', 'virtual', 1],
    ['a clock that runs fast', 'real', 10_000],
  ] as const) {
    test(`instance time of ${title} never goes back across a restart`, async () => {
      using folder = tempFolder()
      const config = { store: storeIn(folder), clock, timeScale }
      let earlierTime = 0
      {
        await using earlier = await createTestApp(config)
        if (clock === 'virtual') await earlier.advance(3_600)
        else await until(() => earlier.app.clock.now() > Date.now() + 3_600_000)
        earlierTime = earlier.app.clock.now()
      }
      await using server = await createTestApp(config)
      assert.ok(server.app.clock.now() >= earlierTime, `${server.app.clock.now()} < ${earlierTime}`)
    })
  }

  test('find no time that is earlier than their own, even after a crash', async () => {
    await using server = await createTestApp({ clock: 'real', timeScale: 10_000 })
    const before = server.app.clock.now()
    await server.instance()
    const saved = await server.app.store.transaction('read', tx => findSetting(tx, 'instanceTime'))
    assert.ok(Number(saved) >= before, `${saved} < ${before}`)
  })
})

suite('an auto clock', () => {
  test('moves on by itself when nobody calls', async () => {
    await using server = await createTestApp({ clock: 'auto' })
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await stop(server, [id])
    await until(() => isIdle(server))
    assert.equal(await server.status(id), 'Stopped')
    assert.ok(server.app.clock.now() >= Date.now() + 590_000)
  })

  test('is not held back by a client that polls without a pause', async () => {
    await using server = await createTestApp({ clock: 'auto' })
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await stop(server, [id])
    // A pause of 20 ms never comes while several clients take turns without one.
    const poll = async () => {
      while ((await server.status(id)) !== 'Stopped');
    }
    await Promise.all([poll(), poll(), poll()])
  })

  test('stands still while a call is under way', async () => {
    await using held = await createTestApp({ clock: 'auto' })
    await using free = await createTestApp({ clock: 'auto' })
    const startedAt = held.app.clock.now()
    const over = held.app.engine.callBegins()
    await stop(held, [await held.instance()])
    // One call ends, and the next begins before the server can be called idle.
    over()
    const overToo = held.app.engine.callBegins()
    // The other server, idle for a shorter time, shows that there was time enough.
    await stop(free, [await free.instance()])
    await until(() => isIdle(free))
    assert.equal(held.app.clock.now(), startedAt)
    overToo()
    await until(() => isIdle(held))
  })
})

suite('a round of jobs that fails', () => {
  afterEach(() => failpoints.disarm())

  for (const point of ['jobs:claimed', 'jobs:driven'] as const) {
    test(`at ${point} loses nothing: the next advance does its jobs`, async () => {
      await using server = await createTestApp()
      const ids = await server.seed({ instances: [{ count: 2, region }] })
      await stop(server, ids)
      failpoints.arm(point, 'throw')
      await assert.rejects(server.advance(5), /failpoint/)
      failpoints.disarm()
      assert.deepEqual(await statuses(server, ids), ['Stopping', 'Stopping'])
      await server.advance(5)
      assert.deepEqual(await statuses(server, ids), ['Stopped', 'Stopped'])
    })
  }

  test('a machine that cannot be driven keeps nobody waiting, and is tried again, later each time', async () => {
    const tries: number[] = []
    const driver = driverThat(({ id }, _order, now) => {
      if (id !== 'i-broken00000001' || tries.length === 4) return
      tries.push(now)
      throw new Error('The machine does not answer.')
    })
    await using server = await createTestApp({}, { driver })
    const ids = [await server.instance({ id: 'i-broken00000001' }), await server.instance()]
    await stop(server, ids)
    await server.advance(3.5)
    assert.deepEqual(await statuses(server, ids), ['Stopping', 'Stopped'])
    await server.advance(60)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Stopped'])
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
    assert.deepEqual(waits, [1_000, 2_000, 4_000])
  })

  test('so it is with a machine of which the driver says at once that it cannot be driven', async () => {
    const tries: number[] = []
    const driver = createSimulatedDriver(timing, 'test')
    const stopped = async (...[machine, order, now]: Parameters<ComputeDriver['stop']>) => {
      if (machine.id !== 'i-broken00000001' || tries.length === 4) return driver.stop(machine, order, now)
      tries.push(now)
      throw new Error('The machine does not answer.')
    }
    await using server = await createTestApp(
      {},
      { driver: { ...driver, stop: Object.assign(stopped, { atOnce: true } as const) } },
    )
    const ids = [await server.instance({ id: 'i-broken00000001' }), await server.instance()]
    await stop(server, ids)
    await server.advance(3.5)
    assert.deepEqual(await statuses(server, ids), ['Stopping', 'Stopped'])
    await server.advance(60)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Stopped'])
    const waits = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
    assert.deepEqual(waits, [1_000, 2_000, 4_000])
  })

  test('because the store could not write loses nothing either', async () => {
    let breaks = true
    const driver = driverThat(() => breaks && failpoints.arm('group:before-commit', 'throw'))
    await using server = await createTestApp({}, { driver })
    const id = await server.instance()
    await stop(server, [id])
    // The first cannot write what came of its job, the second cannot even claim one.
    for (let round = 1; round <= 2; round++) await assert.rejects(server.advance(5), /could not write/)
    breaks = false
    failpoints.disarm()
    await server.advance(5)
    assert.equal(await server.status(id), 'Stopped')
  })

  for (const clock of ['real', 'auto'] as const) {
    test(`is tried again in the background when the clock is ${clock}`, async () => {
      const { driver, hasFailed } = failingDriver()
      await using server = await createTestApp({ clock, timeScale: 100 }, { driver })
      const id = await server.instance()
      await stop(server, [id])
      await until(() => isIdle(server))
      assert.ok(hasFailed())
      assert.equal(await server.status(id), 'Stopped')
    })
  }
})
