/**
 * Records what every operation answers, to be compared by golden.test.ts.
 *
 *   node test/golden/run.ts --record      plays the recorded calls and writes what is answered now
 *   node test/golden/run.ts --dump FILE   writes every answer whole: do it in two checkouts, and diff
 *   node test/golden/run.ts --postgres    plays them on PostgreSQL, and prints what is answered otherwise than recorded; the
 *                                         state differs in what only one of the stores keeps
 *   node test/golden/run.ts --generate    makes new calls from the operations of operations.txt and records them
 *
 * A difference that is meant is recorded in the commit that makes it. New calls are hardly ever made: recorded ones go on
 * saying the same when operations, parameters or their order change.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { exampleSteps, generateCalls, generateDurations } from './generate.ts'
import { readSteps, type Step, writeCompressed, writeSteps } from './steps.ts'
import { fileOf, type Played, playSuite, type SuiteName, suiteNames, suites } from './suites.ts'

const { values } = parseArgs({
  options: {
    record: { type: 'boolean' },
    generate: { type: 'boolean' },
    postgres: { type: 'boolean' },
    dump: { type: 'string' },
  },
})
if (values.generate === true) await generate()
if (values.record === true || values.generate === true) await record()
if (values.dump !== undefined) await dump(values.dump)
if (values.postgres === true) await compareOnPostgres()

async function generate(): Promise<void> {
  const names = readFileSync(new URL('operations.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  mkdirSync(fileOf(''), { recursive: true })
  const make: Record<SuiteName, () => Promise<Step[]>> = {
    examples: async () => exampleSteps(),
    calls: async () => {
      await using server = await suites.calls('memory:')
      return await generateCalls(server, names)
    },
    durations: async () => {
      await using server = await suites.durations('memory:')
      return await generateDurations(server)
    },
  }
  for (const name of suiteNames) writeSteps(fileOf(`${name}.steps.gz`), await make[name]())
}

async function record(): Promise<void> {
  for (const file of readdirSync(fileOf(''))) {
    if (!file.endsWith('.steps.gz')) rmSync(fileOf(file))
  }
  for (const name of suiteNames) {
    const played = await play(name)
    writeFileSync(fileOf(`${name}.txt`), `${played.lines.join('\n')}\n`)
    for (const [kept, text] of played.kept) writeCompressed(fileOf(`${name}.${kept}.json.gz`), text)
    report(name, played)
  }
}

async function dump(file: string): Promise<void> {
  const parts: string[] = []
  for (const name of suiteNames) {
    const steps = readSteps(fileOf(`${name}.steps.gz`))
    const { lines, texts } = await playSuite(name, steps)
    for (const [index, line] of lines.entries()) {
      parts.push(
        `== ${name} ${line.slice(0, line.lastIndexOf(' '))}\n${JSON.stringify(steps[index])}\n${texts[index] ?? ''}\n`,
      )
    }
  }
  writeFileSync(file, parts.join(''))
}

async function compareOnPostgres(): Promise<void> {
  const { emptyDatabase } = await import('../support/postgres.ts')
  for (const name of suiteNames) {
    await using database = await emptyDatabase()
    const steps = readSteps(fileOf(`${name}.steps.gz`))
    const recorded = readFileSync(fileOf(`${name}.txt`), 'utf8').split('\n')
    const { lines, texts } = await playSuite(name, steps, database.url)
    for (const [index, line] of lines.entries()) {
      if (line === recorded[index]) continue
      console.log(`recorded: ${recorded[index]}\nnow:      ${line}\n${texts[index]?.slice(0, 600)}\n`)
    }
    console.log(`${name}: ${lines.filter((line, index) => line !== recorded[index]).length} of ${lines.length} differ`)
  }
  process.exit()
}

function play(name: SuiteName): Promise<Played> {
  return playSuite(name, readSteps(fileOf(`${name}.steps.gz`)))
}

function report(name: string, { lines }: Played): void {
  const codes = new Map<string, number>()
  for (const line of lines) {
    if (/^\d+ (advance|GET|POST|PUT|DELETE) /.test(line)) continue
    const code = line.split(' ').at(-2) ?? ''
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  const calls = [...codes.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${name}: ${calls} calls, ${codes.get('OK') ?? 0} succeed, ${codes.size - 1} codes of refusal`)
}
