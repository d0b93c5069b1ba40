import sql from 'sql-template-tag'
import { nullable, number, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

/** Why a spot instance is taken back: the market asks more than its limit, or its capacity is needed. */
export type InterruptionCause = 'price' | 'capacity'

/** Spot instances that are going to be taken back; one row per instance. Times are instance time in ms. */
export const spotInterruptions = table('spot_interruptions', {
  instanceSeq: number,
  instanceId: text,
  cause: textOf<InterruptionCause>(),
  /** When notice was given; null before. */
  noticedAt: nullable(number),
  /** When the next step is due: the notice, or what it announced. */
  dueAt: number,
})

export type SpotInterruption = Row<typeof spotInterruptions>

/** One that is planned already stays as it is. */
export async function insertInterruption(tx: Tx, one: SpotInterruption): Promise<void> {
  await spotInterruptions.insert(tx, [one], sql`on conflict (instance_seq) do nothing`)
}

export async function updateInterruption(
  tx: Tx,
  { instanceSeq, noticedAt, dueAt }: Pick<SpotInterruption, 'instanceSeq' | 'noticedAt' | 'dueAt'>,
): Promise<void> {
  await spotInterruptions.update(tx, { noticedAt, dueAt }, sql`instance_seq = ${instanceSeq}`)
}

export async function deleteInterruption(tx: Tx, instanceSeq: number): Promise<void> {
  await tx.run(sql`delete from spot_interruptions where instance_seq = ${instanceSeq}`)
}

export function findInterruption(tx: Tx, instanceSeq: number): Promise<SpotInterruption | undefined> {
  return spotInterruptions.all.find(tx, sql`where instance_seq = ${instanceSeq}`)
}

/** When the next step is due; instance time, ms. */
export const nextInterruption = sql`select min(due_at) as at from spot_interruptions`

/** Those whose next step is due by now, the oldest first; the rows stay locked. */
export function listDueInterruptions(tx: Tx, now: number, limit: number): Promise<SpotInterruption[]> {
  return spotInterruptions.all.list(
    tx,
    sql`where due_at <= ${now} order by due_at, instance_seq limit ${limit} ${tx.dialect.skipLocked}`,
  )
}
