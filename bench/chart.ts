import type { Result } from './report.ts'
import { fleetSizes } from './rows/growth.ts'

const stores = [
  { row: 'growth-sqlite', label: 'SQLite', colour: '#2f6fde' },
  { row: 'growth-postgres', label: 'PostgreSQL', colour: '#c2571a' },
] as const

/** One plot: a measure of growth, by the end of its name, as lines over the size of the fleet. */
interface Plot {
  readonly title: string
  readonly lines: readonly { readonly measure: string; readonly dashed: boolean; readonly label: string }[]
}

const plots: readonly Plot[] = [
  {
    title: 'StopInstances, 1 id: calls/s at 32 connections',
    lines: [{ measure: 'stops/s at 32 connections', dashed: false, label: '' }],
  },
  {
    title: 'Latency at one connection: p50, ms',
    lines: [
      { measure: 'stop p50', dashed: false, label: 'a stop' },
      { measure: 'last page p50', dashed: true, label: 'the last page of 100' },
    ],
  },
]

const frame = { width: 360, height: 220, left: 52, top: 40, gap: 80 } as const

/** Throughput and latency against the size of the fleet, as a picture; undefined when growth was not measured. */
export function growthChart(results: readonly Result[], caption: string): string | undefined {
  const measured = stores.filter(store => results.some(one => one.row === store.row && one.value !== undefined))
  if (measured.length === 0) return undefined
  const width = plots.length * (frame.width + frame.gap)
  const body = plots.map((plot, index) => drawPlot(plot, index * (frame.width + frame.gap) + frame.left, results))
  const legend = stores.map(
    ({ label, colour }, index) =>
      `<rect x="${frame.left + index * 110}" y="300" width="12" height="12" fill="${colour}"/>` +
      `<text x="${frame.left + 18 + index * 110}" y="310">${label}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 340" font-family="sans-serif" font-size="12" fill="#333">
<title>Throughput and latency against the size of the fleet</title>
<rect width="${width}" height="340" fill="#fff"/>
${[...body, ...legend].join('\n')}
<text x="${frame.left}" y="332" font-size="11" fill="#777">${caption}</text>
</svg>
`
}

function drawPlot(plot: Plot, left: number, results: readonly Result[]): string {
  const lines = stores.flatMap(({ row, colour }) =>
    plot.lines.map(line => ({ ...line, colour, values: valuesOf(results, row, line.measure) })),
  )
  const top = roundUp(Math.max(...lines.flatMap(line => line.values.map(([, value]) => value))))
  const x = (size: number) => left + (frame.width * Math.log10(size / fleetSizes[0])) / 3
  const y = (value: number) => frame.top + frame.height * (1 - value / top)
  const marks = [0, 0.25, 0.5, 0.75, 1].map(part => {
    const at = y(top * part).toFixed(1)
    return (
      `<line x1="${left}" x2="${left + frame.width}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${left - 6}" y="${at}" text-anchor="end" dominant-baseline="middle">${Number((top * part).toPrecision(3)).toLocaleString('en-US')}</text>`
    )
  })
  const sizes = fleetSizes.map(
    size => `<text x="${x(size)}" y="278" text-anchor="middle">${size.toLocaleString('en-US')}</text>`,
  )
  const drawn = lines.map(({ values, colour, dashed }) => {
    const points = values.map(([size, value]) => `${x(size).toFixed(1)},${y(value).toFixed(1)}`)
    const dots = points.map(point => {
      const [cx, cy] = point.split(',')
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
    })
    const dash = dashed ? ' stroke-dasharray="5 4"' : ''
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots.join('')}`
  })
  const names = plot.lines
    .filter(line => line.label !== '')
    .map(line => `${line.dashed ? '– –' : '—'} ${line.label}`)
    .join('   ')
  return [
    `<text x="${left}" y="20" font-weight="bold">${plot.title}</text>`,
    `<text x="${left}" y="34" font-size="11" fill="#777">${names}</text>`,
    ...marks,
    ...sizes,
    ...drawn,
  ].join('\n')
}

/** Size and median of the fleets that were measured. */
function valuesOf(results: readonly Result[], row: string, measure: string): [number, number][] {
  return fleetSizes.flatMap(size => {
    const name = `${size.toLocaleString('en-US')}: ${measure}`
    const median = results.find(one => one.row === row && one.name === name)?.value?.median
    return median === undefined ? [] : [[size, median] as [number, number]]
  })
}

/** To one or two digits that count. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value))
  return Math.ceil((value / unit) * 2) * (unit / 2)
}
