import type { ComputeDriver } from '../compute/driver.ts'
import { after, type Cancel, type Clock, wallClock } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import type { Log } from '../platform/logger.ts'
import type { EventLog } from '../services/events.ts'
import type { Metering } from '../services/metering.ts'
import { findInstance, findNextReleaseTime, listMachines, type Machine } from '../store/instances.ts'
import { claimJobs, deleteJobs, endLeases, findNextDueTime, type Job, keepOwn, postponeJob } from '../store/jobs.ts'
import { findSetting, putSetting } from '../store/settings.ts'
import type { Store, Tx } from '../store/store.ts'
import { releaseDue } from './auto-release.ts'
import { type Driven, writeOutcomes } from './outcomes.ts'
import { drive } from './steps.ts'

/** Jobs claimed at once. */
const roundSize = 500
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

/** Nothing that is pending brings an instance to Stopped; the message says what it does instead. */
export class NeverStops extends Error {
  override readonly name = 'NeverStops'
}

export interface EngineOptions {
  readonly store: Store
  readonly clock: Clock
  readonly driver: ComputeDriver
  readonly afterGrace: 'power-off' | 'power-cycle'
  readonly events: EventLog
  readonly meter: Metering
  readonly log: Log
}

/**
 * Finishes what calls began. Every pending change is a job with a due time in the store; the engine claims what is
 * due, asks the driver, and writes the outcome, so any process may die at any point and the next one carries on.
 */
export class LifecycleEngine {
  readonly #options: EngineOptions
  #cancelAlarm: Cancel = () => undefined
  #cancelIdle: Cancel = () => undefined
  #alarmAt = Infinity
  #running: Promise<number> | undefined
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
    if (clock.drifts) store.beforeCommit(tx => putSetting(tx, 'instanceTime', String(clock.now())))
  }

  /** Takes up what an earlier process left. Only for stores that one process has to itself. */
  async start(): Promise<void> {
    await this.#options.store.transaction('write', endLeases)
    await this.#plan()
  }

  /** Goes on from a state that was put in place of another: its clock, where that is ahead, and its jobs. */
  async takeUp(): Promise<void> {
    const { store, clock } = this.#options
    const saved = await store.transaction('read', tx => findSetting(tx, 'instanceTime'))
    if (saved !== undefined && clock.mode !== 'real') clock.moveTo(Number(saved))
    await this.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelAlarm()
    this.#cancelIdle()
    await this.#running?.catch(() => undefined)
    if (this.#options.clock.drifts) await this.#saveTime().catch(() => undefined)
  }

  /** Says that a committed job falls due at `dueAt`, instance time. */
  wake(dueAt: number): void {
    if (this.#stopped) return
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
    this.#running ??= this.#runRounds().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /**
   * Moves a virtual clock to `at` (instance time, ms), stopping at every due time on the way so that jobs run in
   * order; returns the number of jobs done.
   */
  async advanceTo(at: number, onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    const { clock } = this.#options
    let done = await this.runDue()
    for (let next = await this.nextDueTime(); next !== undefined && next <= at; next = await this.nextDueTime()) {
      clock.moveTo(next)
      done += await this.runDue()
      onProgress(done)
    }
    clock.moveTo(at)
    await this.#saveTime()
    return done
  }

  /** Moves a virtual clock until nothing is pending; returns the number of jobs done. */
  async advanceUntilIdle(onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    let done = await this.runDue()
    for (let next = await this.nextDueTime(); next !== undefined; next = await this.nextDueTime()) {
      done += await this.advanceTo(next)
      onProgress(done)
    }
    return done
  }

  /**
   * Moves a virtual clock until an instance is Stopped; returns the number of jobs done. Throws NeverStops when there is
   * no such instance (any more), or nothing that falls due within a year stops it.
   */
  async advanceUntilStopped(id: string, onProgress: (jobs: number) => void = () => undefined): Promise<number> {
    const { store, clock } = this.#options
    const look = () => store.transaction('read', tx => findInstance(tx, id))
    const giveUpAt = clock.now() + longestWaitMs
    let done = await this.runDue()
    for (let found = await look(); found?.status !== 'Stopped'; found = await look()) {
      if (found === undefined) throw new NeverStops(`There is no instance ${id}.`)
      const next = await this.nextDueTime()
      if (next === undefined || next > giveUpAt) {
        throw new NeverStops(`${id} is ${found.status}, and nothing that is due will stop it.`)
      }
      done += await this.advanceTo(next)
      onProgress(done)
    }
    return done
  }

  async #runRounds(): Promise<number> {
    let done = 0
    for (let count = await this.#runRound(); count > 0; count = await this.#runRound()) done += count
    await this.#plan()
    return done
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

  /** Claims what is due, drives it, writes the outcome; returns how many jobs it took on. */
  async #runRound(): Promise<number> {
    const { store, clock, driver } = this.#options
    const now = clock.now()
    const released = await this.#releaseDue(now)
    const claimed = await store.transaction('write', async tx => {
      await giveBack(tx, this.#claimed)
      const wallNow = wallClock.now()
      const jobs = await claimJobs(tx, { now, wallNow, leaseUntil: wallNow + leaseMs, limit: roundSize })
      if (jobs.length === 0) return []
      const machines = await listMachines(
        tx,
        jobs.map(job => job.instanceSeq),
      )
      const bySeq = new Map(machines.map(machine => [machine.seq, machine]))
      // A job whose instance is gone has nothing left to finish.
      await deleteJobs(
        tx,
        jobs.filter(job => !bySeq.has(job.instanceSeq)).map(job => job.instanceSeq),
      )
      return jobs.flatMap(job => {
        const machine = bySeq.get(job.instanceSeq)
        return machine === undefined ? [] : [{ job, machine }]
      })
    })
    this.#claimed = claimed.map(({ job }) => job)
    if (claimed.length === 0) return released
    failpoints.pass('jobs:claimed')
    const driven = await Promise.all(claimed.map(({ job, machine }) => this.#driveOne(job, machine, now)))
    failpoints.pass('jobs:driven')
    await store.transaction('write', async tx => {
      const own = await keepOwn(
        tx,
        driven.map(({ job }): Job => job),
      )
      const { afterGrace, events, meter } = this.#options
      await writeOutcomes(
        tx,
        driven.filter(({ job }) => own.has(job)),
        { driver, now, afterGrace, events, meter },
      )
    })
    this.#claimed = []
    return released + driven.length
  }

  /** Releases what has reached its time; returns how many. */
  async #releaseDue(now: number): Promise<number> {
    const { store, driver, events, meter, log } = this.#options
    const next = await store.transaction('read', findNextReleaseTime)
    if (next === undefined || next > now) return 0
    const released = await store.transaction('write', tx => releaseDue(tx, { now, limit: roundSize, events, meter }))
    for (const machine of released) {
      await driver.destroy(machine).catch((error: unknown) => {
        log.error({ err: error, instanceId: machine.id }, 'A released machine could not be removed.')
      })
    }
    return released.length
  }

  /** A machine that cannot be driven is tried again later, and keeps nobody else waiting. */
  async #driveOne(job: Job, machine: Machine, now: number): Promise<Driven> {
    const { driver, log } = this.#options
    try {
      const { progress, forcedByGrace } = await drive(driver, job, machine, now)
      if (progress.done && job.kind === 'release') await driver.destroy(machine)
      return { job, machine, progress, forcedByGrace, failed: false }
    } catch (error) {
      log.error({ err: error, instanceId: machine.id, attempts: job.attempts }, 'A machine could not be driven.')
      const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (job.attempts - 1))
      return { job, machine, progress: { done: false, lookAgainAt: now + waitMs }, forcedByGrace: false, failed: true }
    }
  }

  /** When the next job or release falls due; instance time, ms. */
  nextDueTime(): Promise<number | undefined> {
    return this.#options.store.transaction('read', async tx => {
      const times = [await findNextDueTime(tx, wallClock.now()), await findNextReleaseTime(tx)]
      const known = times.filter(time => time !== undefined)
      return known.length === 0 ? undefined : Math.min(...known)
    })
  }

  async #plan(): Promise<void> {
    this.#alarmAt = Infinity
    const next = await this.nextDueTime()
    if (next !== undefined) this.wake(next)
  }

  #setAlarm(at: number): void {
    const { clock } = this.#options
    this.#cancelAlarm()
    this.#alarmAt = at
    this.#cancelAlarm = clock.alarm(Math.max(at, clock.now() + gatherMs), () => {
      this.#alarmAt = Infinity
      this.#runInBackground()
    })
  }

  #watchIdle(): void {
    if (this.#options.clock.mode !== 'auto' || this.#stopped) return
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
    const next = await this.nextDueTime()
    if (next === undefined || this.#stopped) return
    await this.advanceTo(next)
    this.#watchIdle()
  }

  #saveTime(): Promise<void> {
    const now = String(this.#options.clock.now())
    return this.#options.store.transaction('write', tx => putSetting(tx, 'instanceTime', now))
  }
}

/** Makes jobs of a round that failed free at once, instead of when their lease ends. */
async function giveBack(tx: Tx, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  for (const job of await keepOwn(tx, jobs)) await postponeJob(tx, job, job.dueAt)
}
