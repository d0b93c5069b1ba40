import { collectDefaultMetrics, type Metric, Registry } from '@prometheus-io/client'
import type { Counts, Distribution, Labels } from '../../platform/metrics.ts'

/** Values of one name; the library words them. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: readonly Value[]
}

interface Value {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** When it is not that of the family. */
  readonly metricName?: string
}

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE

/** Memory, CPU time and lag of the event loop; watched from the first time that somebody asks. */
let processRegistry: Registry | undefined

/** The text of these families, and of the process's own. */
export function render(families: readonly Family[]): Promise<string> {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  const own = new Registry()
  for (const family of families) {
    // All that the library asks of a metric when it writes one; its own classes cannot be told a histogram's counts.
    own.registerMetric({ ...family, get: async () => family } as unknown as Metric)
  }
  return Registry.merge([own, processRegistry]).metrics()
}

export function counter(name: string, help: string, counts: Counts): Family {
  return { name, help, type: 'counter', values: [...counts.list()] }
}

export function gauge(name: string, help: string, values: readonly Value[]): Family {
  return { name, help, type: 'gauge', values }
}

export function histogram(
  name: string,
  help: string,
  distributions: Iterable<readonly [Labels, Distribution]>,
): Family {
  return { name, help, type: 'histogram', values: [...distributions].flatMap(one => cumulate(name, ...one)) }
}

/** Each bucket counts all that is at most as large as its bound. */
function cumulate(name: string, labels: Labels, { bounds, counts, sum }: Distribution): Value[] {
  let count = 0
  const buckets = counts.map((own, at) => {
    count += own
    const le = bounds[at] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: Object.assign({}, labels, { le }), value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
