import { load, type LoadFigures, type LoadOptions } from '../load.ts'
import { stopRequests, untilAllStopped } from '../requests.ts'
import type { Figure, Measure, Row } from '../row.ts'
import { startNullServer } from '../workshop.ts'

/** Longer than a stop takes, so that in the measured part of the load as many stops end as begin. */
export const untilStopsEnd = 3_500
/** Time for the compiler to see the hot path. */
export const warmUp = 500

/**
 * Single stops as they come in a day: in one process a lead that is over in the end, for V8 to have compiled what is
 * called often; then stops that are measured whole, from the first call until the last instance is Stopped, and their
 * throughput in the part in which as many end as begin.
 */
const stopOneRow: Row = {
  name: 'stop-one',
  title: 'StopInstances, 1 id, 32 connections',
  measures: [
    {
      name: 'processor time per whole stop, call to Stopped; reference: per call',
      unit: 'µs',
      goal: { most: 2.5, of: 'ratio' },
    },
    { name: 'throughput while as many stops end as begin', unit: 'calls/s', goal: { least: 0.4, of: 'ratio' } },
  ],
  async prepare({ quick, fleet, withSubject }) {
    const all = await fleet(quick ? 2_000 : 100_000)
    const leadCount = quick ? 100 : 20_000
    const soonestMs = quick ? 50 : untilStopsEnd
    const plan = { connections: 32, count: quick ? 100 : 10_000, leadMs: quick ? 50 : untilStopsEnd }
    const lead = () => stopRequests(all.ids.slice(0, leadCount), 1)
    const measured = () => stopRequests(all.ids.slice(leadCount, quick ? 400 : 80_000), 1)
    const toFigures = (wholeMs: number | undefined, { perSecond, processorMs }: LoadFigures) => [
      wholeMs === undefined ? undefined : { value: wholeMs * 1_000, processorMs: wholeMs },
      { value: perSecond, processorMs },
    ]
    return {
      measure: () =>
        withSubject(
          all,
          async subject => {
            await load(subject, lead(), { connections: 32, count: leadCount })
            await untilAllStopped(subject.port, soonestMs)
            const requests = measured()
            const before = subject.processorMs()
            const figures = await load(subject, requests, plan)
            await untilAllStopped(subject.port, soonestMs)
            const after = subject.processorMs()
            const used = before === undefined || after === undefined ? undefined : after - before
            return toFigures(used === undefined ? undefined : used / figures.sent, figures)
          },
          quick ? { timeScale: 50 } : {},
        ),
      async reference() {
        await using server = await startNullServer()
        await load(server, lead(), { connections: 32, count: leadCount })
        const figures = await load(server, measured(), { ...plan, leadMs: quick ? 0 : warmUp })
        return toFigures(figures.processorMs, figures)
      },
    }
  },
}

interface StopRow extends LoadOptions {
  readonly name: string
  readonly title: string
  readonly extra?: true
  readonly batchSize: number
  /** Calls there are instances for; the measured ones are the last of them at most. */
  readonly calls: number
  readonly measures: readonly Measure[]
  /** The values of the measures. */
  readonly read: (result: LoadFigures) => readonly number[]
}

/** A load of stops in a fresh process. */
function stopRow({ name, title, extra, measures, read, batchSize, calls, ...options }: StopRow): Row {
  const toFigures = (result: LoadFigures): Figure[] =>
    read(result).map(value => ({ value, processorMs: result.processorMs }))
  return {
    name,
    title,
    ...(extra === undefined ? {} : { extra }),
    measures,
    async prepare({ quick, fleet, withSubject }) {
      const plan = quick ? { ...options, count: 20, leadMs: 0 } : options
      const all = await fleet(quick ? 2_000 : 100_000)
      const requests = () => stopRequests(all.ids.slice(0, (quick ? 20 : calls) * batchSize), batchSize)
      return {
        measure: () => withSubject(all, async subject => toFigures(await load(subject, requests(), plan))),
        async reference() {
          await using server = await startNullServer()
          return toFigures(await load(server, requests(), { ...plan, leadMs: quick ? 0 : warmUp }))
        },
      }
    },
  }
}

export const stopRows: readonly Row[] = [
  stopOneRow,
  stopRow({
    name: 'stop-one-burst',
    title: 'StopInstances, 1 id, 32 connections, before the first stops end',
    extra: true,
    batchSize: 1,
    calls: 12_000,
    connections: 32,
    leadMs: warmUp,
    count: 5_000,
    measures: [{ name: 'throughput', unit: 'calls/s' }],
    read: ({ perSecond }) => [perSecond],
  }),
  stopRow({
    name: 'stop-one-serial',
    title: 'StopInstances, 1 id, one connection',
    batchSize: 1,
    calls: 20_000,
    connections: 1,
    leadMs: untilStopsEnd,
    count: 2_000,
    measures: [
      { name: 'p50', unit: 'ms', goal: { most: 0.8 } },
      { name: 'p99', unit: 'ms', goal: { most: 5 } },
    ],
    read: ({ p50, p99 }) => [p50, p99],
  }),
  stopRow({
    name: 'stop-batch',
    title: 'StopInstances, 100 ids, one call at a time',
    batchSize: 100,
    calls: 300,
    connections: 1,
    leadMs: warmUp,
    count: 100,
    measures: [{ name: 'p50', unit: 'ms', goal: { most: 3.5 } }],
    read: ({ p50 }) => [p50],
  }),
  stopRow({
    name: 'stop-batch-parallel',
    title: 'StopInstances, 100 ids, 8 connections',
    batchSize: 100,
    calls: 600,
    connections: 8,
    leadMs: warmUp,
    count: 300,
    measures: [{ name: 'throughput', unit: 'instances/s', goal: { least: 40_000 } }],
    read: ({ perSecond }) => [perSecond * 100],
  }),
]
