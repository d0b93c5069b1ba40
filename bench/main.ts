import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { growthChart } from './chart.ts'
import { compareWithMoto } from './peer/compare.ts'
import { type Cluster, startCluster } from './postgres.ts'
import { renderTable, type Result, toResults } from './report.ts'
import type { Row, Sample, Workshop } from './row.ts'
import { rows } from './rows/index.ts'
import { createFleet, type Fleet } from './subject.ts'

const help = `npm run bench -- [flags]

Measures the server against its references and prints a Markdown table. Takes about twelve minutes. Without --only it
leaves out ${rows
  .filter(row => row.extra)
  .map(row => row.name)
  .join(', ')}.

  --only ROW     only this row; may be given more than once: ${rows.map(row => row.name).join(', ')}
  --growth       only growth: fleets of 1,000 to 1,000,000 instances on both stores; takes half an hour and 10 GB of disk
  --chart FILE   draws growth as an SVG picture
  --peer moto    only a comparison with moto (moto[server] of PyPI), driven by the same client
  --moto-server FILE  the moto_server to compare with, instead of installing one
  --rounds N     rounds per row after one that warms up (default 5)
  --json FILE    where the figures go as JSON (default bench/results/latest.json)
  --quick        one round of few requests: shows that everything works, not how fast
  --help         this text
`

const notes = `
Every round starts new processes, first the server, then its reference; figures are medians of rounds, a ratio is the
median of the rounds' ratios. The reference of calls is a node:http server that verifies the signature and answers
constant bytes (as many as a page has, for DescribeInstances); that of starts and memory is a Node that runs nothing.
Node's compile cache is on, as the program turns it on, and has been filled by the round that warms up.
Every call is V1 signed with its own nonce. StopInstances commits to SQLite (synchronous=FULL) before it answers, and
every stop is of a Running instance. The lifecycle worker runs all the time, with the default (short) durations: for
stop-one and stop-one-serial the measured part of the load begins when the first stops have ended, so that stops end
as fast as new ones begin; the bursts and batches are over before most of their stops end. Batches are of
instances that were made one after the other.
`

const results = fileURLToPath(new URL('./results/', import.meta.url))

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2))
  if (flags === undefined) return
  mkdirSync(results, { recursive: true })
  const folder = mkdtempSync(join(results, 'work-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

  if (flags.peer) {
    const table = await compareWithMoto({ ...flags, folder, program: flags.motoServer })
    process.stdout.write(table ?? 'Nothing was compared.\n')
    return
  }
  const fleets = new Map<number, Promise<Fleet>>()
  let cluster: Promise<Cluster> | undefined
  const workshop: Workshop = {
    quick: flags.quick,
    folder,
    fleet: count => {
      const fleet = fleets.get(count) ?? createFleet(folder, count)
      fleets.set(count, fleet)
      return fleet
    },
    postgres: () => (cluster ??= startCluster()),
  }
  const all: Result[] = []
  for (const row of flags.rows) all.push(...(await measure(row, workshop, flags)))
  const chart = flags.chart === undefined ? undefined : growthChart(all, caption())
  if (flags.chart !== undefined && chart !== undefined) writeFileSync(flags.chart, chart)
  const environment = {
    node: process.version,
    platform: process.platform,
    processors: availableParallelism(),
    load: loadavg(),
  }
  const figures = { at: new Date().toISOString(), ...environment, quick: flags.quick, rounds: flags.rounds, rows: all }
  mkdirSync(dirname(flags.json), { recursive: true })
  writeFileSync(flags.json, `${JSON.stringify(figures, undefined, 2)}\n`)
  process.stdout.write(renderTable(all) + notes)
}

interface Flags {
  readonly rows: readonly Row[]
  readonly rounds: number
  readonly quick: boolean
  readonly json: string
  readonly chart: string | undefined
  readonly peer: boolean
  readonly motoServer: string | undefined
}

/** Undefined when there is nothing to measure: help was printed, or what is wrong with the flags. */
function readFlags(args: string[]): Flags | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        rounds: { type: 'string', default: '5' },
        json: { type: 'string', default: join(results, 'latest.json') },
        quick: { type: 'boolean', default: false },
        growth: { type: 'boolean', default: false },
        chart: { type: 'string' },
        peer: { type: 'string' },
        'moto-server': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(help)
      return undefined
    }
    const unknown = values.only?.find(name => !rows.some(row => row.name === name))
    if (unknown !== undefined) throw new Error(`There is no row "${unknown}".`)
    if (!/^[1-9]\d{0,3}$/.test(values.rounds)) throw new Error(`--rounds "${values.rounds}" is not a number of rounds.`)
    if (values.peer !== undefined && values.peer !== 'moto') throw new Error(`--peer "${values.peer}" is not moto.`)
    const isWanted = (row: Row) =>
      values.only?.includes(row.name) ?? (values.growth ? row.name.startsWith('growth-') : row.extra === undefined)
    return {
      rows: rows.filter(isWanted),
      chart: values.chart,
      peer: values.peer !== undefined,
      motoServer: values['moto-server'],
      rounds: values.quick ? 1 : Number(values.rounds),
      quick: values.quick,
      json: values.json,
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nnpm run bench -- --help lists flags and rows.\n`)
    process.exitCode = 2
    return undefined
  }
}

function caption(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} processors shared with other work; medians of rounds`
}

async function measure(row: Row, workshop: Workshop, { rounds, quick }: Flags): Promise<Result[]> {
  const [busy = 0] = loadavg()
  process.stderr.write(`${row.name}: getting ready; load average ${busy.toFixed(1)}\n`)
  const runRound = await row.prepare(workshop)
  const samples: (readonly (Sample | undefined)[])[] = []
  if (!quick) await runRound()
  for (let round = 1; round <= rounds; round++) {
    const taken = await runRound()
    samples.push(taken)
    const values = taken.map((sample, index) => `${sample?.value.toFixed(2) ?? 'no'} ${row.measures[index]?.unit}`)
    process.stderr.write(`${row.name}: round ${round} of ${rounds}: ${values.join(', ')}\n`)
  }
  return toResults(row, samples, { judged: !quick })
}

try {
  await main()
} catch (error) {
  process.stderr.write(`The benchmark was given up: ${(error as Error).message}\n`)
  process.exitCode = 1
}
// Servers that rows share end with this process.
process.exit()
