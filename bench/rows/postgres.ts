import { setTimeout as sleep } from 'node:timers/promises'
import { load, type LoadOptions } from '../load.ts'
import type { Cluster } from '../postgres.ts'
import { familyProcessorTime, processorTime } from '../processor-time.ts'
import { control, regionId, stopRequests } from '../requests.ts'
import type { Figures, Row } from '../row.ts'
import { startNullServer, type Workshop } from '../workshop.ts'
import { untilStopsEnd, warmUp } from './stops.ts'

export const postgresRow: Row = {
  name: 'postgres',
  title: 'StopInstances, 1 id, 32 connections, two servers over one PostgreSQL',
  measures: [
    { name: 'throughput', unit: 'calls/s', goal: { least: 1_500 } },
    { name: 'p50', unit: 'ms' },
    { name: 'p99', unit: 'ms' },
    { name: 'deadlocks', unit: 'deadlocks', goal: { most: 0 } },
    { name: 'processor time of the servers per whole stop; reference: per call', unit: 'µs' },
    { name: 'processor time of PostgreSQL per whole stop', unit: 'µs' },
    { name: 'log that PostgreSQL writes per whole stop', unit: 'kB' },
  ],
  async prepare(workshop) {
    const { name, quick, postgres } = workshop
    const cluster = await postgres()
    const fleet = `fleet_${name}`
    await cluster.ask(`create database ${fleet}`)
    const { ids, seeder } = await seedFleet(workshop, cluster.urlOf(fleet), quick ? 1_000 : 20_000)
    await seeder.stop()
    await cluster.ask('vacuum analyze', fleet)
    const plan = { connections: 32, ...(quick ? { count: 20 } : { count: 5_000, leadMs: untilStopsEnd }) }
    return {
      measure: () => measureRound(workshop, cluster, ids, plan),
      async reference() {
        await using server = await startNullServer()
        const reference = { ...plan, leadMs: quick ? 0 : warmUp }
        const { perSecond, p50, p99, processorMs } = await load(server, stopRequests(ids, 1), reference)
        const perCall = processorMs === undefined ? undefined : { value: processorMs * 1_000, processorMs }
        return [...[perSecond, p50, p99].map(value => ({ value, processorMs })), undefined, perCall]
      },
    }
  },
}

/** On a copy of the fleet. */
async function measureRound(
  { name, quick, start }: Workshop,
  cluster: Cluster,
  ids: readonly string[],
  plan: LoadOptions,
): Promise<Figures> {
  await cluster.ask(`create database round template fleet_${name}`)
  await cluster.ask('checkpoint')
  try {
    const subject = { store: cluster.urlOf('round'), ...(quick ? { timeScale: 20 } : {}) }
    await using first = await start(subject)
    await using second = await start(subject)
    const pids = [first.pid, second.pid]
    const used = await measureUse(cluster, pids)
    const { perSecond, p50, p99, processorMs } = await load([first, second], stopRequests(ids, 1), plan)
    await untilAllStopped(cluster)
    const usedAfter = await measureUse(cluster, pids)
    const { stops } = await cluster.ask(`select count(*) as stops from events where state = 'Stopping'`, 'round')
    await Promise.all([first.stop(), second.stop()])
    const { deadlocks } = await cluster.ask(`select deadlocks from pg_stat_database where datname = 'round'`)
    const perStop = usedAfter.map((after, index) => {
      return after === undefined ? undefined : (after - (used[index] ?? 0)) / Number(stops)
    })
    const [ofServers, ofDatabase, log] = perStop
    return [
      ...[perSecond, p50, p99].map(value => ({ value, processorMs })),
      { value: Number(deadlocks) },
      ...[ofServers, ofDatabase].map(ms => (ms === undefined ? undefined : { value: ms * 1_000, processorMs: ms })),
      log === undefined ? undefined : { value: log },
    ]
  } finally {
    await cluster.ask('drop database round with (force)')
  }
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

async function seedFleet({ start }: Workshop, store: string, count: number) {
  const seeder = await start({ store })
  const seed = { instances: [{ region: regionId, count }] }
  const { instanceIds: ids } = await control<{ instanceIds: string[] }>(seeder.port, 'POST', '/seed', seed)
  return { ids, seeder }
}
