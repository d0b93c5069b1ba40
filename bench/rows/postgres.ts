import { setTimeout as sleep } from 'node:timers/promises'
import { load } from '../load.ts'
import type { Cluster } from '../postgres.ts'
import { familyProcessorTime, processorTime } from '../processor-time.ts'
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
    { name: 'processor time of the servers, from call to Stopped', unit: 'ms' },
    { name: 'processor time of PostgreSQL, from call to Stopped', unit: 'ms' },
    { name: 'log that PostgreSQL writes, from call to Stopped', unit: 'kB' },
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
        const used = await measureUse(cluster, [first.pid, second.pid])
        const ours = await load([first.port, second.port], requests, plan)
        await untilAllStopped(cluster)
        const perStop = (await measureUse(cluster, [first.pid, second.pid])).map((after, index) => {
          return after === undefined ? undefined : { value: after - (used[index] ?? 0) }
        })
        const { stops } = await cluster.ask(`select count(*) as stops from events where state = 'Stopping'`, 'round')
        await Promise.all([first.stop(), second.stop()])
        const { deadlocks } = await cluster.ask(`select deadlocks from pg_stat_database where datname = 'round'`)
        await using reference = await startNullServer()
        const theirs = await load(reference.port, requests, { ...plan, ...(quick ? {} : { leadMs: 500 }) })
        return [
          { value: ours.perSecond, reference: theirs.perSecond },
          { value: ours.p50, reference: theirs.p50 },
          { value: ours.p99, reference: theirs.p99 },
          { value: Number(deadlocks) },
          ...perStop.map(one => (one === undefined ? undefined : { value: one.value / Number(stops) })),
        ]
      } finally {
        await cluster.ask('drop database round with (force)')
      }
    }
  },
}

/** What servers and PostgreSQL have used up to now: processor time in ms, log in kB. */
async function measureUse(cluster: Cluster, servers: readonly number[]): Promise<(number | undefined)[]> {
  const { pid, bytes } = await cluster.ask(`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid, pg_current_wal_lsn() - '0/0' as bytes`)
  const ofDatabase = familyProcessorTime(Number(pid))
  return [processorTime(servers), ofDatabase, Number(bytes) / 1000]
}

async function untilAllStopped(cluster: Cluster): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (performance.now() < giveUpAt) {
    const { pending } = await cluster.ask('select count(*) as pending from jobs', 'round')
    if (Number(pending) === 0) return
    await sleep(50)
  }
  throw new Error('Not all stops have ended.')
}

async function seedFleet(folder: string, store: string, count: number) {
  const seeder = await startSubject({ folder, store })
  const seed = { instances: [{ region: regionId, count }] }
  const { instanceIds: ids } = await control<{ instanceIds: string[] }>(seeder.port, 'POST', '/seed', seed)
  return { ids, seeder }
}
