import type { Goal, Measure, Row, Sample } from './row.ts'

/** A line of the table: one measure over all rounds. */
export interface Result extends Measure {
  readonly row: string
  readonly title: string
  /** Undefined when the measure could not be taken, as that of a package that is not built. */
  readonly median: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  readonly referenceMedian: number | undefined
  /** The median of the rounds' ratios: what disturbs a round disturbs its reference too. */
  readonly ratio: number | undefined
  readonly reached: boolean | undefined
  readonly samples: readonly Sample[]
}

/** `rounds` has a list per round with a sample per measure; only full-sized ones are judged by the goals. */
export function toResults(
  row: Row,
  rounds: readonly (readonly (Sample | undefined)[])[],
  { judged }: { judged: boolean },
): Result[] {
  return row.measures.map(({ name, unit, goal }, index) => {
    const samples = rounds.map(round => round[index]).filter(sample => sample !== undefined)
    const values = samples.map(sample => sample.value)
    const references = samples.flatMap(({ reference }) => (reference === undefined ? [] : [reference]))
    const ratios = samples.flatMap(({ value, reference }) => (reference === undefined ? [] : [value / reference]))
    const median = medianOf(values)
    const ratio = medianOf(ratios)
    return {
      row: row.name,
      title: row.title,
      name,
      unit,
      ...(goal === undefined ? {} : { goal }),
      median,
      min: values.length === 0 ? undefined : Math.min(...values),
      max: values.length === 0 ? undefined : Math.max(...values),
      referenceMedian: medianOf(references),
      ratio,
      reached: judged ? isReached(goal, goal?.of === 'ratio' ? ratio : median) : undefined,
      samples,
    }
  })
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2
}

function isReached(goal: Goal | undefined, value: number | undefined): boolean | undefined {
  if (goal === undefined || value === undefined) return undefined
  return value >= (goal.least ?? -Infinity) && value <= (goal.most ?? Infinity)
}

const columns = ['Row', 'What', 'Goal', 'Median', 'Min – max', 'Reference', 'Ratio', 'Reached'] as const

export function renderTable(results: readonly Result[]): string {
  const lines = results.map(result => [
    result.row,
    `${result.title}: ${result.name}`,
    describeGoal(result),
    withUnit(result.median, result.unit),
    result.min === undefined ? '' : `${figure(result.min)} – ${figure(result.max)}`,
    withUnit(result.referenceMedian, result.unit),
    figure(result.ratio),
    result.median === undefined ? 'not measured' : { true: 'yes', false: 'no', undefined: '' }[`${result.reached}`],
  ])
  const table = [columns, columns.map(() => '---'), ...lines]
  return table.map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

function describeGoal({ goal, unit }: Result): string {
  if (goal === undefined) return ''
  const [sign, value] = goal.least === undefined ? ['≤', goal.most] : ['≥', goal.least]
  return goal.of === 'ratio' ? `${sign} ${figure(value)} of the reference` : `${sign} ${withUnit(value, unit)}`
}

function withUnit(value: number | undefined, unit: string): string {
  return value === undefined ? '' : `${figure(value)} ${unit}`
}

/** Three digits that count, and no more. */
function figure(value: number | undefined): string {
  if (value === undefined) return ''
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}
