import { after, type Cancel, type Clock, every, sleep } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { SharedStore, Store, Topic, Tx } from '../store/store.ts'
import { endOfTime, nextOf } from './due-work.ts'
import { IdleWatch } from './idle-watch.ts'
import { InstanceTime, movingMode } from './instance-time.ts'
import type { Rounds, Round } from './rounds.ts'

/** After a round that failed. */
const retryAfterMs = 1_000
/** Jobs that fall due this close together share a round. */
const gatherMs = 10
/** How long, of instance time, a wait for an instance goes on; ms. */
const longestWaitMs = 366 * 86_400_000
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
  readonly log: Log
  readonly rounds: Pick<Rounds<never, never>, 'run' | 'findDue' | 'endLeases'>
  readonly instances: InstanceTimes
  /** Whether this process does jobs by itself; if not, others that share the store do. */
  readonly works: boolean
  /** Whether what falls due at almost the same time is done in one round. */
  readonly gathers: boolean
}

/** When what is shown of instances may change, besides by due work. */
export interface InstanceTimes {
  /** An instance's status, and when something of its own falls due that may change it; undefined when there is none. */
  findNextChange(tx: Tx, id: string): Promise<{ readonly status: string; readonly changesAt: number } | undefined>
  /** When queries go back to showing what is true, where a fault has them show something else; Infinity for never. */
  findNextStaleEnd(tx: Tx, now: number): Promise<number>
}

/**
 * Finishes what calls began. Every pending change is a job or other due work with a time in the store; rounds claim what
 * is due, do it and write the outcome, so any process may die at any point and the next one carries on.
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #time: InstanceTime
  /** Of an auto clock. */
  readonly #idleWatch: IdleWatch | undefined
  #cancelAlarm: Cancel = () => undefined
  #stopLooking: Cancel = () => undefined
  #alarmAt = Infinity
  /** Rounds take turns. */
  #lastRound: Promise<unknown> = Promise.resolve()
  #stopped = false

  constructor(options: EngineOptions) {
    const { store, clock, works } = options
    this.#options = options
    this.#time = new InstanceTime(store, clock)
    if (clock.mode === 'auto' && works) this.#idleWatch = new IdleWatch(() => this.#moveOnInBackground())
    store.onDue((at, elsewhere) => this.#expect(at, elsewhere))
  }

  /** Takes up what an earlier process left, and joins those that work on the same store. */
  async start(): Promise<void> {
    const { store } = this.#options
    if (store.shared === undefined) await store.transaction('write', tx => this.#options.rounds.endLeases(tx))
    else this.#join(store.shared)
    await this.#plan()
  }

  /** Goes on from a state that was put in place of another: its clock, where that is ahead, and its jobs. */
  async takeUp(): Promise<void> {
    const { store } = this.#options
    await this.#time.read()
    await store.transaction('write', tx => this.#options.rounds.endLeases(tx))
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
      if (topic === 'clock') await this.#time.read()
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
    await this.#time.read().catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopLooking()
    this.#cancelAlarm()
    this.#idleWatch?.stop()
    await this.#lastRound.catch(() => undefined)
    if (this.#options.clock.drifts) await this.#time.save().catch(() => undefined)
  }

  /** Something that is committed falls due at `dueAt`, instance time; `elsewhere`: another process may have to do it. */
  #expect(dueAt: number, elsewhere = false): void {
    const { works, store } = this.#options
    if (elsewhere || !works) store.shared?.notify('jobs')
    if (this.#stopped || !works) return
    if (dueAt < this.#alarmAt) this.#setAlarm(dueAt)
    this.#idleWatch?.watch()
  }

  /** Brackets an API call: an auto clock stands still while one is under way. Call the result when it is over. */
  callBegins(): () => void {
    return this.#idleWatch?.callBegins() ?? nothing
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
    await this.#time.save()
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
    const { store, instances, rounds } = this.#options
    return store.transaction('read', async tx => {
      const found = await instances.findNextChange(tx, id)
      if (found === undefined) return undefined
      const { awaited } = await rounds.findDue(tx)
      return { status: found.status, changesAt: Math.min(awaited, found.changesAt) }
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

  #takeTurn(until: number): Promise<Round> {
    const run = () => {
      // What is committed from here on notifies of itself.
      this.#alarmAt = Infinity
      return this.#options.rounds.run(until)
    }
    const round = this.#lastRound.catch(() => undefined).then(run)
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

  async #plan(): Promise<void> {
    if (!this.#options.works) return
    this.#alarmAt = Infinity
    const { store, rounds } = this.#options
    const next = nextOf(await store.transaction('read', tx => rounds.findDue(tx)))
    if (next !== Infinity) this.#expect(next)
  }

  #setAlarm(at: number): void {
    const { clock, gathers } = this.#options
    const earliest = clock.now() + (gathers ? gatherMs : 0)
    this.#cancelAlarm()
    this.#alarmAt = at
    this.#cancelAlarm = clock.alarm(Math.max(at, earliest), () => {
      this.#alarmAt = Infinity
      this.#runInBackground()
    })
  }

  #moveOnInBackground(): void {
    this.#moveOn().catch((error: unknown) => {
      if (this.#stopped) return
      this.#options.log.error({ err: error }, 'The clock could not move on; it is tried again.')
      this.#retryLater()
    })
  }

  async #moveOn(): Promise<void> {
    if (this.#stopped) return
    const { store, clock, rounds, instances } = this.#options
    const next = await store.transaction('read', async tx => {
      // Callers also wait for the truth to be shown again.
      const staleEnd = await instances.findNextStaleEnd(tx, clock.now())
      return Math.min(nextOf(await rounds.findDue(tx), endOfTime), staleEnd)
    })
    if (next === Infinity || this.#stopped) return
    await this.advanceTo(next)
    this.#idleWatch?.watch()
  }

  /** Ends an advance at `at`, unless a call has just made something that falls due before; then it has to go on. */
  #arrive(at: number): Promise<boolean> {
    const { store, clock, rounds } = this.#options
    return store.transaction(movingMode(clock), async tx => {
      if (nextOf(await rounds.findDue(tx)) <= at) return false
      clock.moveTo(at)
      return true
    })
  }
}

const nothing = () => undefined
