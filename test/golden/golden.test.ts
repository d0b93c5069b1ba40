import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readCompressed, readSteps, type Step } from './steps.ts'
import { fileOf, type Played, playSuite, type SuiteName, suiteNames } from './suites.ts'

/** Differences that are shown; the first usually explains the rest. */
const shown = 5

const titles: Record<SuiteName, string> = {
  examples: 'the examples of all operations, each in a world of its own, are answered as recorded, in JSON and in XML',
  calls: 'five thousand calls, valid and not, are answered as recorded, and leave the recorded state, events and costs',
  durations: 'stops, starts and reboots take the recorded time',
}

for (const name of suiteNames) {
  test(titles[name], async () => {
    const steps = readSteps(fileOf(`${name}.steps.gz`))
    const recorded = readFileSync(fileOf(`${name}.txt`), 'utf8')
      .trimEnd()
      .split('\n')
    const played = await playSuite(name, steps)
    assert.equal(played.lines.length, recorded.length, 'as many answers as were recorded')
    const different = recorded.flatMap((line, index) => (line === played.lines[index] ? [] : [index]))
    if (different.length > 0) assert.fail(explain(name, steps, recorded, played, different))
  })
}

function explain(
  name: SuiteName,
  steps: readonly Step[],
  recorded: readonly string[],
  { lines, texts, kept }: Played,
  different: readonly number[],
): string {
  const first = different.slice(0, shown).map(index => {
    const asked = JSON.stringify(steps[index]).slice(0, 1000)
    const answered = (texts[index] ?? '').slice(0, 1500)
    return `recorded: ${recorded[index]}\nnow:      ${lines[index]}\nasked:    ${asked}\nanswered: ${answered}\n`
  })
  return [
    `${different.length} of ${lines.length} answers of "${name}" differ from the recorded ones. The first:`,
    ...first,
    ...[...kept].flatMap(([file, text]) =>
      firstDifference(file, readCompressed(fileOf(`${name}.${file}.json.gz`)), text),
    ),
    'To see all of it: `node test/golden/run.ts --dump FILE` here and in a checkout that passes, then diff.',
    'If it is meant to differ: `node test/golden/run.ts --record`, in the commit that changes it.',
  ].join('\n')
}

function firstDifference(file: string, recorded: string, now: string): string[] {
  if (recorded === now) return []
  const [before, after] = [recorded.split('\n'), now.split('\n')]
  const index = before.findIndex((line, at) => line !== after[at])
  return [`${file}, line ${index + 1}:\n- ${before[index]?.slice(0, 600)}\n+ ${after[index]?.slice(0, 600)}\n`]
}
