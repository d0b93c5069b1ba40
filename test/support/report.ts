import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** A process of a run. */
export interface Entry {
  /** Of the module that it runs. */
  readonly path: string
  readonly suite: string
  /** How many test files it runs. */
  readonly files: number
}

interface Row {
  files: number
  tests: number
  seconds: number
}

/** The events of a run without the summary that each process adds, and with a table of times before that of the run. */
export async function* report(events: AsyncIterable<TestEvent>, entries: readonly Entry[]): AsyncGenerator<TestEvent> {
  const rows = new Map<string, Row>()
  const rowOfFile = new Map<string | undefined, Row>()
  for (const { path, suite, files } of entries) {
    const row = rows.get(suite) ?? { files: 0, tests: 0, seconds: 0 }
    row.files += files
    rows.set(suite, row)
    rowOfFile.set(resolve(path), row)
  }
  for await (const event of events) {
    if (event.type === 'test:summary' && 'entryFile' in event.data) continue
    if (event.type === 'test:diagnostic' && event.data.message.startsWith('Randomized test order seed')) continue
    count(event, rowOfFile)
    if (event.type === 'test:plan' && event.data.file === undefined && rows.size > 0) {
      yield { type: 'test:stdout', data: { file: '', message: table(rows) } }
    }
    yield event
  }
}

function count({ type, data }: TestEvent, rowOfFile: ReadonlyMap<string | undefined, Row>): void {
  if (type === 'test:complete' && data.entryFile === undefined) {
    const row = rowOfFile.get(data.file)
    if (row !== undefined) row.seconds += data.details.duration_ms / 1000
  }
  if ((type === 'test:pass' || type === 'test:fail') && data.details.type === 'test') {
    const row = rowOfFile.get(data.entryFile)
    if (row !== undefined) row.tests += 1
  }
}

function table(rows: ReadonlyMap<string, Row>): string {
  const line = (suite: string, files: unknown, tests: unknown, seconds: string) =>
    `${suite.padEnd(24)}${String(files).padStart(8)}${String(tests).padStart(8)}${seconds.padStart(10)}\n`
  const lines = [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([suite, { files, tests, seconds }]) => line(suite, files, tests, seconds.toFixed(1)))
  return `\n${line('Suite', 'Files', 'Tests', 'Seconds')}${lines.join('')}\n`
}
