import { join } from 'node:path'
import { load } from '../load.ts'
import { batchRequests, control, describePageNumber, regionId, signedRequest, stopRequests } from '../requests.ts'
import type { Figure, Measure, Row } from '../row.ts'
import type { Server } from '../server.ts'
import type { Workshop } from '../workshop.ts'

export const fleetSizes = [1_000, 10_000, 100_000, 1_000_000] as const
/** Instances that one call of the control API makes. */
const portion = 20_000
/** Stops by one connection, then by 32. */
const [serial, parallel] = [100, 300]
/** How far down in the list pages are read, as parts of it. */
const depths = [0, 0.5, 0.99] as const

/** What a round reads of one fleet; of growth the goal is a ratio to the same of the smallest. */
export const growthMeasures = [
  { name: 'stop p50', unit: 'ms', bounded: true },
  { name: 'stops/s at 32 connections', unit: 'calls/s', bounded: false },
  { name: 'first page p50', unit: 'ms', bounded: true },
  { name: 'middle page p50', unit: 'ms', bounded: true },
  { name: 'last page p50', unit: 'ms', bounded: true },
] as const

interface GrownFleet {
  readonly server: Server
  readonly ids: readonly string[]
  /** By depth; empty for the first page. */
  readonly tokens: readonly string[]
}

interface GrowthRow {
  readonly name: string
  readonly title: string
  readonly extra?: true
  readonly sizes: readonly number[]
  readonly storeOf: (workshop: Workshop, count: number) => Promise<string>
}

function growthRow({ sizes, storeOf, ...row }: GrowthRow): Row {
  return {
    ...row,
    measures: sizes.flatMap(size =>
      growthMeasures.map(({ name, unit, bounded }): Measure => {
        const measure = { name: `${size.toLocaleString('en-US')}: ${name}`, unit }
        if (!bounded || size === sizes[0]) return measure
        return Object.assign(measure, { goal: { most: 1.3, of: 'ratio' } as const })
      }),
    ),
    async prepare(workshop) {
      const fleets: GrownFleet[] = []
      for (const size of sizes) {
        const count = workshop.quick ? Math.min(size, 2_000) : size
        fleets.push(await grow(workshop, await storeOf(workshop, count), count))
      }
      // The compiler has seen as much of each then.
      for (const fleet of fleets) await measureFleet(fleet, 0)
      let round = 1
      return {
        async measure() {
          const figures: Figure[][] = []
          for (const fleet of fleets) figures.push(await measureFleet(fleet, round))
          round++
          return figures.flatMap(values =>
            values.map((figure, index) => ({ ...figure, reference: figures[0]?.[index] ?? figure })),
          )
        },
        async end() {
          for (const { server } of fleets) await server.stop()
        },
      }
    },
  }
}

const newFile = async ({ newFolder }: Workshop) => `sqlite:${join(await newFolder(), 'state.db')}`

/** What of growth can be seen in a short time. */
export const shortGrowthRow: Row = growthRow({
  name: 'growth',
  title: 'Fleets on SQLite, against the fleet of 1,000',
  sizes: [1_000, 100_000],
  storeOf: newFile,
})

export const growthRows: readonly Row[] = [
  growthRow({
    name: 'growth-sqlite',
    title: 'Fleets on SQLite, against the fleet of 1,000',
    extra: true,
    sizes: fleetSizes,
    storeOf: newFile,
  }),
  growthRow({
    name: 'growth-postgres',
    title: 'Fleets on PostgreSQL, against the fleet of 1,000',
    extra: true,
    sizes: fleetSizes,
    async storeOf({ postgres }, count) {
      const cluster = await postgres()
      const { number } = await cluster.ask('select count(*) as number from pg_database')
      const database = `grown_${count}_${String(number)}`
      await cluster.ask(`create database ${database}`)
      return cluster.urlOf(database)
    },
  }),
]

/** A server with so many running instances, made through its control API. Time stands still between rounds. */
async function grow({ start, postgres }: Workshop, store: string, count: number): Promise<GrownFleet> {
  const server = await start({ store, clock: 'virtual' })
  const ids: string[] = []
  for (let made = 0; made < count; made += portion) {
    const seed = { instances: [{ region: regionId, count: Math.min(portion, count - made) }] }
    const { instanceIds } = await control<{ instanceIds: string[] }>(server.port, 'POST', '/seed', seed)
    for (const id of instanceIds) ids.push(id)
    if (made % 200_000 === 0) process.stderr.write(`${made + instanceIds.length} instances\n`)
  }
  if (store.startsWith('postgres')) await (await postgres()).ask('vacuum analyze', new URL(store).pathname.slice(1))
  const tokens: string[] = []
  for (const depth of depths) {
    const page = Math.floor((count / 100) * depth)
    tokens.push(page === 0 ? '' : await describePageNumber(server.port, page))
  }
  return { server, ids, tokens }
}

async function measureFleet({ server, ids, tokens }: GrownFleet, round: number): Promise<Figure[]> {
  const { port } = server
  // From all over the fleet, and others in every round.
  const step = ids.length / (serial + parallel)
  const chosen = Array.from({ length: serial + parallel }, (_, index) => {
    return ids[Math.floor((index + ((round * 0.37) % 1)) * step)] ?? ''
  })
  const alone = chosen.filter((_, index) => index % 4 === 0)
  const rest = chosen.filter((_, index) => index % 4 !== 0)
  const pages: Figure[] = []
  for (const token of tokens) pages.push(await readPages(server, token))
  const one = await load(server, stopRequests(alone, 1), { connections: 1, count: alone.length })
  const many = await load(server, stopRequests(rest, 1), { connections: 32, count: rest.length })
  await control(port, 'POST', '/clock', { advance: 'PT1H' })
  const starts = batchRequests('StartInstances', chosen, 100)
  await load(server, starts, { connections: 1, count: starts.length })
  await control(port, 'POST', '/clock', { advance: 'PT1H' })
  return [
    { value: one.p50, processorMs: one.processorMs },
    { value: many.perSecond, processorMs: many.processorMs },
    ...pages,
  ]
}

async function readPages(server: Server, token: string): Promise<Figure> {
  const params = { MaxResults: '100', ...(token === '' ? {} : { NextToken: token }) }
  const requests = Array.from({ length: 60 }, () => signedRequest('DescribeInstances', params))
  const { p50, processorMs } = await load(server, requests, { connections: 1, count: requests.length })
  return { value: p50, processorMs }
}
