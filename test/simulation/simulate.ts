import { mock } from 'node:test'
import { defaultAccount } from '../../src/config.ts'
import { Metrics } from '../../src/platform/metrics.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { findLatestEvent } from '../../src/store/tables/events.ts'
import { check } from '../history/checker.ts'
import { countPending, readFinal } from '../history/final.ts'
import type { History, ModelCall, Outcome, Recorded } from '../history/history.ts'
import type { Checked } from '../history/report.ts'
import { toOutcome, toRequest } from '../history/wire.ts'
import { createDice, type Dice, nextCall, pick } from '../history/workload.ts'
import { signedForm } from '../support/client.ts'
import { checkDeliveries, Receiver } from './receiver.ts'
import { network, Scheduler } from './scheduler.ts'
import { createServer, seedFleet, type SimulatedServer } from './server.ts'
import { type Mishaps, SharedSimulation } from './store.ts'

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
/** After this many steps that finish nothing something hangs. */
const patience = 20_000

/** The chance of each mishap, per step; of a replay, per accepted call. */
const chance = { crash: 0.0015, tick: 0.03, longTick: 0.0005, lostRequest: 0.004, lostAnswer: 0.008, replay: 0.02 }
const noMishaps: Mishaps = { crashInTransaction: 0, lostMessage: 0, answersEarly: 0, lostPost: 0, refusedPost: 0 }

/**
 * Runs several servers over one store in this process, one step at a time, with crashes and lost messages between any
 * two of them, and checks the history. Time, timers and chance are the simulation's own. One at a time per process.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  // What is loaded while servers run would take a time of its own.
  await import('../../src/webhooks/sender.ts')
  mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'], now: startAt })
  const monotonic = mock.method(performance, 'now', () => Date.now() - startAt)
  try {
    const simulation = new Simulation(options)
    await simulation.run(options.operations)
    await simulation.comeToRest()
    return await simulation.check()
  } finally {
    monotonic.mock.restore()
    mock.timers.reset()
  }
}

interface Pending {
  readonly call: ModelCall
  readonly invokedAt: number
  readonly server: SimulatedServer
}

class Simulation {
  readonly #seed: string
  readonly #dice: Dice
  readonly #scheduler: Scheduler
  readonly #metrics = new Metrics()
  readonly #inner = new SqliteStore(undefined)
  readonly #shared: SharedSimulation
  readonly #receiver = new Receiver()
  /** Whether machines have to be waited for. */
  #waits = false
  #ids: readonly string[] = []
  /** The last event of the seed, which no server was there to send. */
  #lastSeeded = 0
  readonly #counts: Record<string, number> = {}
  readonly #problems: string[] = []
  readonly #calls: Recorded[] = []
  readonly #pending = new Set<Pending>()
  #time = 0
  #generation = 0
  #living: SimulatedServer[] = []
  #digest = 0

  constructor({ seed, answersEarly = false }: SimulationOptions) {
    this.#seed = seed
    this.#dice = createDice(seed)
    this.#scheduler = new Scheduler(this.#dice)
    const mishaps = {
      crashInTransaction: 0.002,
      lostMessage: 0.1,
      answersEarly: answersEarly ? 0.1 : 0,
      lostPost: 0.02,
      refusedPost: 0.02,
    }
    this.#shared = new SharedSimulation(this.#inner, this.#scheduler, mishaps)
  }

  /** Makes calls, and lets everything go wrong that can. */
  async run(operations: number): Promise<void> {
    const dice = this.#dice
    this.#ids = await seedFleet(this.#inner, this.#seed, instances, this.#metrics)
    this.#lastSeeded = await this.#inner.transaction('read', findLatestEvent)
    this.#waits = dice() < 0.5
    const hasMore = () => (this.#counts['call'] ?? 0) < operations
    while (hasMore() || this.#pending.size > 0) {
      const roll = dice()
      const ready = this.#living.filter(server => server.isReady)
      if (this.#living.length < servers && (this.#living.length === 0 || roll < 0.01)) this.#boot()
      else if (roll < chance.crash) pick(dice, this.#living).crash()
      else if (roll < chance.crash + chance.tick) await this.#tick(1 + Math.floor(dice() * 150))
      else if (roll < chance.crash + chance.tick + chance.longTick) {
        await this.#tick(2_000 + Math.floor(dice() * 35_000))
      } else if (ready.length > 0 && this.#pending.size < clients && hasMore() && dice() < 0.5) this.#send(ready)
      else if (this.#scheduler.waiting > 0) await this.#scheduler.go()
      else await this.#tick(1 + Math.floor(dice() * 50))
    }
  }

  /** Nothing more goes wrong; everything that was begun must end. */
  async comeToRest(): Promise<void> {
    this.#shared.mishaps = noMishaps
    let least = Infinity
    for (let steps = 0; ; steps++) {
      const pending = await countPending(this.#inner)
      if (pending === 0 && this.#scheduler.waiting === 0) return
      if (pending < least) steps = 0
      least = Math.min(least, pending)
      if (steps > patience) {
        this.#problems.push('it did not come to rest')
        return
      }
      if (this.#living.length === 0) this.#boot()
      if (this.#scheduler.waiting > 0) await this.#scheduler.go()
      else await this.#tick(1_000)
    }
  }

  async check(): Promise<SimulationResult> {
    for (const server of this.#living) server.crash()
    const final = await readFinal(this.#inner)
    await this.#shared.close()
    const history: History = { calls: this.#calls, ...final, meterLagSeconds: 0 }
    const { arrivals } = this.#receiver
    const toDeliver = final.events.filter(event => event.seq > this.#lastSeeded)
    const problems = [...this.#problems, ...check(history), ...checkDeliveries(arrivals, toDeliver)]
    const counts = { ...this.#counts, event: final.events.length, delivery: arrivals.length }
    this.#note(arrivals)
    return { history, problems, counts, digest: `${this.#digest >>> 0}` }
  }

  #boot(): void {
    const server = createServer({
      shared: this.#shared,
      name: `${this.#seed}/${++this.#generation}`,
      waits: this.#waits,
      metrics: this.#metrics,
      receiver: this.#receiver,
      onCrash: one => this.#forget(one),
    })
    this.#living.push(server)
    server.start().catch((error: unknown) => this.#problems.push(`a server did not start: ${String(error)}`))
  }

  #forget(server: SimulatedServer): void {
    this.#count('crash')
    this.#living = this.#living.filter(one => one !== server)
    for (const one of this.#pending) if (one.server === server) this.#end(one, { kind: 'unknown', why: 'crash' })
  }

  #send(ready: readonly SimulatedServer[]): void {
    const server = pick(this.#dice, ready)
    const call = nextCall(this.#dice, this.#ids)
    const one: Pending = { call, invokedAt: ++this.#time, server }
    this.#pending.add(one)
    this.#count('call')
    if (this.#dice() < chance.lostRequest) return this.#end(one, { kind: 'unknown', why: 'lost request' })
    const { action, params } = toRequest(call)
    const SignatureNonce = `${this.#counts['call']}`
    const target = `/?${signedForm(credentials, 'GET', action, params, { SignatureNonce }).toString()}`
    this.#scheduler.later(server, () => {
      this.#arrive(one, target).catch((error: unknown) => this.#problems.push(`a call threw: ${String(error)}`))
    })
  }

  async #arrive(one: Pending, target: string): Promise<void> {
    const { status, body } = await one.server.answer(target)
    if (status >= 500) this.#problems.push(`${one.call.verb} was answered ${status} ${body}`)
    if (status === 200 && this.#dice() < chance.replay) this.#replay(target)
    if (this.#dice() < chance.lostAnswer) return this.#end(one, { kind: 'unknown', why: 'lost answer' })
    this.#scheduler.later(network, () => this.#end(one, toOutcome(one.call.verb, status, body)))
  }

  /** Somebody sends an accepted call again, to any server: each must refuse it. */
  #replay(target: string): void {
    const server = pick(this.#dice, this.#living)
    const arrive = async () => {
      const { status, body } = await server.answer(target)
      this.#count('replay')
      if (!body.includes('"SignatureNonceUsed"'))
        this.#problems.push(`a replay was answered ${status} ${body.slice(0, 200)}`)
    }
    this.#scheduler.later(server, () => {
      arrive().catch((error: unknown) => this.#problems.push(`a replay threw: ${String(error)}`))
    })
  }

  #end(one: Pending, outcome: Outcome): void {
    if (!this.#pending.delete(one)) return
    const completedAt = outcome.kind === 'unknown' ? Infinity : ++this.#time
    this.#calls.push({ call: one.call, invokedAt: one.invokedAt, completedAt, outcome })
    this.#count(outcome.kind === 'refused' ? outcome.code : outcome.kind)
    this.#note(outcome)
  }

  #tick(ms: number): Promise<void> {
    mock.timers.tick(ms)
    return this.#scheduler.settle()
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1
  }

  #note(what: unknown): void {
    for (const character of JSON.stringify(what)) {
      this.#digest = Math.imul(this.#digest ^ character.charCodeAt(0), 0x01000193)
    }
  }
}

const credentials = { accessKeyId: defaultAccount.accessKeyId, secret: defaultAccount.secret }
