import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'
import { rows } from './rows/index.ts'

const extraRows = rows.filter(row => row.extra).map(row => row.name)

export const help = `npm run bench -- [flags]

Measures the server against its references and prints a Markdown table; takes about eight minutes. Without --only it
leaves out ${extraRows.join(', ')}.

  --only ROW     only this row; may be given more than once:
                 ${inLines(rows.map(row => row.name))}
  --against DIR  measures another checkout of localyun in alternation with this one, and adds its figures and the
                 ratios of the rounds; it needs its node_modules, and its dist for what is measured of the package
  --rounds N     rounds per row (default 5); rows that count rather than time have one
  --json FILE    where the figures go as JSON (default bench/results/latest.json)
  --quick        one round of few requests: shows that everything works, not how fast
  --growth       only growth: fleets of 1,000 to 1,000,000 instances on both stores; takes half an hour and 10 GB of disk
  --chart FILE   draws growth as an SVG picture; with --growth, or --only one of its rows
  --peer moto    only a comparison with moto (moto[server] of PyPI), driven by the same client; with --rounds and
                 --quick
  --moto-server FILE  the moto_server to compare with, instead of installing one; with --peer
  --help         this text
`

export interface Flags {
  readonly rows: readonly Row[]
  /** The folder of another checkout. */
  readonly against: string | undefined
  readonly rounds: number
  readonly quick: boolean
  /** Undefined: the usual place. */
  readonly json: string | undefined
  readonly chart: string | undefined
  readonly peer: boolean
  readonly motoServer: string | undefined
}

/** What the arguments ask for; `help` when that is all. Throws an Error that names what can't be. */
export function readFlags(args: string[]): Flags | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true },
      against: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      chart: { type: 'string' },
      peer: { type: 'string' },
      'moto-server': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const { only, against, rounds, json, quick, growth, chart, peer, 'moto-server': motoServer } = values
  const unknown = only?.find(name => rows.every(row => row.name !== name))
  if (unknown !== undefined) throw new Error(`There is no row "${unknown}".`)
  if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
    throw new Error(`--rounds "${rounds}" is not a number of rounds.`)
  }
  if (quick && rounds !== undefined) throw new Error('--quick has one round; it does not go with --rounds.')
  if (peer !== undefined && peer !== 'moto') throw new Error(`--peer "${peer}" is not moto.`)
  if (motoServer !== undefined && peer === undefined) throw new Error('--moto-server goes with --peer moto.')
  if (growth && only !== undefined) throw new Error('--growth is rows of its own; it does not go with --only.')
  const alone = Object.entries({ only, against, json, growth: growth || undefined, chart })
  const [refused] = peer === undefined ? [] : (alone.find(([, value]) => value !== undefined) ?? [])
  if (refused !== undefined) throw new Error(`--peer does not go with --${refused}.`)
  const wanted = (row: Row) => only?.includes(row.name) ?? (growth ? isGrowth(row) : row.extra === undefined)
  const chosen = rows.filter(wanted)
  if (chart !== undefined && !chosen.some(isGrowth)) {
    throw new Error('--chart draws growth: it goes with --growth, or --only growth-sqlite or growth-postgres.')
  }
  return {
    rows: chosen,
    against: against === undefined ? undefined : checkoutAt(against),
    chart,
    peer: peer !== undefined,
    motoServer,
    rounds: quick ? 1 : Number(rounds ?? 5),
    quick,
    json,
  }
}

function isGrowth({ name }: Row): boolean {
  return name.startsWith('growth-')
}

function checkoutAt(folder: string): string {
  const root = resolve(folder)
  for (const part of ['bin/localyun.js', 'src/main.ts', 'node_modules']) {
    if (!existsSync(join(root, part))) throw new Error(`--against "${folder}" is no checkout of localyun: no ${part}.`)
  }
  return root
}

/** Names in lines of the help's width. */
function inLines(names: readonly string[]): string {
  const lines = ['']
  for (const name of names) {
    const line = lines.at(-1) ?? ''
    if (line.length + name.length > 96) lines.push(name)
    else lines[lines.length - 1] = line === '' ? name : `${line}, ${name}`
  }
  return lines.join(',\n                 ')
}
