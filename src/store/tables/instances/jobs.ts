import sql, { bulk, join, type Sql } from 'sql-template-tag'
import type { Guest } from '../../../domain/instances/types.ts'
import { type Claims, ofClaims } from '../hosts/claims.ts'
import type { Tx } from '../../store.ts'
import { together } from '../../together.ts'

export const jobKinds = ['provision', 'start', 'stop', 'deallocate', 'reboot', 'release'] as const
export type JobKind = (typeof jobKinds)[number]

/** Work that will finish a state change, committed together with it. One instance has one at most. */
export interface Job {
  /** The instance's number, which is also the job's: rows of a fleet stand together, and no text is indexed. */
  readonly instanceSeq: number
  readonly kind: JobKind
  readonly instanceId: string
  /** Instance time, ms. */
  readonly dueAt: number
  /** Changes whenever somebody else takes the job over or replaces it. */
  readonly revision: number
  /** Times it was claimed without coming to an end. */
  readonly attempts: number
  /** The host that has the machine; null for a simulated one. */
  readonly hostId: string | null
  readonly payload: JobPayload
}

export interface JobPayload {
  /** When the step that is under way was ordered; instance time, ms. */
  readonly orderedAt: number
  /** Cut the power instead of asking the guest. */
  readonly force: boolean
  /** When a guest that ignores the request is forced; instance time, ms. */
  readonly forceAt: number
  /** The request id the job goes back to. */
  readonly requestId: string
  /** What a fault rule has in store for the job. */
  readonly fault?: JobFault
  /** The system event that the job carries out. */
  readonly systemEventId?: string
}

export interface JobFault {
  /** Takes the place of the machine's own guest. */
  readonly guest?: Guest
  /** The machine is not touched: when the job falls due, the order is taken back for this reason. */
  readonly revertBecause?: string
  /** The first so many tries fail. */
  readonly failingTries?: number
}

/** The due time of a job that waits for somebody else to end it; instance time, ms. */
export const never = Number.MAX_SAFE_INTEGER

export interface NewJob {
  readonly kind: JobKind
  readonly instanceSeq: number
  readonly instanceId: string
  readonly dueAt: number
  readonly hostId: string | null
  readonly payload: JobPayload
}

/** Puts jobs in, each in the place of the one its instance had. */
export async function putJobs(tx: Tx, jobs: readonly NewJob[]): Promise<void> {
  const portions: Promise<unknown>[] = []
  for (let start = 0; start < jobs.length; start += 100) {
    const rows = jobs
      .slice(start, start + 100)
      .map(job => [
        job.instanceSeq,
        job.kind,
        job.instanceId,
        job.dueAt,
        0,
        1,
        0,
        job.hostId,
        JSON.stringify(job.payload),
      ])
    portions.push(
      tx.run(sql`
        insert into jobs (instance_seq, kind, instance_id, due_at, leased_until, revision, attempts, host_id, payload) values ${bulk(rows)}
        on conflict (instance_seq) do update set kind = excluded.kind, due_at = excluded.due_at, leased_until = 0,
          revision = jobs.revision + 1, attempts = 0, payload = excluded.payload`),
    )
  }
  await together(portions)
}

/**
 * Up to `limit` jobs that fall due until `until` (instance time, ms) and that nobody holds, in the order in which they
 * are to be done; they stay locked. Rows that another worker has locked are passed over, so that workers never wait for
 * each other.
 */
export async function listDueJobs(
  tx: Tx,
  options: { until: number; wallNow: number; limit: number; claims?: Claims },
): Promise<Job[]> {
  const rows = await tx.all<JobRow>(sql`
    select instance_seq, kind, instance_id, due_at, revision, attempts, host_id, payload from jobs
    where due_at <= ${options.until} and leased_until <= ${options.wallNow} ${ofClaims(options.claims)}
    order by due_at, instance_seq limit ${options.limit} ${tx.dialect.skipLocked}`)
  return rows.map(toJob)
}

/** Leases jobs to the caller until `leaseUntil` (machine time, ms), so that nobody else takes them up. */
export async function leaseJobs<Leased extends Job>(
  tx: Tx,
  jobs: readonly Leased[],
  leaseUntil: number,
): Promise<Leased[]> {
  if (jobs.length === 0) return []
  await tx.run(sql`
    update jobs set leased_until = ${leaseUntil}, revision = revision + 1, attempts = attempts + 1
    where instance_seq in (${join(jobs.map(job => job.instanceSeq))})`)
  return jobs.map(job => Object.assign({}, job, { revision: job.revision + 1, attempts: job.attempts + 1 }))
}

/** Makes leases last until `leaseUntil`, as far as the jobs are still the caller's. */
export async function renewLeases(tx: Tx, jobs: readonly Job[], leaseUntil: number): Promise<void> {
  const own = [...(await keepOwn(tx, jobs))].map(job => job.instanceSeq)
  if (own.length === 0) return
  await tx.run(sql`update jobs set leased_until = ${leaseUntil} where instance_seq in (${join(own)})`)
}

/**
 * Which of the claimed jobs nobody has replaced or taken over since; they stay locked. A later job of the same instance
 * counts its revisions anew, so the order must be the same, too.
 */
export async function keepOwn(tx: Tx, jobs: readonly Job[]): Promise<Set<Job>> {
  const rows = await tx.all<JobRow>(sql`
    select instance_seq, kind, instance_id, due_at, revision, attempts, host_id, payload from jobs
    where instance_seq in (${join(jobs.map(job => job.instanceSeq))})
    order by instance_seq ${tx.dialect.forUpdate}`)
  const now = new Map(rows.map(row => [row.instance_seq, toJob(row)]))
  return new Set(jobs.filter(job => isSame(job, now.get(job.instanceSeq))))
}

function isSame(claimed: Job, found: Job | undefined): boolean {
  return (
    found !== undefined &&
    found.revision === claimed.revision &&
    found.kind === claimed.kind &&
    found.payload.orderedAt === claimed.payload.orderedAt &&
    found.payload.requestId === claimed.payload.requestId
  )
}

export async function deleteJobs(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  if (instanceSeqs.length > 0) await tx.run(sql`delete from jobs where instance_seq in (${join([...instanceSeqs])})`)
}

/** Deletes those of these jobs whose instances don't exist any more. */
export async function deleteOrphans(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  if (instanceSeqs.length === 0) return
  await tx.run(sql`
    delete from jobs where instance_seq in (${join([...instanceSeqs])})
      and not exists (select 1 from instances where instances.seq = jobs.instance_seq)`)
}

/** The job that an instance has. */
export async function findJob(tx: Tx, instanceSeq: number): Promise<Job | undefined> {
  const row = await tx.get<JobRow>(sql`
    select instance_seq, kind, instance_id, due_at, revision, attempts, host_id, payload from jobs
    where instance_seq = ${instanceSeq}`)
  return row === undefined ? undefined : toJob(row)
}

/** The jobs that these instances have, by the instances' numbers. */
export async function listJobs(tx: Tx, instanceSeqs: readonly number[]): Promise<ReadonlyMap<number, Job>> {
  if (instanceSeqs.length === 0) return new Map()
  const rows = await tx.all<JobRow>(sql`
    select instance_seq, kind, instance_id, due_at, revision, attempts, host_id, payload from jobs
    where ${tx.dialect.oneOf(sql`instance_seq`, instanceSeqs)}`)
  return new Map(rows.map(row => [row.instance_seq, toJob(row)]))
}

/** Gives a claimed job back until `dueAt`. */
export async function postponeJob(tx: Tx, job: Job, dueAt: number, attempts = 0): Promise<void> {
  await tx.run(
    sql`update jobs set due_at = ${dueAt}, leased_until = 0, attempts = ${attempts} where instance_seq = ${job.instanceSeq}`,
  )
}

/** When the next job that nobody holds at `wallNow` (machine time, ms) falls due; instance time, ms. */
export function nextJob(wallNow: number, claims: Claims): Sql {
  return sql`
    select min(due_at) as at from jobs where leased_until <= ${wallNow} and due_at < ${never} ${ofClaims(claims)}`
}

/** Ends every lease: for a process that is alone at its start, on the store or as this host. */
export async function endLeases(tx: Tx, hostId?: string): Promise<void> {
  const claims = hostId === undefined ? undefined : { hostId }
  await tx.run(sql`update jobs set leased_until = 0 where leased_until > 0 ${ofClaims(claims)}`)
}

interface JobRow {
  instance_seq: number
  kind: JobKind
  instance_id: string
  due_at: number
  revision: number
  attempts: number
  host_id: string | null
  payload: string
}

function toJob(row: JobRow): Job {
  return {
    instanceSeq: row.instance_seq,
    kind: row.kind,
    instanceId: row.instance_id,
    dueAt: row.due_at,
    revision: row.revision,
    attempts: row.attempts,
    hostId: row.host_id,
    payload: JSON.parse(row.payload) as JobPayload,
  }
}
