import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { load } from '../load.ts'
import { batchRequests, describeAll, regionId } from '../requests.ts'
import type { Row } from '../row.ts'

const hourMs = 60 * 60_000

export const monthOfNightsRow: Row = {
  name: 'month-of-nights',
  title: 'A month in which 200 machines are stopped every evening and started every morning',
  measures: [{ name: 'time', unit: 's', goal: { most: 4 } }],
  async prepare({ quick }) {
    return async () => [{ value: await measureMonth(quick ? 2 : 30) }]
  },
}

/** In this process and in memory, calls included. Every machine stops and starts at a time of its own. */
async function measureMonth(days: number): Promise<number> {
  await using server = await createTestApp()
  const { engine, clock } = server.app
  const ids = await server.seed({ instances: [{ region: regionId, count: 200 }] })
  const startedAt = performance.now()
  for (let day = 1; day <= days; day++) {
    await engine.advanceTo(clock.now() + 13 * hourMs)
    await order(server, 'StopInstances', ids)
    await engine.advanceTo(clock.now() + 11 * hourMs)
    await expectAll(server, 'Stopped')
    await order(server, 'StartInstances', ids)
    await engine.advanceUntilIdle()
    await expectAll(server, 'Running')
  }
  return (performance.now() - startedAt) / 1000
}

async function order(server: TestApp, action: string, ids: readonly string[]): Promise<void> {
  const requests = batchRequests(action, ids, 100)
  await load(server.app.port, requests, { connections: 1, count: requests.length })
}

async function expectAll(server: TestApp, status: string): Promise<void> {
  const others = (await describeAll(server.app.port)).filter(instance => instance.status !== status)
  if (others.length > 0) throw new Error(`${others.length} instances are not ${status}.`)
}
