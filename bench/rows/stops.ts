import { load, type LoadFigures, type LoadOptions } from '../load.ts'
import { stopRequests } from '../requests.ts'
import type { Measure, Row } from '../row.ts'
import { startNullServer, withSubject } from '../subject.ts'

/** Longer than a stop takes, so that in the measured part of the load as many stops end as begin. */
const untilStopsEnd = 3_500
/** Time for the compiler to see the hot path. */
const warmUp = 500

interface StopRow extends LoadOptions {
  readonly name: string
  readonly title: string
  readonly batchSize: number
  /** Calls there are instances for; the measured ones are the last of them at most. */
  readonly calls: number
  readonly figures: readonly (Measure & { readonly read: (result: LoadFigures) => number })[]
}

function stopRow({ name, title, figures, batchSize, calls, ...options }: StopRow): Row {
  return {
    name,
    title,
    measures: figures,
    async prepare({ quick, fleet }) {
      const plan = quick ? { ...options, count: 20, leadMs: 0 } : options
      const all = await fleet(quick ? 2_000 : 50_000)
      return async () => {
        const requests = stopRequests(all.ids.slice(0, (quick ? 20 : calls) * batchSize), batchSize)
        const ours = await withSubject(all, subject => load(subject.port, requests, plan))
        await using reference = await startNullServer()
        const theirs = await load(reference.port, requests, { ...plan, leadMs: quick ? 0 : warmUp })
        return figures.map(({ read }) => ({ value: read(ours), reference: read(theirs) }))
      }
    },
  }
}

export const stopRows: readonly Row[] = [
  stopRow({
    name: 'stop-one',
    title: 'StopInstances, 1 id, 32 connections',
    batchSize: 1,
    calls: 40_000,
    connections: 32,
    leadMs: untilStopsEnd,
    count: 10_000,
    figures: [{ name: 'throughput', unit: 'calls/s', goal: { least: 0.45, of: 'ratio' }, read: one => one.perSecond }],
  }),
  stopRow({
    name: 'stop-one-burst',
    title: 'The same, before the first stops end',
    batchSize: 1,
    calls: 12_000,
    connections: 32,
    leadMs: warmUp,
    count: 5_000,
    figures: [{ name: 'throughput', unit: 'calls/s', read: one => one.perSecond }],
  }),
  stopRow({
    name: 'stop-one-serial',
    title: 'StopInstances, 1 id, one connection',
    batchSize: 1,
    calls: 20_000,
    connections: 1,
    leadMs: untilStopsEnd,
    count: 2_000,
    figures: [
      { name: 'p50', unit: 'ms', goal: { most: 1 }, read: one => one.p50 },
      { name: 'p99', unit: 'ms', goal: { most: 5 }, read: one => one.p99 },
    ],
  }),
  stopRow({
    name: 'stop-batch',
    title: 'StopInstances, 100 ids, one call at a time',
    batchSize: 100,
    calls: 300,
    connections: 1,
    leadMs: warmUp,
    count: 100,
    figures: [{ name: 'p50', unit: 'ms', goal: { most: 5 }, read: one => one.p50 }],
  }),
  stopRow({
    name: 'stop-batch-parallel',
    title: 'StopInstances, 100 ids, 8 connections',
    batchSize: 100,
    calls: 500,
    connections: 8,
    leadMs: warmUp,
    count: 300,
    figures: [{ name: 'throughput', unit: 'instances/s', goal: { least: 40_000 }, read: one => one.perSecond * 100 }],
  }),
]
