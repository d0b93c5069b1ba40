import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { History, Recorded } from './history.ts'

/** Most failures are all of one kind. */
const shown = 20

/** A run whose history was checked. */
export interface Checked {
  readonly history: History
  readonly problems: readonly string[]
}

/** What to tell of a run that went wrong: what was found, the history as a file, and how to have it again. */
export function report({ history, problems }: Checked, name: string, command: string): string {
  const file = join(tmpdir(), `localyun-history-${name.replaceAll(/[^\w.]/g, '_')}.json`)
  writeFileSync(file, JSON.stringify(history))
  return [
    `${problems.length} problems:`,
    ...problems.slice(0, shown),
    `Again: ${command}`,
    `What happened: node test/history/run.ts ${file} [INSTANCE]`,
  ].join('\n')
}

/** Fails with the report unless nothing was found. */
export function assertSound(checked: Checked, name: string, command: string): void {
  if (checked.problems.length > 0) assert.fail(report(checked, name, command))
}

export function readHistory(file: string): History {
  const history = JSON.parse(readFileSync(file, 'utf8')) as History
  return { ...history, calls: history.calls.map(withEnd) }
}

/** JSON has no Infinity. */
function withEnd(one: Recorded): Recorded {
  return one.outcome.kind === 'unknown' ? { ...one, completedAt: Infinity } : one
}
