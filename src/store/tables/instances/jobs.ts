import sql, { type Sql } from 'sql-template-tag'
import type { Guest } from '../../../domain/instances/types.ts'
import { json, nullable, number, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'
import { type Claims, ofClaims } from '../hosts/claims.ts'

export const jobKinds = ['provision', 'start', 'stop', 'deallocate', 'reboot', 'release'] as const
export type JobKind = (typeof jobKinds)[number]

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

/** Work that will finish a state change, committed together with it. One instance has one at most. */
export const jobs = table('jobs', {
  /** The instance's number, which is also the job's: rows of a fleet stand together, and no text is indexed. */
  instanceSeq: number,
  kind: textOf<JobKind>(),
  instanceId: text,
  /** Instance time, ms. */
  dueAt: number,
  /** Until then it is somebody's; machine time, ms. */
  leasedUntil: number,
  /** Changes whenever somebody else takes the job over or replaces it. */
  revision: number,
  /** Times it was claimed without coming to an end. */
  attempts: number,
  /** The host that has the machine; null for a simulated one. */
  hostId: nullable(text),
  payload: json<JobPayload>(),
})

const withoutLease = jobs.except('leasedUntil')
export type Job = Omit<Row<typeof jobs>, 'leasedUntil'>
export type NewJob = Omit<Job, 'revision' | 'attempts'>

/** The due time of a job that waits for somebody else to end it; instance time, ms. */
export const never = Number.MAX_SAFE_INTEGER

const takePlace = sql`
  on conflict (instance_seq) do update set kind = excluded.kind, due_at = excluded.due_at, leased_until = 0,
    revision = jobs.revision + 1, attempts = 0, payload = excluded.payload`

/** Puts jobs in, each in the place of the one its instance had. */
export async function putJobs(tx: Tx, rows: readonly NewJob[]): Promise<void> {
  await jobs.insert(
    tx,
    rows.map(row => ({ ...row, leasedUntil: 0, revision: 1, attempts: 0 })),
    takePlace,
  )
}

/**
 * Up to `limit` jobs that fall due until `until` (instance time, ms) and that nobody holds, in the order in which they
 * are to be done; they stay locked. Rows that another worker has locked are passed over, so that workers never wait for
 * each other.
 */
export function listDueJobs(
  tx: Tx,
  options: { until: number; wallNow: number; limit: number; claims?: Claims },
): Promise<Job[]> {
  return withoutLease.list(
    tx,
    sql`where due_at <= ${options.until} and leased_until <= ${options.wallNow} ${ofClaims(options.claims)}
      order by due_at, instance_seq limit ${options.limit} ${tx.dialect.skipLocked}`,
  )
}

/** Leases jobs to the caller until `leaseUntil` (machine time, ms), so that nobody else takes them up. */
export async function leaseJobs<Leased extends Job>(
  tx: Tx,
  leased: readonly Leased[],
  leaseUntil: number,
): Promise<Leased[]> {
  if (leased.length === 0) return []
  const changes = { leasedUntil: leaseUntil, revision: sql`revision + 1`, attempts: sql`attempts + 1` }
  await jobs.update(tx, changes, ofInstances(tx, numbersOf(leased)))
  return leased.map(job => Object.assign({}, job, { revision: job.revision + 1, attempts: job.attempts + 1 }))
}

/** Makes leases last until `leaseUntil`, as far as the jobs are still the caller's. */
export async function renewLeases(tx: Tx, leased: readonly Job[], leaseUntil: number): Promise<void> {
  const own = [...(await keepOwn(tx, leased))]
  if (own.length === 0) return
  await jobs.update(tx, { leasedUntil: leaseUntil }, ofInstances(tx, numbersOf(own)))
}

/**
 * Which of the claimed jobs nobody has replaced or taken over since; they stay locked. A later job of the same instance
 * counts its revisions anew, so the order must be the same, too.
 */
export async function keepOwn(tx: Tx, claimed: readonly Job[]): Promise<Set<Job>> {
  const rows = await withoutLease.list(
    tx,
    sql`where ${ofInstances(tx, numbersOf(claimed))} order by instance_seq ${tx.dialect.forUpdate}`,
  )
  const now = new Map(rows.map(row => [row.instanceSeq, row]))
  return new Set(claimed.filter(job => isSame(job, now.get(job.instanceSeq))))
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
  if (instanceSeqs.length > 0) await tx.run(sql`delete from jobs where ${ofInstances(tx, instanceSeqs)}`)
}

/** Deletes those of these jobs whose instances don't exist any more. */
export async function deleteOrphans(tx: Tx, instanceSeqs: readonly number[]): Promise<void> {
  if (instanceSeqs.length === 0) return
  await tx.run(sql`
    delete from jobs where ${ofInstances(tx, instanceSeqs)}
      and not exists (select 1 from instances where instances.seq = jobs.instance_seq)`)
}

/** The job that an instance has. */
export function findJob(tx: Tx, instanceSeq: number): Promise<Job | undefined> {
  return withoutLease.find(tx, sql`where instance_seq = ${instanceSeq}`)
}

/** The jobs that these instances have, by the instances' numbers. */
export async function listJobs(tx: Tx, instanceSeqs: readonly number[]): Promise<ReadonlyMap<number, Job>> {
  if (instanceSeqs.length === 0) return new Map()
  const rows = await withoutLease.list(tx, sql`where ${ofInstances(tx, instanceSeqs)}`)
  return new Map(rows.map(row => [row.instanceSeq, row]))
}

/** Gives a claimed job back until `dueAt`. */
export async function postponeJob(tx: Tx, job: Job, dueAt: number, attempts = 0): Promise<void> {
  await jobs.update(tx, { dueAt, leasedUntil: 0, attempts }, sql`instance_seq = ${job.instanceSeq}`)
}

/** When the next job that nobody holds at `wallNow` (machine time, ms) falls due; instance time, ms. */
export function nextJob(wallNow: number, claims: Claims): Sql {
  return sql`
    select min(due_at) as at from jobs where leased_until <= ${wallNow} and due_at < ${never} ${ofClaims(claims)}`
}

/** Ends every lease: for a process that is alone at its start, on the store or as this host. */
export async function endLeases(tx: Tx, hostId?: string): Promise<void> {
  const claims = hostId === undefined ? undefined : { hostId }
  await jobs.update(tx, { leasedUntil: 0 }, sql`leased_until > 0 ${ofClaims(claims)}`)
}

function ofInstances(tx: Tx, seqs: readonly number[]): Sql {
  return tx.dialect.oneOf(sql`instance_seq`, seqs)
}

function numbersOf(some: readonly Job[]): number[] {
  return some.map(job => job.instanceSeq)
}
