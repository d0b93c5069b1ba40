import type { LoggedEvent, MeteredRow } from './history.ts'
import { endsEconomically, verbOf } from './model.ts'

/**
 * Compares the meter of one instance with its events: a row at the beginning, one where an economical stop has ended,
 * one where the next start was ordered, and no other; each goes on from the one before.
 */
export function checkBill(events: readonly LoggedEvent[], rows: readonly MeteredRow[], lagSeconds: number): string[] {
  const expected = changesOf(events)
  const problems: string[] = []
  if (rows.length !== expected.length) {
    problems.push(`the meter has ${rows.length} rows, and ${expected.length} changes of what it costs`)
  }
  let [before, since] = [0, 0]
  for (const [index, row] of rows.entries()) {
    if (row.at < since) problems.push(`row ${index} of the meter begins before the one before it`)
    if (row.delta !== row.total - before) problems.push(`row ${index} of the meter does not go on from the one before`)
    before = row.total
    since = row.at
    const change = expected[index]
    if (change === undefined) continue
    const at = Math.floor(change.at / 1000)
    if (row.at < at || row.at > at + lagSeconds) {
      problems.push(`row ${index} of the meter begins at ${row.at}, and the change was at ${at}`)
    }
    if (row.compute > 0 !== change.computes) problems.push(`row ${index} of the meter charges the wrong thing`)
  }
  return problems
}

interface Change {
  /** Instance time, ms. */
  readonly at: number
  /** Whether computing power costs something from then on. */
  readonly computes: boolean
}

function changesOf(events: readonly LoggedEvent[]): Change[] {
  const changes: Change[] = []
  let computes = false
  for (const event of events) {
    if (event.state === 'Created') computes = true
    else if (endsEconomically(event)) computes = false
    else if (verbOf(event) === 'start' && !computes) computes = true
    else continue
    changes.push({ at: event.at, computes })
  }
  return changes
}
