import type { Figure, Figures, Goal, Measure, Row } from './row.ts'

/** What was read for a measure in one round: of the subject, of its reference, and of another checkout. */
export interface Sample {
  readonly subject: Figure
  readonly reference?: Figure | undefined
  readonly against?: Figure | undefined
}

/** A round of a row: the figures of all measures. */
export interface Round {
  readonly subject: Figures
  readonly reference?: Figures | undefined
  readonly against?: Figures | undefined
}

interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** A line of the table: one measure over all rounds. Summaries are undefined when the measure could not be taken. */
export interface Result extends Measure {
  readonly row: string
  readonly title: string
  readonly value: Summary | undefined
  /** Of the subject, ms per call. */
  readonly processorMs: Summary | undefined
  readonly reference: Summary | undefined
  readonly referenceProcessorMs: Summary | undefined
  /** Of the rounds' ratios: what disturbs a round disturbs its reference too. */
  readonly ratio: Summary | undefined
  readonly against: Summary | undefined
  readonly againstProcessorMs: Summary | undefined
  /** This checkout's value over that of the other. */
  readonly ratioAgainst: Summary | undefined
  readonly processorRatioAgainst: Summary | undefined
  readonly reached: boolean | undefined
  readonly samples: readonly Sample[]
}

/** Only full-sized rounds are judged by the goals. */
export function toResults(row: Row, rounds: readonly Round[], { judged }: { judged: boolean }): Result[] {
  return row.measures.map((measure, index) => {
    const samples = rounds.flatMap(round => toSample(round, index) ?? [])
    const read = (pick: (sample: Sample) => number | undefined) => summarize(samples.map(pick))
    const value = read(({ subject }) => subject.value)
    const ratio = read(({ subject, reference }) => over(subject.value, reference?.value))
    return {
      row: row.name,
      title: row.title,
      ...measure,
      value,
      processorMs: read(({ subject }) => subject.processorMs),
      reference: read(({ reference }) => reference?.value),
      referenceProcessorMs: read(({ reference }) => reference?.processorMs),
      ratio,
      against: read(({ against }) => against?.value),
      againstProcessorMs: read(({ against }) => against?.processorMs),
      ratioAgainst: read(({ subject, against }) => over(subject.value, against?.value)),
      processorRatioAgainst: read(({ subject, against }) => over(subject.processorMs, against?.processorMs)),
      reached: judged ? isReached(measure.goal, (measure.goal?.of === 'ratio' ? ratio : value)?.median) : undefined,
      samples,
    }
  })
}

function toSample({ subject, reference, against }: Round, index: number): Sample | undefined {
  const own = subject[index]
  if (own === undefined) return undefined
  return { subject: own, reference: own.reference ?? reference?.[index], against: against?.[index] }
}

/** Undefined where there is nothing to divide, or nothing to divide by. */
function over(value: number | undefined, divisor: number | undefined): number | undefined {
  return value === undefined || divisor === undefined || divisor === 0 ? undefined : value / divisor
}

function summarize(values: readonly (number | undefined)[]): Summary | undefined {
  const known = values.filter(value => value !== undefined)
  const median = medianOf(known)
  return median === undefined ? undefined : { median, min: Math.min(...known), max: Math.max(...known) }
}

export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2
}

function isReached(goal: Goal | undefined, value: number | undefined): boolean | undefined {
  if (goal === undefined || value === undefined) return undefined
  return value >= (goal.least ?? -Infinity) && value <= (goal.most ?? Infinity)
}

interface Column {
  readonly head: string
  readonly cell: (result: Result) => string
}

const columns: readonly Column[] = [
  { head: 'Row', cell: ({ row }) => row },
  { head: 'What', cell: ({ title, name }) => `${title}: ${name}` },
  { head: 'Goal', cell: describeGoal },
  { head: 'Median', cell: ({ value, unit }) => withUnit(value?.median, unit) },
  { head: 'Min – max', cell: ({ value }) => spread(value) },
  { head: 'Processor time', cell: ({ processorMs }) => withUnit(processorMs?.median, 'ms') },
  { head: 'Reference', cell: ({ reference, unit }) => withUnit(reference?.median, unit) },
  { head: 'Its processor time', cell: ({ referenceProcessorMs }) => withUnit(referenceProcessorMs?.median, 'ms') },
  { head: 'Ratio', cell: ({ ratio }) => figure(ratio?.median) },
]

const reachedColumn: Column = {
  head: 'Reached',
  cell: ({ value, reached }) =>
    value === undefined ? 'not measured' : { true: 'yes', false: 'no', undefined: '' }[`${reached}`],
}

const againstColumns: readonly Column[] = [
  { head: 'Other checkout', cell: ({ against, unit }) => withUnit(against?.median, unit) },
  { head: 'Its processor time', cell: ({ againstProcessorMs }) => withUnit(againstProcessorMs?.median, 'ms') },
  { head: 'This / other', cell: ({ ratioAgainst }) => figure(ratioAgainst?.median) },
  { head: 'Min – max', cell: ({ ratioAgainst }) => spread(ratioAgainst) },
  { head: 'Processor time, this / other', cell: ({ processorRatioAgainst }) => figure(processorRatioAgainst?.median) },
]

/** The table in Markdown; with the columns of another checkout when there is one. */
export function renderTable(results: readonly Result[], { against }: { against: boolean }): string {
  const shown = [...columns, ...(against ? againstColumns : []), reachedColumn]
  const lines = results.map(result => shown.map(({ cell }) => cell(result)))
  const table = [shown.map(({ head }) => head), shown.map(() => '---'), ...lines]
  return table.map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

function describeGoal({ goal, unit }: Result): string {
  if (goal === undefined) return ''
  const [sign, value] = goal.least === undefined ? ['≤', goal.most] : ['≥', goal.least]
  return goal.of === 'ratio' ? `${sign} ${figure(value)} of the reference` : `${sign} ${withUnit(value, unit)}`
}

function spread(summary: Summary | undefined): string {
  return summary === undefined ? '' : `${figure(summary.min)} – ${figure(summary.max)}`
}

function withUnit(value: number | undefined, unit: string): string {
  return value === undefined ? '' : `${figure(value)} ${unit}`
}

/** Three digits that count, and no more. */
export function figure(value: number | undefined): string {
  if (value === undefined) return ''
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}
