import { amountOf, type Nano } from './money.ts'
import { type Metered, totalOf } from '../prices/rates.ts'
import { chinaOffsetMs, chinaTime, dayMs } from '../time.ts'

/** From a second on, a resource costs this, until its next row. */
export interface LedgerRow extends Metered {
  /** Seconds since the epoch. */
  readonly at: number
}

/** Seconds since the epoch; `until` is not part of it. */
export interface Period {
  readonly from: number
  readonly until: number
}

export interface Segment<Row extends LedgerRow = LedgerRow> extends Period {
  readonly row: Row
}

/** The rows of one resource, in order, as the stretches of time they stand for: they tile its life within the period. */
export function segmentsOf<Row extends LedgerRow>(rows: readonly Row[], period: Period): Segment<Row>[] {
  return rows.flatMap((row, index) => {
    const from = Math.max(row.at, period.from)
    const until = Math.min(rows[index + 1]?.at ?? period.until, period.until)
    return from < until && row.state !== 'released' ? [{ from, until, row }] : []
  })
}

export function costOf(rows: readonly LedgerRow[], period: Period): Nano {
  return segmentsOf(rows, period).reduce(
    (sum, { from, until, row }) => sum + amountOf(totalOf(row.rates), until - from),
    0n,
  )
}

/** Seconds that two periods have in common. */
export function overlapOf(one: Period, other: Period): number {
  return Math.max(0, Math.min(one.until, other.until) - Math.max(one.from, other.from))
}

const daySeconds = dayMs / 1000
const offsetSeconds = chinaOffsetMs / 1000

/** Cuts a period at midnight in China; each part with its day, `2026-09-01`. */
export function daysOf(period: Period): (Period & { readonly day: string })[] {
  const days: (Period & { day: string })[] = []
  for (let from = period.from; from < period.until;) {
    const number = Math.floor((from + offsetSeconds) / daySeconds)
    const until = Math.min(period.until, (number + 1) * daySeconds - offsetSeconds)
    days.push({ from, until, day: dayOf(from) })
    from = until
  }
  return days
}

/** The day in China that a second belongs to. */
export function dayOf(seconds: number): string {
  return chinaTime(seconds * 1000).slice(0, 10)
}

/** The month in China that a second belongs to, `2026-09`. */
export function monthOf(seconds: number): string {
  return dayOf(seconds).slice(0, 7)
}

/** A day in China, `2026-09-01`; undefined when there is no such day. */
export function dayPeriod(day: string): Period | undefined {
  const from = Date.parse(`${day}T00:00:00Z`) / 1000 - offsetSeconds
  return Number.isNaN(from) || dayOf(from) !== day ? undefined : { from, until: from + daySeconds }
}

/** A month in China, `2026-09`. */
export function monthPeriod(month: string): Period {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return {
    from: Date.UTC(year, number - 1) / 1000 - offsetSeconds,
    until: Date.UTC(year, number) / 1000 - offsetSeconds,
  }
}
