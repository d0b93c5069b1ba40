import { createTestApp } from '../../test/support/app.ts'
import { load } from '../load.ts'
import { describeAll, regionId, stopRequests } from '../requests.ts'
import type { Row } from '../row.ts'

const hourMs = 60 * 60_000

export const virtualHourRow: Row = {
  name: 'virtual-hour',
  title: 'A virtual hour with 10,000 due transitions',
  measures: [{ name: 'time', unit: 's', goal: { most: 1 } }],
  async prepare({ quick }) {
    return async () => [{ value: await measureHour(quick ? 500 : 10_000) }]
  },
}

/** In this process and in memory: the clock is moved from inside. */
async function measureHour(count: number): Promise<number> {
  await using server = await createTestApp()
  const { engine, clock, port } = server.app
  const stops = stopRequests(await server.seed({ instances: [{ region: regionId, count }] }), 100)
  await load(port, stops, { connections: 4, count: stops.length })
  const startedAt = performance.now()
  await engine.advanceTo(clock.now() + hourMs)
  const tookMs = performance.now() - startedAt
  const stopped = (await describeAll(port)).filter(instance => instance.status === 'Stopped').length
  if (stopped !== count) throw new Error(`Only ${stopped} of ${count} instances are Stopped.`)
  return tookMs / 1000
}
