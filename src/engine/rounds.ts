import { type Cancel, type Clock, every, wallClock } from '../platform/clock.ts'
import { failpoints } from '../platform/failpoints.ts'
import type { Log } from '../platform/logger.ts'
import type { Store, Tx } from '../store/store.ts'
import { type Due, dueQuery, type DueWork, nextOf } from './due-work.ts'
import { movingMode } from './instance-time.ts'
import type { ClaimedJob, JobQueue, JobResult } from './jobs.ts'

/** Jobs of one transaction; API calls have their turn in between. */
const roundSize = 200
/** How long a lease lasts; a worker that dies loses its jobs after that. */
const leaseMs = 30_000
/** How long a machine that could not be driven is left alone: doubled each time, ms of instance time. */
const firstBackoffMs = 1_000
const longestBackoffMs = 60_000

export interface RoundOptions<Claimed extends ClaimedJob, Result extends JobResult> {
  readonly store: Store
  readonly clock: Clock
  readonly jobs: JobQueue<Claimed, Result>
  /** In the order in which what falls due at the same time is done. */
  readonly works: readonly DueWork[]
  readonly log: Log
}

/** What a round did, and what is due then. */
export interface Round {
  readonly done: number
  readonly due: Due
}

/** What a round did in its first transaction. */
interface Taken<Claimed> extends Round {
  /** Jobs that are leased because their machines have to be waited for. */
  readonly waiting: readonly Claimed[]
  /** The time at which those are driven; instance time, ms. */
  readonly now: number
}

/**
 * Does what is due, some of it at a time. A driver that answers at once is asked inside the transaction that writes the
 * outcome. Jobs of one that does not are leased first, and driven between two transactions.
 */
export class Rounds<Claimed extends ClaimedJob, Result extends JobResult> {
  readonly #options: RoundOptions<Claimed, Result>
  readonly #findDue: ReturnType<typeof dueQuery>
  /** Jobs that were leased and not finished; what is left of a round that failed is given back by the next. */
  #leased: readonly Claimed[] = []

  constructor(options: RoundOptions<Claimed, Result>) {
    this.#options = options
    this.#findDue = dueQuery(options.works)
  }

  findDue(tx: Tx): Promise<Due> {
    return this.#findDue(tx, this.#options.jobs.next())
  }

  endLeases(tx: Tx): Promise<void> {
    return this.#options.jobs.endLeases(tx)
  }

  /** Does the next things that fall due until `until`. */
  async run(until: number): Promise<Round> {
    const { store, clock } = this.#options
    const { done, waiting, now, due } = await store.transaction(movingMode(clock), tx => this.#take(tx, until))
    this.#leased = waiting
    if (waiting.length > 0) return { done: done + waiting.length, due: await this.#finish(waiting, now) }
    if (due.work > clock.now()) return { done, due }
    const count = await store.transaction('write', tx => this.#work(tx, clock.now()))
    return { done: done + count, due: await store.transaction('read', tx => this.findDue(tx)) }
  }

  /**
   * Moves a virtual clock to what falls due next, and drives the machines that answer at once, each at its own time. It
   * ends before anything else comes in between, so that all things happen in order.
   */
  async #take(tx: Tx, until: number): Promise<Taken<Claimed>> {
    const { clock, jobs } = this.#options
    if (this.#leased.length > 0) await jobs.giveBack(tx, this.#leased)
    const due = await this.findDue(tx)
    const next = nextOf(due, until)
    if (next <= until && next > clock.now()) clock.moveTo(next)
    let now = clock.now()
    if (next > until || due.work <= now) return { done: 0, waiting: [], now, due }
    const results: Result[] = []
    const toWaitFor: Claimed[] = []
    let followUpAt = Infinity
    const claimed = await jobs.list(tx, Math.min(until, due.work - 1), roundSize)
    if (claimed.length > 0) failpoints.pass('jobs:claimed')
    for (const job of claimed) {
      const at = Math.max(now, job.dueAt)
      if (at > now && (toWaitFor.length > 0 || followUpAt <= at)) break
      now = at
      if (jobs.answersAtOnce(job)) {
        const result = await this.#drive({ ...job, attempts: job.attempts + 1 }, now)
        followUpAt = Math.min(followUpAt, result.lookAgainAt)
        results.push(result)
      } else {
        toWaitFor.push(job)
      }
    }
    if (results.length > 0) failpoints.pass('jobs:driven')
    await jobs.settle(tx, results)
    const waiting = toWaitFor.length === 0 ? [] : await jobs.lease(tx, toWaitFor, wallClock.now() + leaseMs)
    if (now > clock.now()) clock.moveTo(now)
    return { done: results.length, waiting, now, due: await this.findDue(tx) }
  }

  /** Waits for machines whose jobs are leased and writes the outcome; returns what is due then. */
  async #finish(leased: readonly Claimed[], now: number): Promise<Due> {
    const { store, jobs } = this.#options
    failpoints.pass('jobs:claimed')
    const stopRenewing = this.#renewLeases(leased)
    const results = await Promise.all(leased.map(job => this.#drive(job, now)))
    stopRenewing()
    failpoints.pass('jobs:driven')
    const due = await store.transaction('write', async tx => {
      await jobs.settleLeased(tx, results)
      return this.findDue(tx)
    })
    this.#leased = []
    return due
  }

  /** Keeps jobs from other processes for as long as their machines are waited for. */
  #renewLeases(leased: readonly Claimed[]): Cancel {
    const { store, jobs, log } = this.#options
    return every(leaseMs / 3, () => {
      store
        .transaction('write', tx => jobs.renewLeases(tx, leased, wallClock.now() + leaseMs))
        .catch((error: unknown) => log.warn({ err: error }, 'Leases could not be renewed.'))
    })
  }

  /** A machine that cannot be driven is tried again later, and keeps nobody else waiting. */
  async #drive(job: Claimed, now: number): Promise<Result> {
    const { jobs, log } = this.#options
    try {
      return await jobs.drive(job, now)
    } catch (error) {
      const { instanceId, attempts } = job
      log.error({ err: error, instanceId, attempts }, 'A machine could not be driven.')
      return jobs.failed(job, now, now + Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempts - 1)))
    }
  }

  /** Does the due work of this time; returns how much that was. */
  async #work(tx: Tx, now: number): Promise<number> {
    const { works, log } = this.#options
    let total = 0
    for (const { name, run } of works) {
      const count = await run(tx, now, roundSize)
      if (count > 0) log.debug({ work: name, count }, 'Due work is done.')
      total += count
    }
    return total
  }
}
