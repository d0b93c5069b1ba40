import { load } from '../load.ts'
import { batchRequests, control, describeAll, regionId } from '../requests.ts'
import type { Row } from '../row.ts'
import type { Server } from '../server.ts'

const virtualHourRow: Row = {
  name: 'virtual-hour',
  title: 'A virtual hour with 10,000 due transitions',
  measures: [{ name: 'time', unit: 's', goal: { most: 0.5 } }],
  async prepare({ quick, start }) {
    const count = quick ? 500 : 10_000
    return {
      async measure() {
        await using server = await start({ store: 'memory:', clock: 'virtual' })
        const ids = await seed(server, count)
        // The first time is the lead.
        await order(server, 'StopInstances', ids)
        await advance(server, 'PT1H')
        await order(server, 'StartInstances', ids)
        await advance(server, 'PT1H')
        await order(server, 'StopInstances', ids)
        const [startedAt, used] = [performance.now(), server.processorMs()]
        await advance(server, 'PT1H')
        const tookMs = performance.now() - startedAt
        const usedAfter = server.processorMs()
        await expectAll(server, 'Stopped', count)
        const processorMs = used === undefined || usedAfter === undefined ? undefined : usedAfter - used
        return [{ value: tookMs / 1_000, processorMs }]
      },
    }
  },
}

/** Every machine stops and starts at a time of its own; calls are part of the time. */
const monthOfNightsRow: Row = {
  name: 'month-of-nights',
  title: 'A month in which 200 machines are stopped every evening and started every morning',
  extra: true,
  measures: [{ name: 'time', unit: 's', goal: { most: 4 } }],
  async prepare({ quick, start }) {
    const days = quick ? 2 : 30
    return {
      async measure() {
        await using server = await start({ store: 'memory:', clock: 'virtual' })
        const ids = await seed(server, 200)
        const startedAt = performance.now()
        for (let day = 1; day <= days; day++) {
          await advance(server, 'PT13H')
          await expectAll(server, 'Running', ids.length)
          await order(server, 'StopInstances', ids)
          await advance(server, 'PT11H')
          await expectAll(server, 'Stopped', ids.length)
          await order(server, 'StartInstances', ids)
        }
        return [{ value: (performance.now() - startedAt) / 1_000 }]
      },
    }
  },
}

export const virtualTimeRows: readonly Row[] = [virtualHourRow, monthOfNightsRow]

async function seed({ port }: Server, count: number): Promise<string[]> {
  const document = { instances: [{ region: regionId, count }] }
  return (await control<{ instanceIds: string[] }>(port, 'POST', '/seed', document)).instanceIds
}

async function order(server: Server, action: string, ids: readonly string[]): Promise<void> {
  const requests = batchRequests(action, ids, 100)
  await load(server, requests, { connections: 4, count: requests.length })
}

async function advance({ port }: Server, duration: string): Promise<void> {
  await control(port, 'POST', '/clock', { advance: duration })
}

async function expectAll({ port }: Server, status: string, count: number): Promise<void> {
  const found = (await describeAll(port)).filter(instance => instance.status === status).length
  if (found !== count) throw new Error(`Only ${found} of ${count} instances are ${status}.`)
}
