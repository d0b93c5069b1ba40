import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { ComputeDriver } from '../../compute/driver.ts'
import { createSimulatedDriver } from '../../compute/simulated/driver.ts'
import { timingProfiles } from '../../compute/simulated/timing.ts'
import { createTestApp } from '../../../test/support/app.ts'
import { callBatch, expectCourse, statuses } from '../../../test/support/batch.ts'
import { tempFolder } from '../../../test/support/temp.ts'

const ignores = { guest: { shutdown: 'ignore' } } as const
const machines = createSimulatedDriver(timingProfiles.short, 'test')

suite('the grace time of a guest', () => {
  test('ends on time for a machine that wants to be asked later', async () => {
    const firstLookAt: ComputeDriver['firstLookAt'] = (_step, _machine, order) => order.orderedAt + 1_000
    await using server = await createTestApp({}, { driver: { ...machines, firstLookAt } })
    const id = await server.instance(ignores)
    await callBatch(server.client, 'StopInstances', [id])
    await expectCourse(server, id, [
      [599, 'Stopping'],
      [602, 'Stopped'],
    ])
  })

  test('is judged by when the guest was off, not by when a restarted server looked', async () => {
    using folder = tempFolder()
    const config = { store: `sqlite:${join(folder.path, 'state.db')}`, afterGrace: 'power-cycle' } as const
    let ids: string[] = []
    const startAt = Date.now()
    {
      await using earlier = await createTestApp({ ...config, clock: 'real' })
      ids = [await earlier.instance(), await earlier.instance(ignores)]
      await callBatch(earlier.client, 'StopInstances', ids)
    }
    // Nobody looked for an hour: one guest was off after seconds, the other has to be forced and is brought back up.
    await using server = await createTestApp(config, { startAt: startAt + 3_600_000 })
    await server.advance(10)
    assert.deepEqual(await statuses(server, ids), ['Stopped', 'Running'])
  })

  test('is not forgotten when the machine is seen off because its power was cut', async () => {
    let off = false
    // A machine as it is: it tells what it sees, and needs a second to lose its power.
    const stop: ComputeDriver['stop'] = async (_machine, { force }, now) => {
      if (off) return { done: true }
      off = force
      return { done: false, lookAgainAt: now + 1_000 }
    }
    await using server = await createTestApp({ afterGrace: 'power-cycle' }, { driver: { ...machines, stop } })
    const id = await server.instance(ignores)
    await callBatch(server.client, 'StopInstances', [id])
    await expectCourse(server, id, [
      [600.5, 'Stopping'],
      [601.5, 'Starting'],
      [606, 'Running'],
    ])
  })
})
