import type { Sql } from 'sql-template-tag'
import type { Tx } from '../store/store.ts'

/** A job that a round has in hand, with the machine that it is for. */
export interface ClaimedJob {
  readonly instanceId: string
  /** Instance time, ms. */
  readonly dueAt: number
  /** How often it has been taken up since it last got anywhere. */
  readonly attempts: number
}

/** What a look at a job's machine has come to. */
export interface JobResult {
  /** When the machine wants to be looked at again, for this job or the one that follows from it; Infinity for never. */
  readonly lookAgainAt: number
}

/** The pending changes of machines: what they are, and what becomes of them, is not the engine's business. */
export interface JobQueue<Claimed extends ClaimedJob, Result extends JobResult> {
  /** When the next job that nobody has leased falls due: a query of one value, instance time in ms. */
  next(): Sql
  /** The next jobs that fall due until `until` and that nobody has, in order; they and their machines stay locked. */
  list(tx: Tx, until: number, limit: number): Promise<Claimed[]>
  /** Whether the driver waits for nothing when it is asked about a job. */
  answersAtOnce(job: Claimed): boolean
  /** Asks the driver how far a job is; fails when it gives no answer. */
  drive(job: Claimed, now: number): Promise<Result>
  /** The result of a job that could not be driven, and is tried again at `retryAt`. */
  failed(job: Claimed, now: number, retryAt: number): Result
  /** Writes what jobs have come to. */
  settle(tx: Tx, results: readonly Result[]): Promise<void>
  /** Leases jobs to this process until `leaseUntil`, machine time in ms, and counts the attempt. */
  lease(tx: Tx, jobs: readonly Claimed[], leaseUntil: number): Promise<Claimed[]>
  renewLeases(tx: Tx, jobs: readonly Claimed[], leaseUntil: number): Promise<void>
  /** As settle, for jobs that were leased: those that somebody else has replaced or taken over are left alone. */
  settleLeased(tx: Tx, results: readonly Result[]): Promise<void>
  /** Makes leased jobs free at once, as far as they are still this process's. */
  giveBack(tx: Tx, jobs: readonly Claimed[]): Promise<void>
  /** Makes all jobs free: for a process that is alone on the store. */
  endLeases(tx: Tx): Promise<void>
}
