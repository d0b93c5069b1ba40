import sql from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** Why a spot instance is taken back: the market asks more than its limit, or its capacity is needed. */
export type InterruptionCause = 'price' | 'capacity'

/** A spot instance is going to be taken back; one row per instance. Times are instance time in ms. */
export interface SpotInterruption {
  readonly instanceSeq: number
  readonly instanceId: string
  readonly cause: InterruptionCause
  /** When notice was given; null before. */
  readonly noticedAt: number | null
  /** When the next step is due: the notice, or what it announced. */
  readonly dueAt: number
}

/** One that is planned already stays as it is. */
export async function insertInterruption(tx: Tx, one: SpotInterruption): Promise<void> {
  await tx.run(sql`
    insert into spot_interruptions (instance_seq, instance_id, cause, noticed_at, due_at)
    values (${one.instanceSeq}, ${one.instanceId}, ${one.cause}, ${one.noticedAt}, ${one.dueAt})
    on conflict (instance_seq) do nothing`)
}

export async function updateInterruption(
  tx: Tx,
  one: Pick<SpotInterruption, 'instanceSeq' | 'noticedAt' | 'dueAt'>,
): Promise<void> {
  await tx.run(sql`
    update spot_interruptions set noticed_at = ${one.noticedAt}, due_at = ${one.dueAt}
    where instance_seq = ${one.instanceSeq}`)
}

export async function deleteInterruption(tx: Tx, instanceSeq: number): Promise<void> {
  await tx.run(sql`delete from spot_interruptions where instance_seq = ${instanceSeq}`)
}

export async function findInterruption(tx: Tx, instanceSeq: number): Promise<SpotInterruption | undefined> {
  const row = await tx.get<InterruptionRow>(sql`select * from spot_interruptions where instance_seq = ${instanceSeq}`)
  return row === undefined ? undefined : toInterruption(row)
}

/** When the next step is due; instance time, ms. */
export const nextInterruption = sql`select min(due_at) as at from spot_interruptions`

/** Those whose next step is due by now, the oldest first; the rows stay locked. */
export async function listDueInterruptions(tx: Tx, now: number, limit: number): Promise<SpotInterruption[]> {
  const rows = await tx.all<InterruptionRow>(sql`
    select * from spot_interruptions where due_at <= ${now}
    order by due_at, instance_seq limit ${limit} ${tx.dialect.skipLocked}`)
  return rows.map(toInterruption)
}

interface InterruptionRow {
  instance_seq: number
  instance_id: string
  cause: InterruptionCause
  noticed_at: number | null
  due_at: number
}

function toInterruption(row: InterruptionRow): SpotInterruption {
  return {
    instanceSeq: row.instance_seq,
    instanceId: row.instance_id,
    cause: row.cause,
    noticedAt: row.noticed_at,
    dueAt: row.due_at,
  }
}
