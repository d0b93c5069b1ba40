import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { growthChart } from './chart.ts'
import { type Flags, help, readFlags } from './flags.ts'
import { compareWithMoto } from './peer/compare.ts'
import { type Cluster, startCluster } from './postgres.ts'
import { figure, renderTable, type Result, type Round, toResults } from './report.ts'
import type { Bench, Figures, Row } from './row.ts'
import { createWorkshop, ownRoot, type Workshop } from './workshop.ts'

const notes = `
Every round starts new processes: the server, its reference, and the server of the other checkout when there is one, in
this order and in the reverse by turns; figures are medians of rounds, a ratio is the median of the rounds' ratios. The
reference of calls is a node:http server that verifies the signature and answers constant bytes (as many as the answer
has, for Describe operations); that of starts and memory is a Node that runs nothing. Processor time is that of the
servers (user and system) per call; of starts and memory, until the figure was taken. Node's compile cache is on, as
the program turns it on, and filled. Every call is V1 signed with its own nonce. StopInstances commits to SQLite
(synchronous=FULL) before it answers, and every stop is of a Running instance. The engine runs all the time, with the
default (short) durations: for stop-one, stop-one-serial and postgres the measured part of the load begins when the
first stops have ended, so that stops end as fast as new ones begin; batches are over before most of their stops end. A
whole stop is all that the server does from the call until the instance is Stopped: the processor time of all stops of
a load, until the last has ended, after a lead of 20,000. Batches are of instances that were made one after the other.
`

const results = fileURLToPath(new URL('./results/', import.meta.url))

async function main(flags: Flags): Promise<void> {
  mkdirSync(results, { recursive: true })
  const folder = mkdtempSync(join(results, 'work-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

  let cluster: Promise<Cluster> | undefined
  const shared = { quick: flags.quick, folder, postgres: () => (cluster ??= startCluster()) }
  const own = createWorkshop({ ...shared, name: 'own', root: ownRoot })
  if (flags.peer) {
    const table = await compareWithMoto(own, flags)
    process.stdout.write(table ?? 'Nothing was compared.\n')
    return
  }
  const other =
    flags.against === undefined ? undefined : createWorkshop({ ...shared, name: 'other', root: flags.against })
  const all: Result[] = []
  for (const row of flags.rows) all.push(...(await measure(row, own, other, flags)))
  writeResults(all, flags)
  process.stdout.write(renderTable(all, { against: other !== undefined }) + notes)
}

function writeResults(all: readonly Result[], flags: Flags): void {
  const chart = flags.chart === undefined ? undefined : growthChart(all, caption())
  if (flags.chart !== undefined && chart !== undefined) writeFileSync(flags.chart, chart)
  const environment = {
    node: process.version,
    platform: process.platform,
    processors: availableParallelism(),
    load: loadavg(),
  }
  const { quick, rounds, against, json = join(results, 'latest.json') } = flags
  const figures = { at: new Date().toISOString(), ...environment, quick, rounds, against, rows: all }
  mkdirSync(dirname(json), { recursive: true })
  writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`)
}

function caption(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} processors shared with other work; medians of rounds`
}

async function measure(
  row: Row,
  own: Workshop,
  other: Workshop | undefined,
  { rounds: wanted, quick }: Flags,
): Promise<Result[]> {
  const [busy = 0] = loadavg()
  process.stderr.write(`${row.name}: getting ready; load average ${busy.toFixed(1)}\n`)
  const subject = await row.prepare(own)
  const against = other === undefined ? undefined : await row.prepare(other)
  const count = row.counts ? 1 : wanted
  const rounds: Round[] = []
  for (let number = 1; number <= count; number++) {
    const round = await runRound(subject, against, number % 2 === 0)
    rounds.push(round)
    process.stderr.write(`${row.name}: round ${number} of ${count}: ${describeRound(row, round)}\n`)
  }
  await subject.end?.()
  await against?.end?.()
  return toResults(row, rounds, { judged: !quick })
}

/** What comes later has the warmer machine, so the order is turned round from round to round. */
async function runRound(subject: Bench, against: Bench | undefined, reversed: boolean): Promise<Round> {
  const round: { -readonly [Part in keyof Round]: Round[Part] } = { subject: [] }
  const turns = [
    async () => (round.subject = await subject.measure()),
    async () => (round.reference = await subject.reference?.()),
    async () => (round.against = await against?.measure()),
  ]
  for (const turn of reversed ? turns.toReversed() : turns) await turn()
  return round
}

function describeRound({ measures }: Row, { subject, against }: Round): string {
  const describe = (figures: Figures) =>
    measures.map(({ unit }, index) => `${figure(figures[index]?.value) || 'no'} ${unit}`).join(', ')
  return against === undefined ? describe(subject) : `${describe(subject)}; other checkout: ${describe(against)}`
}

/** Undefined when what is wrong with the flags was said. */
function flagsOrUsage(): ReturnType<typeof readFlags> | undefined {
  try {
    return readFlags(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nnpm run bench -- --help lists flags and rows.\n`)
    return undefined
  }
}

const flags = flagsOrUsage()
if (flags === undefined) process.exit(2)
try {
  if (flags === 'help') process.stdout.write(help)
  else await main(flags)
} catch (error) {
  process.stderr.write(`The benchmark was given up: ${(error as Error).message}\n`)
  process.exitCode = 1
}
// Servers that rows share end with this process.
process.exit()
