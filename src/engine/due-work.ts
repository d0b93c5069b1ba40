import sql, { join, type Sql } from 'sql-template-tag'
import type { Tx } from '../store/store.ts'

/** Something that the platform does by itself when its time has come. */
export interface DueWork {
  /** For the log. */
  readonly name: string
  /** When the next of it falls due: a query of one value, instance time in ms, null for never. */
  readonly next: Sql
  /**
   * As next, of that part which a clock that goes on until nothing is pending is moved to; undefined for nothing of it.
   * Who lets a clock run until all is done does not want it to run until an account is empty, or a subscription ends.
   */
  readonly awaited: Sql | undefined
  /** Does what is due, `limit` things at most; returns how many that were. */
  readonly run: (tx: Tx, now: number, limit: number) => Promise<number>
}

/** What falls due next; instance time, ms; Infinity when nothing does. */
export interface Due {
  /** The earliest job that this process may do and that nobody holds. */
  readonly job: number
  /** The earliest due work. */
  readonly work: number
  /** Of that, what is awaited. */
  readonly awaited: number
}

/** Later than anything falls due but what waits for somebody to end it. */
export const endOfTime = Number.MAX_SAFE_INTEGER - 1

/** Asks for the next due times of jobs and of due work, in one statement: it is asked before and after every round. */
export function dueQuery(works: readonly DueWork[]): (tx: Tx, nextJob: Sql) => Promise<Due> {
  const awaited = earliest(works.flatMap(work => work.awaited ?? []))
  // What is awaited as a whole need not be asked for twice.
  const others = earliest(works.flatMap(work => (work.awaited === work.next ? [] : work.next)))
  return async (tx, nextJob) => {
    const row = await tx.get<Record<'job' | 'awaited' | 'others', number | null>>(sql`
      select (${nextJob}) as job, (${awaited}) as awaited, (${others}) as others`)
    const due = { job: row?.job ?? Infinity, awaited: row?.awaited ?? Infinity }
    return { ...due, work: Math.min(due.awaited, row?.others ?? Infinity) }
  }
}

function earliest(queries: readonly Sql[]): Sql {
  return queries.length === 0 ? sql`select null` : sql`select min(at) from (${join(queries, ' union all ')}) as due`
}

/** When the next thing happens by itself; for a clock that goes on until nothing is pending, the next that is awaited. */
export function nextOf({ job, work, awaited }: Due, until = 0): number {
  return until === endOfTime && Math.min(job, awaited) > until ? Infinity : Math.min(job, work)
}
