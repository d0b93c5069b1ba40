import type { ComputeDriver } from '../compute/driver.ts'
import { after, type Cancel, type Clock, every, sleep, wallClock } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import type { Log } from '../platform/logger.ts'
import type { ArrearsService } from '../services/billing/arrears.ts'
import type { EventLog } from '../services/events/events.ts'
import type { Metering } from '../services/billing/metering.ts'
import type { ReactivationService } from '../services/instances/reactivation.ts'
import type { SpotMarket } from '../services/spot/market.ts'
import { findBalance } from '../store/tables/billing/balances.ts'
import type { Claims } from '../store/tables/hosts/claims.ts'
import { findInstance, listFreeMachines, lockMachines, type Machine } from '../store/tables/instances/instances.ts'
import {
  deleteOrphans,
  endLeases,
  findJob,
  type Job,
  keepOwn,
  leaseJobs,
  listDueJobs,
  postponeJob,
  renewLeases,
} from '../store/tables/instances/jobs.ts'
import { findSetting, raiseSetting } from '../store/tables/world/settings.ts'
import { findNextStaleEnd } from '../store/tables/instances/stale-views.ts'
import type { SharedStore, Store, Topic, Tx } from '../store/store.ts'
import { type Due, endOfTime, findDue, nextOf } from './due.ts'
import {
  answersAtOnce,
  decideOutcome,
  drive,
  type Driven,
  type JobResult,
  writeOutcomes,
} from '../services/instances/jobs.ts'
import { runPlanned } from './planned.ts'

/** Jobs of one transaction; API calls have their turn in between. */
const roundSize = 200
/** How long a claim lasts; a worker that dies loses its jobs after that. */
const leaseMs = 30_000
/** After a round that failed. */
const retryAfterMs = 1_000
/** Jobs that fall due this close together share a round. */
const gatherMs = 10
/** How long a machine that could not be driven is left alone: doubled each time, ms of instance time. */
const firstBackoffMs = 1_000
const longestBackoffMs = 60_000
/** How long, of instance time, a wait for an instance goes on; ms. */
const longestWaitMs = 366 * 86_400_000
/** How long nobody must have called before an auto clock moves on. */
const idleMs = 20
/** How long callers who never pause can hold an auto clock back: some poll in a tight loop for what it has to bring. */
const patienceMs = 200

/** How often a process looks for jobs by itself where others make and take them, too, ms: those of one that died, say. */
const lookEveryMs = 2_000
/** After a round that found all that is due in the hands of others, ms. */
const passedOverMs = 10

/** Nothing that is pending brings an instance to Stopped; the message says what it does instead. */
export class NeverStops extends Error {
  override readonly name = 'NeverStops'
}

export interface EngineOptions {
  readonly store: Store
  readonly clock: Clock
  readonly driver: ComputeDriver
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly graceMs: number
  readonly afterGrace: 'power-off' | 'power-cycle'
  readonly events: EventLog
  readonly meter: Metering
  readonly market: SpotMarket
  readonly arrears: ArrearsService
  readonly reactivation: ReactivationService
  readonly log: Log
  /** Whether this process does jobs by itself; if not, others that share the store do. Default: true. */
  readonly works?: boolean
  /** Whose jobs it does. */
  readonly claims: Claims
}

/** What a round did in its first transaction. */
interface Taken {
  readonly done: number
  /** Jobs that are leased because their machines have to be waited for. */
  readonly waiting: readonly Claimed[]
  /** The time at which those are driven; instance time, ms. */
  readonly now: number
  /** What is due next. */
  readonly due: Due
}

interface Claimed {
  readonly job: Job
  readonly machine: Machine
}

/**
 * Finishes what calls began. Every pending change is a job with a due time in the store; the engine claims what is
 * due, asks the driver, and writes the outcome, so any process may die at any point and the next one carries on.
 * A driver that answers at once is asked inside the transaction that writes the outcome. Jobs of one that does not are
 * leased first, and driven between two transactions.
 */
export class LifecycleEngine {
  readonly #options: EngineOptions
  #cancelAlarm: Cancel = () => undefined
  #cancelIdle: Cancel = () => undefined
  #stopLooking: Cancel = () => undefined
  #alarmAt = Infinity
  /** Rounds take turns. */
  #lastRound: Promise<unknown> = Promise.resolve()
  #callsInFlight = 0
  /** Since when an auto clock has been waiting for a pause; machine time, ms. */
  #waitingSince: number | undefined
  #stopped = false
  /** What a round has claimed and not finished; what is left of a round that failed is given back by the next. */
  #claimed: readonly Job[] = []

  constructor(options: EngineOptions) {
    this.#options = options
    const { store, clock } = options
    // Nothing that is committed may be later than the time that a restart goes on from.
    if (clock.drifts) store.beforeCommit(tx => this.#keepTime(tx))
    store.onDue((at, elsewhere) => this.#expect(at, elsewhere))
  }

  /** Takes up what an earlier process left, and joins those that work on the same store. */
  async start(): Promise<void> {
    const { store } = this.#options
    if (store.shared === undefined) await store.transaction('write', endLeases)
    else this.#join(store.shared)
    await this.#plan()
  }

  /** Goes on from a state that was put in place of another: its clock, where that is ahead, and its jobs. */
  async takeUp(): Promise<void> {
    const { store } = this.#options
    await this.#readTime()
    await store.transaction('write', endLeases)
    await this.#plan()
    for (const topic of ['clock', 'jobs', 'events'] as const) store.shared?.notify(topic)
  }

  #join(shared: SharedStore): void {
    shared.listen(topic => this.#hear(topic))
    this.#stopLooking = every(lookEveryMs, () => this.#hear('jobs'))
  }

  /** Another process made a job, or moved the clock that all have in common. */
  #hear(topic: Topic): void {
    if (this.#stopped || (topic !== 'jobs' && topic !== 'clock')) return
    const heard = async () => {
      if (topic === 'clock') await this.#readTime()
      await this.#plan()
    }
    heard().catch((error: unknown) => {
      if (!this.#stopped) this.#options.log.warn({ err: error }, 'The store could not be asked for jobs.')
    })
  }

  /** Has the time of those that work on the same store, where they may move it: what they told may be on its way still. */
  async catchUp(): Promise<void> {
    const { store, clock } = this.#options
    if (store.shared === undefined || clock.mode === 'real') return
    // Whoever can't be reached now is missed by what comes next, too.
    await this.#readTime().catch(() => undefined)
  }

  async #readTime(): Promise<void> {
    const { store, clock } = this.#options
    const saved = await store.transaction('read', tx => findSetting(tx, 'instanceTime'))
    if (saved !== undefined && clock.mode !== 'real') clock.moveTo(Number(saved))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopLooking()
    this.#cancelAlarm()
    this.#cancelIdle()
    await this.#lastRound.catch(() => undefined)
    if (this.#options.clock.drifts) await this.#saveTime().catch(() => undefined)
  }

  /** Something that is committed falls due at `dueAt`, instance time; `elsewhere`: another process may have to do it. */
  #expect(dueAt: number, elsewhere = false): void {
    const { works = true, store } = this.#options
    if (elsewhere || !works) store.shared?.notify('jobs')
    if (this.#stopped || !works) return
    if (dueAt < this.#alarmAt) this.#setAlarm(dueAt)
    this.#watchIdle()
  }

  /** Brackets an API call: an auto clock stands still while one is under way. Call the result when it is over. */
  callBegins(): () => void {
    this.#callsInFlight++
    return () => {
      this.#callsInFlight--
      this.#watchIdle()
    }
  }

  /** Runs everything that is due now, and what becomes due through it; returns the number of jobs done. */
  runDue(): Promise<number> {
    return this.#runUntil(this.#options.clock.now())
  }

  /**
   * Moves a virtual clock to `at` (instance time, ms), running what falls due on the way in order and at its own time;
   * returns the number of jobs done.
   */
  async advanceTo(at: number, onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    let done = 0
    do {
      const before = done
      done += await this.#runUntil(at, jobs => onProgress(before + jobs))
    } while (!(await this.#arrive(at)))
    return done
  }

  /** Moves a virtual clock until nothing is pending; returns the number of jobs done. */
  async advanceUntilIdle(onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    const done = await this.#runUntil(endOfTime, onProgress)
    await this.#saveTime()
    return done
  }

  /**
   * Moves a virtual clock until an instance is Stopped; returns the number of jobs done. Throws NeverStops when there is
   * no such instance (any more), or nothing that falls due within a year stops it.
   */
  async advanceUntilStopped(id: string, onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    const { clock } = this.#options
    const giveUpAt = clock.now() + longestWaitMs
    let done = await this.runDue()
    for (let found = await this.#look(id); found?.status !== 'Stopped'; found = await this.#look(id)) {
      if (found === undefined) throw new NeverStops(`There is no instance ${id}.`)
      if (found.changesAt > giveUpAt) {
        throw new NeverStops(`${id} is ${found.status}, and nothing that is due will stop it.`)
      }
      const before = done
      done += await this.advanceTo(found.changesAt, jobs => onProgress(before + jobs))
    }
    return done
  }

  /** An instance's status, and when the next thing falls due that may change it. */
  #look(id: string): Promise<{ status: string; changesAt: number } | undefined> {
    return this.#options.store.transaction('read', async tx => {
      const instance = await findInstance(tx, id)
      if (instance === undefined) return undefined
      const job = await findJob(tx, instance.seq)
      const { awaited, systemEvent } = await this.#dueIn(tx)
      const settleAt = (await findBalance(tx, instance.accountId))?.settleAt
      const own = [job?.dueAt, instance.expiryDueAt, settleAt].map(time => time ?? Infinity)
      const changesAt = Math.min(awaited, systemEvent, ...own)
      return { status: instance.status, changesAt }
    })
  }

  /** Runs what falls due until `until`, moving a virtual clock to it; returns the number of jobs done. */
  async #runUntil(until: number, onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    for (let done = 0; ;) {
      const round = await this.#takeTurn(until)
      done += round.done
      if (round.done > 0) onProgress(done)
      if (nextOf(round.due, until) > until) {
        const next = nextOf(round.due)
        if (next !== Infinity) this.#expect(next)
        return done
      }
      if (this.#stopped) throw new Error('The server has been closed.')
      if (round.done === 0 && this.#options.store.shared !== undefined) await sleep(passedOverMs)
    }
  }

  #takeTurn(until: number): Promise<{ done: number; due: Due }> {
    const round = this.#lastRound.catch(() => undefined).then(() => this.#runRound(until))
    this.#lastRound = round
    return round
  }

  /** Runs what is due when nobody waits for it; a failure is logged and tried again. */
  #runInBackground(): void {
    this.runDue().catch((error: unknown) => {
      if (this.#stopped) return
      this.#options.log.error({ err: error }, 'A round of lifecycle jobs failed; it is tried again.')
      this.#retryLater()
    })
  }

  #retryLater(): void {
    this.#cancelAlarm()
    this.#cancelAlarm = after(retryAfterMs, () => this.#runInBackground())
  }

  /** Does the next jobs that fall due until `until`; returns how many, and what is due then. */
  async #runRound(until: number): Promise<{ done: number; due: Due }> {
    const { store, clock } = this.#options
    // What is committed from here on says itself when it falls due.
    this.#alarmAt = Infinity
    const { done, waiting, now, due } = await store.transaction(this.#mode, tx => this.#take(tx, until))
    this.#claimed = waiting.map(({ job }) => job)
    if (waiting.length > 0) return { done: done + waiting.length, due: await this.#finish(waiting, now) }
    if (due.platform > clock.now()) return { done, due }
    const planned = await this.#runPlanned(clock.now())
    return { done: done + planned, due: await store.transaction('read', this.#dueIn) }
  }

  /**
   * Moves a virtual clock to what falls due next, and drives the machines that answer at once, each at its own time. It
   * ends before anything else comes in between, so that all things happen in order.
   */
  async #take(tx: Tx, until: number): Promise<Taken> {
    const { clock, driver } = this.#options
    await giveBack(tx, this.#claimed)
    const due = await this.#dueIn(tx)
    const next = nextOf(due, until)
    if (next <= until && next > clock.now()) clock.moveTo(next)
    let now = clock.now()
    if (next > until || due.platform <= now) return { done: 0, waiting: [], now, due }
    const results: JobResult[] = []
    const toWaitFor: Claimed[] = []
    let followUpAt = Infinity
    for (const { job, machine } of await this.#findJobs(tx, Math.min(until, due.platform - 1))) {
      const at = Math.max(now, job.dueAt)
      if (at > now && (toWaitFor.length > 0 || followUpAt <= at)) break
      now = at
      if (answersAtOnce(driver, job.kind)) {
        const one = await this.#driveOne({ ...job, attempts: job.attempts + 1 }, machine, now)
        const result = decideOutcome(one, this.#options)
        followUpAt = Math.min(followUpAt, result.lookAgainAt)
        results.push(result)
      } else {
        toWaitFor.push({ job, machine })
      }
    }
    if (results.length > 0) failpoints.pass('jobs:driven')
    await writeOutcomes(tx, results, this.#options)
    const waiting = await lease(tx, toWaitFor)
    if (now > clock.now()) clock.moveTo(now)
    return { done: results.length, waiting, now, due: await this.#dueIn(tx) }
  }

  /** A clock that was moved does not go back when the transaction is run again. */
  get #mode(): 'write' | 'alone' {
    return this.#options.clock.mode === 'real' ? 'write' : 'alone'
  }

  /** The next jobs and their machines, in the order in which they fall due. */
  async #findJobs(tx: Tx, until: number): Promise<Claimed[]> {
    const jobs = await listDueJobs(tx, {
      until,
      wallNow: wallClock.now(),
      limit: roundSize,
      claims: this.#options.claims,
    })
    if (jobs.length === 0) return []
    failpoints.pass('jobs:claimed')
    const machines = await listFreeMachines(
      tx,
      jobs.map(job => job.instanceSeq),
    )
    const existing = new Set(machines.map(machine => machine.seq))
    // A job whose instance is gone has nothing left to finish; one whose instance is being changed has its turn later.
    await deleteOrphans(
      tx,
      jobs.filter(job => !existing.has(job.instanceSeq)).map(job => job.instanceSeq),
    )
    return withMachines(jobs, machines)
  }

  /** Waits for machines whose jobs are leased and writes the outcome; returns what is due then. */
  async #finish(claimed: readonly Claimed[], now: number): Promise<Due> {
    failpoints.pass('jobs:claimed')
    const stopRenewing = this.#renewLeases(claimed.map(({ job }) => job))
    const driven = await Promise.all(claimed.map(({ job, machine }) => this.#driveOne(job, machine, now)))
    stopRenewing()
    failpoints.pass('jobs:driven')
    const due = await this.#options.store.transaction('write', async tx => {
      await lockMachines(
        tx,
        driven.map(({ machine }) => machine.seq),
      )
      const own = await keepOwn(
        tx,
        driven.map(({ job }): Job => job),
      )
      await writeOutcomes(
        tx,
        driven.filter(({ job }) => own.has(job)).map(one => decideOutcome(one, this.#options)),
        this.#options,
      )
      return this.#dueIn(tx)
    })
    this.#claimed = []
    return due
  }

  /** Keeps jobs from other processes for as long as their machines are waited for. */
  #renewLeases(jobs: readonly Job[]): Cancel {
    const { store, log } = this.#options
    return every(leaseMs / 3, () => {
      store
        .transaction('write', tx => renewLeases(tx, jobs, wallClock.now() + leaseMs))
        .catch((error: unknown) => log.warn({ err: error }, 'Leases could not be renewed.'))
    })
  }

  /** Does what is planned for this time; returns how much that was. */
  async #runPlanned(now: number): Promise<number> {
    const { store, driver, log } = this.#options
    const options = { ...this.#options, now, limit: roundSize }
    const { count, released } = await store.transaction('write', tx => runPlanned(tx, options))
    for (const machine of released) {
      await driver.destroy(machine).catch((error: unknown) => {
        log.error({ err: error, instanceId: machine.id }, 'A released machine could not be removed.')
      })
    }
    return count
  }

  /** A machine that cannot be driven is tried again later, and keeps nobody else waiting. */
  async #driveOne(job: Job, machine: Machine, now: number): Promise<Driven> {
    const { driver, log } = this.#options
    try {
      const { progress, forcedByGrace } = await drive(driver, job, machine, now)
      if (progress.done && job.kind === 'release') await driver.destroy(machine)
      return { job, machine, at: now, progress, forcedByGrace, failed: false }
    } catch (error) {
      log.error({ err: error, instanceId: machine.id, attempts: job.attempts }, 'A machine could not be driven.')
      const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (job.attempts - 1))
      const progress = { done: false, lookAgainAt: now + waitMs } as const
      return { job, machine, at: now, progress, forcedByGrace: false, failed: true }
    }
  }

  readonly #dueIn = (tx: Tx): Promise<Due> => findDue(tx, this.#options.claims)

  #findDue(): Promise<Due> {
    return this.#options.store.transaction('read', this.#dueIn)
  }

  async #plan(): Promise<void> {
    if (this.#options.works === false) return
    this.#alarmAt = Infinity
    const next = nextOf(await this.#findDue())
    if (next !== Infinity) this.#expect(next)
  }

  #setAlarm(at: number): void {
    const { clock, driver } = this.#options
    // Real machines take a moment each; waiting for company saves nothing there.
    const earliest = clock.now() + (driver.real === undefined ? gatherMs : 0)
    this.#cancelAlarm()
    this.#alarmAt = at
    this.#cancelAlarm = clock.alarm(Math.max(at, earliest), () => {
      this.#alarmAt = Infinity
      this.#runInBackground()
    })
  }

  #watchIdle(): void {
    const { clock, works = true } = this.#options
    if (clock.mode !== 'auto' || this.#stopped || !works) return
    this.#cancelIdle()
    this.#waitingSince ??= wallClock.now()
    if (this.#isOutOfPatience()) this.#moveOnInBackground()
    else if (this.#callsInFlight === 0) this.#cancelIdle = after(idleMs, () => this.#moveOnInBackground())
  }

  #isOutOfPatience(): boolean {
    return this.#waitingSince !== undefined && wallClock.now() - this.#waitingSince > patienceMs
  }

  #moveOnInBackground(): void {
    this.#moveOn().catch((error: unknown) => {
      if (this.#stopped) return
      this.#options.log.error({ err: error }, 'The clock could not move on; it is tried again.')
      this.#retryLater()
    })
  }

  async #moveOn(): Promise<void> {
    if (this.#stopped || (this.#callsInFlight > 0 && !this.#isOutOfPatience())) return
    this.#waitingSince = undefined
    // Callers also wait for the truth to be shown again.
    const next = Math.min(nextOf(await this.#findDue(), endOfTime), await this.#nextStaleEnd())
    if (next === Infinity || this.#stopped) return
    await this.advanceTo(next)
    this.#watchIdle()
  }

  async #nextStaleEnd(): Promise<number> {
    const { store, clock } = this.#options
    return (await store.transaction('read', tx => findNextStaleEnd(tx, clock.now()))) ?? Infinity
  }

  /** Ends an advance at `at`, unless a call has just made something that falls due before; then it has to go on. */
  #arrive(at: number): Promise<boolean> {
    return this.#options.store.transaction(this.#mode, async tx => {
      if (nextOf(await this.#dueIn(tx)) <= at) return false
      this.#options.clock.moveTo(at)
      return true
    })
  }

  #saveTime(): Promise<void> {
    return this.#options.store.transaction('write', tx => this.#keepTime(tx))
  }

  async #keepTime(tx: Tx): Promise<void> {
    const { clock, store } = this.#options
    const raised = await raiseSetting(tx, 'instanceTime', clock.now())
    if (raised && clock.mode !== 'real') tx.afterCommit(() => store.shared?.notify('clock'))
  }
}

/** Makes jobs of a round that failed free at once, instead of when their lease ends. */
async function giveBack(tx: Tx, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  for (const job of await keepOwn(tx, jobs)) await postponeJob(tx, job, job.dueAt)
}

async function lease(tx: Tx, claimed: readonly Claimed[]): Promise<Claimed[]> {
  const jobs = claimed.map(({ job }) => job)
  const machines = claimed.map(({ machine }) => machine)
  return withMachines(await leaseJobs(tx, jobs, wallClock.now() + leaseMs), machines)
}

/** Jobs with the machines that they are for, as far as those are there. */
function withMachines(jobs: readonly Job[], machines: readonly Machine[]): Claimed[] {
  const bySeq = new Map(machines.map(machine => [machine.seq, machine]))
  return jobs.flatMap(job => {
    const machine = bySeq.get(job.instanceSeq)
    return machine === undefined ? [] : [{ job, machine }]
  })
}
