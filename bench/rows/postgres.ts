import { load } from '../load.ts'
import { control, regionId, stopRequests } from '../requests.ts'
import type { Row } from '../row.ts'
import { startNullServer, startSubject } from '../subject.ts'

/** Longer than a stop takes, so that in the measured part of the load as many stops end as begin. */
const untilStopsEnd = 3_500

export const postgresRow: Row = {
  name: 'postgres',
  title: 'StopInstances, 1 id, 32 connections, two servers over one PostgreSQL',
  measures: [
    { name: 'throughput', unit: 'calls/s', goal: { least: 1_500 } },
    { name: 'p50', unit: 'ms' },
    { name: 'p99', unit: 'ms' },
    { name: 'deadlocks', unit: 'deadlocks', goal: { most: 0 } },
  ],
  async prepare({ quick, folder, postgres }) {
    const cluster = await postgres()
    await cluster.ask('create database fleet')
    const { ids, seeder } = await seedFleet(folder, cluster.urlOf('fleet'), quick ? 1_000 : 20_000)
    await seeder.stop()
    await cluster.ask('vacuum analyze', 'fleet')
    const plan = { connections: 32, ...(quick ? { count: 20 } : { count: 5_000, leadMs: untilStopsEnd }) }
    return async () => {
      await cluster.ask('create database round template fleet')
      await cluster.ask('checkpoint')
      try {
        const store = cluster.urlOf('round')
        const requests = stopRequests(ids, 1)
        await using first = await startSubject({ folder, store })
        await using second = await startSubject({ folder, store })
        const ours = await load([first.port, second.port], requests, plan)
        await Promise.all([first.stop(), second.stop()])
        const { deadlocks } = await cluster.ask(`select deadlocks from pg_stat_database where datname = 'round'`)
        await using reference = await startNullServer()
        const theirs = await load(reference.port, requests, { ...plan, ...(quick ? {} : { leadMs: 500 }) })
        return [
          { value: ours.perSecond, reference: theirs.perSecond },
          { value: ours.p50, reference: theirs.p50 },
          { value: ours.p99, reference: theirs.p99 },
          { value: Number(deadlocks) },
        ]
      } finally {
        await cluster.ask('drop database round with (force)')
      }
    }
  },
}

async function seedFleet(folder: string, store: string, count: number) {
  const seeder = await startSubject({ folder, store })
  const seed = { instances: [{ region: regionId, count }] }
  const { instanceIds: ids } = await control<{ instanceIds: string[] }>(seeder.port, 'POST', '/seed', seed)
  return { ids, seeder }
}
