import { collectDefaultMetrics, Registry } from '@prometheus-io/client'
import type { Counts, Distribution, Labels } from '../../platform/metrics.ts'

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE

/** Memory, CPU time and lag of the event loop; watched from the first time that somebody asks. */
let processRegistry: Registry | undefined

/** The text of these families, and of the process's own. */
export async function render(families: readonly string[]): Promise<string> {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  return [...families, await processRegistry.metrics()].join('\n')
}

export function counter(name: string, help: string, counts: Counts): string {
  return family(
    name,
    help,
    'counter',
    [...counts.list()].map(one => series(name, one.labels, one.value)),
  )
}

export function gauge(name: string, help: string, values: readonly { labels: Labels; value: number }[]): string {
  return family(
    name,
    help,
    'gauge',
    values.map(one => series(name, one.labels, one.value)),
  )
}

export function histogram(
  name: string,
  help: string,
  distributions: Iterable<readonly [Labels, Distribution]>,
): string {
  return family(
    name,
    help,
    'histogram',
    [...distributions].flatMap(one => cumulate(name, ...one)),
  )
}

/** Each bucket counts all that is at most as large as its bound. */
function cumulate(name: string, labels: Labels, { bounds, counts, sum }: Distribution): string[] {
  let count = 0
  const buckets = counts.map((own, at) => {
    count += own
    return series(`${name}_bucket`, { ...labels, le: String(bounds[at] ?? '+Inf') }, count)
  })
  return [...buckets, series(`${name}_sum`, labels, sum), series(`${name}_count`, labels, count)]
}

/** As Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/. */
function family(name: string, help: string, type: 'counter' | 'gauge' | 'histogram', lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function series(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
