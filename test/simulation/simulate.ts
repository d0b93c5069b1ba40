import { mock } from 'node:test'
import { Metrics } from '../../src/platform/metrics.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { check } from '../history/checker.ts'
import { isAtRest, readFinal } from '../history/final.ts'
import type { History, ModelCall, Outcome, Recorded } from '../history/history.ts'
import type { Checked } from '../history/report.ts'
import { toOutcome, toRequest } from '../history/wire.ts'
import { createDice, nextCall, pick } from '../history/workload.ts'
import { type Actor, Scheduler } from './scheduler.ts'
import { createServer, seedFleet, type SimulatedServer } from './server.ts'
import { SharedSimulation } from './store.ts'

export interface SimulationOptions {
  readonly seed: string
  readonly operations: number
  /** Plants the bug that a server answers before the commit. */
  readonly answersEarly?: boolean
}

export interface SimulationResult extends Checked {
  /** How often each kind of thing happened. */
  readonly counts: Readonly<Record<string, number>>
  /** Of everything that happened, in order: the same for the same seed. */
  readonly digest: string
}

const servers = 3
const clients = 12
const instances = 14
const startAt = Date.UTC(2026, 0, 1)
/** After this many steps without rest something hangs. */
const patience = 20_000

/** The chance of each mishap, per step. */
const chance = { crash: 0.0015, tick: 0.03, longTick: 0.0005, lostRequest: 0.004, lostAnswer: 0.008 }

/**
 * Runs several servers over one store in this process, one step at a time, with crashes and lost messages between any
 * two of them, and checks the history. Time, timers and chance are the simulation's own. One at a time per process.
 */
export async function simulate({
  seed,
  operations,
  answersEarly = false,
}: SimulationOptions): Promise<SimulationResult> {
  mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'], now: startAt })
  try {
    return await run(seed, operations, answersEarly)
  } finally {
    mock.timers.reset()
  }
}

interface Pending {
  readonly call: ModelCall
  readonly invokedAt: number
  readonly server: SimulatedServer
}

async function run(seed: string, operations: number, answersEarly: boolean): Promise<SimulationResult> {
  const dice = createDice(seed)
  const scheduler = new Scheduler(dice)
  const metrics = new Metrics()
  const inner = new SqliteStore(undefined)
  const mishaps = { crashInTransaction: 0.002, lostMessage: 0.1, answersEarly: answersEarly ? 0.1 : 0 }
  const shared = new SharedSimulation(inner, scheduler, mishaps)
  const ids = await seedFleet(inner, seed, instances, metrics)
  const waits = dice() < 0.5
  const network: Actor = { dead: false }
  const counts: Record<string, number> = {}
  const count = (what: string) => (counts[what] = (counts[what] ?? 0) + 1)
  const problems: string[] = []
  const calls: Recorded[] = []
  const pending = new Set<Pending>()
  let time = 0
  let generation = 0
  let living: SimulatedServer[] = []
  let digest = 0

  const end = (one: Pending, outcome: Outcome) => {
    if (!pending.delete(one)) return
    const completedAt = outcome.kind === 'unknown' ? Infinity : ++time
    calls.push({ call: one.call, invokedAt: one.invokedAt, completedAt, outcome })
    count(outcome.kind === 'refused' ? outcome.code : outcome.kind)
    for (const character of JSON.stringify(outcome)) digest = Math.imul(digest ^ character.charCodeAt(0), 0x01000193)
  }
  const onCrash = (server: SimulatedServer) => {
    count('crash')
    living = living.filter(one => one !== server)
    for (const one of pending) if (one.server === server) end(one, { kind: 'unknown', why: 'crash' })
  }
  const boot = () => {
    const server = createServer({ shared, name: `${seed}/${++generation}`, waits, metrics, onCrash })
    living.push(server)
    server.start().catch((error: unknown) => problems.push(`a server did not start: ${String(error)}`))
  }
  const send = () => {
    const server = pick(dice, living)
    const call = nextCall(dice, ids)
    const one: Pending = { call, invokedAt: ++time, server }
    pending.add(one)
    count('call')
    if (dice() < chance.lostRequest) return end(one, { kind: 'unknown', why: 'lost request' })
    const { action, params } = toRequest(call)
    const arrive = async () => {
      const { status, body } = await server.answer(action, params)
      if (status >= 500) problems.push(`${action} was answered ${status} ${body}`)
      if (dice() < chance.lostAnswer) return end(one, { kind: 'unknown', why: 'lost answer' })
      scheduler.later(network, () => end(one, toOutcome(call.verb, status, body)))
    }
    scheduler.later(server, () => {
      arrive().catch((error: unknown) => problems.push(`a call threw: ${String(error)}`))
    })
  }
  const tick = (ms: number) => {
    mock.timers.tick(ms)
    return scheduler.settle()
  }

  while ((counts['call'] ?? 0) < operations || pending.size > 0) {
    const roll = dice()
    if (living.length < servers && (living.length === 0 || roll < 0.01)) boot()
    else if (roll < chance.crash) pick(dice, living).crash()
    else if (roll < chance.crash + chance.tick) await tick(1 + Math.floor(dice() * 150))
    else if (roll < chance.crash + chance.tick + chance.longTick) await tick(2_000 + Math.floor(dice() * 35_000))
    else if (pending.size < clients && (counts['call'] ?? 0) < operations && dice() < 0.5) send()
    else if (scheduler.waiting > 0) await scheduler.go()
    else await tick(1 + Math.floor(dice() * 50))
  }
  // Nothing more goes wrong; everything that was begun must end.
  shared.mishaps = { crashInTransaction: 0, lostMessage: 0, answersEarly: 0 }
  for (let steps = 0; scheduler.waiting > 0 || !(await isAtRest(inner)); steps++) {
    if (steps > patience) {
      problems.push('it did not come to rest')
      break
    }
    if (living.length === 0) boot()
    if (scheduler.waiting > 0) await scheduler.go()
    else await tick(1_000)
  }
  for (const server of living) server.crash()
  const final = await readFinal(inner)
  await inner.close()
  const history: History = { calls, ...final, meterLagSeconds: 0 }
  problems.push(...check(history))
  counts['event'] = final.events.length
  return { history, problems, counts, digest: `${digest >>> 0}` }
}
