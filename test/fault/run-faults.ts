import { setTimeout as sleep } from 'node:timers/promises'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { check } from '../history/checker.ts'
import { type Final, readFinal } from '../history/final.ts'
import type { History, ModelCall } from '../history/history.ts'
import type { Checked } from '../history/report.ts'
import { createDice, nextCall, pick } from '../history/workload.ts'
import { until } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'
import { failpointFor, strike } from './chaos.ts'
import { startMortalDatabase } from './database.ts'
import { Follower } from './follower.ts'
import { type FaultyNode, startNode } from './node.ts'
import { type Proxy, startProxy } from './proxy.ts'
import { Recorder } from './recorder.ts'

export interface FaultOptions {
  readonly store: 'sqlite' | 'postgres'
  readonly seed: string
  readonly operations: number
  /** Plants the bug that a server answers before the commit. SQLite only. */
  readonly answersEarly?: boolean
}

export interface FaultResult extends Checked {
  readonly counts: Readonly<Record<string, number>>
}

/** A server may be away for so long, and so may be the rest that comes at the end. */
const awayLimitMs = 60_000
const clients = 200
const instances = 120
/** Machines are quick, so that calls meet them in every state. */
const timing = 'start=120ms,stop=150ms,forced-stop=40ms,deallocate=60ms'
/** A row of the meter may begin this much later than its event: a call may be held up in between. */
const meterLagSeconds = 10

/**
 * Calls servers that die and lose their network and their database, and checks what they answered. The seed decides
 * the calls and the blows by their numbers; how they meet is up to the machine.
 */
export async function runFaults(options: FaultOptions): Promise<FaultResult> {
  const { store, seed, operations, answersEarly = false } = options
  using folder = tempFolder()
  const seedFile = folder.write('seed.yaml', `instances: [{count: ${instances}, region: cn-hangzhou}]`)
  await using stack = new AsyncDisposableStack()
  const database = store === 'postgres' ? stack.use(await startMortalDatabase()) : undefined
  const databaseNetworks: Proxy[] = []
  const nodes: FaultyNode[] = []
  for (let index = 0; index < (database === undefined ? 1 : 3); index++) {
    const dice = createDice(`${seed}/node/${index}`)
    let address = 'sqlite:state.db'
    if (database !== undefined) {
      const network = stack.use(await startProxy(database.port))
      databaseNetworks.push(network)
      const url = new URL(database.url)
      url.port = String(network.port)
      address = url.href
    }
    const args = ['--store', address, '--timing', timing, '--seed', seedFile, '--log-level', 'error']
    const arm = () =>
      answersEarly
        ? 'answer:early=on,group:before-commit=exit@9'
        : failpointFor(dice, database === undefined ? 200 : 120)
    nodes.push(stack.use(await startNode({ args, cwd: folder.path, arm })))
  }

  const counts: Record<string, number> = {}
  const count = (what: string) => void (counts[what] = (counts[what] ?? 0) + 1)
  const recorder = new Recorder()
  stack.defer(() => recorder.close())
  const ports = nodes.map(node => node.port)
  const ids = await listIds(ports[0] ?? 0)
  const follower = new Follower()
  follower.start(ports)

  let next = 0
  const blows: Promise<void>[] = []
  const client = async () => {
    for (let number = next++; number < operations; number = next++) {
      blows.push(strike({ nodes, databaseNetworks, database }, seed, number, count))
      const dice = createDice(`${seed}/call/${number}`)
      const node = pick(dice, nodes)
      await until(() => node.isUp, awayLimitMs)
      const outcome = await recorder.call(node.port, nextCall(dice, ids))
      count(outcome.kind === 'refused' ? outcome.code : outcome.kind)
      if (outcome.kind === 'unknown') count(`unknown: ${outcome.why}`)
      if (outcome.kind === 'unknown') await sleep(30)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  await Promise.all(blows)

  await Promise.all(nodes.map(node => node.heal()))
  const problems: string[] = []
  await until(() => isQuiet(ports[0] ?? 0), awayLimitMs).catch(() => problems.push('it did not come to rest'))
  await lookAtAll(recorder, ports, ids)
  const followed = await follower.finish()
  counts['server died'] = nodes.reduce((sum, node) => sum + node.deaths - 1, 0)
  counts['error logged'] = nodes.reduce((sum, node) => sum + node.errors.length, 0)
  for (const node of nodes) await node[Symbol.asyncDispose]()
  const final = await readStore(
    database === undefined ? new SqliteStore(`${folder.path}/state.db`) : await openPostgres(database.url),
  )
  counts['event'] = final.events.length
  const history: History = { calls: recorder.calls, ...final, followed, meterLagSeconds }
  problems.push(...check(history))
  return { history, problems, counts }
}

async function readStore(store: Store): Promise<Final> {
  try {
    return await readFinal(store)
  } finally {
    await store.close()
  }
}

async function listIds(port: number): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/_localyun/instances?limit=1000`)
  const { instances: found } = (await answer.json()) as { instances: { id: string }[] }
  return found.map(one => one.id).sort()
}

/** Whether the server says that no state change is under way. */
async function isQuiet(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/_localyun/metrics`)
    return answer.ok && !/^localyun_jobs_pending\S* [1-9]/m.test(await answer.text())
  } catch {
    return false
  }
}

/** In the end every server shows every instance. */
async function lookAtAll(recorder: Recorder, ports: readonly number[], ids: readonly string[]): Promise<void> {
  for (const port of ports) {
    for (let start = 0; start < ids.length; start += 50) {
      const call: ModelCall = {
        verb: 'describe',
        ids: ids.slice(start, start + 50),
        mode: 'together',
        force: false,
        economical: false,
        dryRun: false,
      }
      await recorder.call(port, call)
    }
  }
}
