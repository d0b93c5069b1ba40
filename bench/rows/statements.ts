import { fileURLToPath } from 'node:url'
import { load } from '../load.ts'
import { control, regionId, stopRequests, untilAllStopped } from '../requests.ts'
import type { Row } from '../row.ts'
import type { Server } from '../server.ts'
import type { Workshop } from '../workshop.ts'

const preload = fileURLToPath(new URL('../prepared-statements.ts', import.meta.url))
/** One call of every length, in an order without order: 37 and 100 have no divisor in common. */
const lengths = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1)
/** Enough for every connection to the store to have seen a stop and its end. */
const leadCalls = 800

/**
 * Lists of a length that was not seen before: their statements are there already when the text does not depend on the
 * length. The lead is of single stops.
 */
function statementsRow(name: string, store: string, storeOf: (workshop: Workshop) => Promise<string>): Row {
  return {
    name,
    title: `StopInstances, 1 to 100 ids at random, on ${store}`,
    counts: true,
    measures: [{ name: 'statements prepared per call', unit: 'statements', goal: { most: 0 } }],
    async prepare(workshop) {
      const store = await storeOf(workshop)
      return {
        async measure() {
          await using subject = await workshop.start({ store, preload, timeScale: 20 })
          const calls = workshop.quick ? lengths.slice(0, 20) : lengths
          return [{ value: (await countPrepared(subject, calls)) / calls.length }]
        },
      }
    },
  }
}

export const statementRows: readonly Row[] = [
  statementsRow('statements', 'SQLite', async () => 'memory:'),
  statementsRow('statements-postgres', 'PostgreSQL', async ({ name, postgres }) => {
    const cluster = await postgres()
    await cluster.ask(`create database statements_${name}`)
    return cluster.urlOf(`statements_${name}`)
  }),
]

async function countPrepared(subject: Server, lengths: readonly number[]): Promise<number> {
  const { port } = subject
  const count = leadCalls + lengths.reduce((sum, length) => sum + length, 0)
  const seed = { instances: [{ region: regionId, count }] }
  const { instanceIds: ids } = await control<{ instanceIds: string[] }>(port, 'POST', '/seed', seed)
  const lead = stopRequests(ids.slice(0, leadCalls), 1)
  await load(subject, lead, { connections: 8, count: lead.length })
  await untilAllStopped(port)
  const before = Number(await subject.ask('count'))
  let used = leadCalls
  const requests = lengths.flatMap(length => stopRequests(ids.slice(used, (used += length)), length))
  await load(subject, requests, { connections: 8, count: requests.length })
  await untilAllStopped(port)
  return Number(await subject.ask('count')) - before
}
