import sql, { empty } from 'sql-template-tag'
import type { FaultRule } from '../../domain/faults/rule.ts'
import { json, number, text } from '../columns.ts'
import type { SharedStore, Tx } from '../store.ts'
import { type Row, table } from '../table.ts'
import { takeNumbers } from './world/counters.ts'

export const faults = table('faults', {
  seq: number,
  id: text,
  rule: json<FaultRule>(),
  /** Calls or instances that fitted, and those that were struck. */
  seen: number,
  struck: number,
})

const states = faults.except('seq')
export type FaultState = Omit<Row<typeof faults>, 'seq'>

/** Adds a rule behind those that are there. */
export async function insertFault(tx: Tx, rule: FaultRule): Promise<FaultState> {
  const seq = 1 + (await takeNumbers(tx, 'faults', 1))
  const state = { id: `fault-${seq}`, rule, seen: 0, struck: 0 }
  await faults.insert(tx, [{ seq, ...state }])
  return state
}

/** In the order in which they are tried. */
export function listFaults(tx: Tx): Promise<FaultState[]> {
  return states.list(tx, sql`order by seq`)
}

export async function deleteFault(tx: Tx, id: string): Promise<boolean> {
  return (await tx.run(sql`delete from faults where id = ${id}`)) > 0
}

export async function deleteFaults(tx: Tx): Promise<void> {
  await tx.run(sql`delete from faults`)
}

export async function updateFaultCounts(tx: Tx, { id, seen, struck }: Omit<FaultState, 'rule'>): Promise<void> {
  await faults.update(tx, { seen, struck }, sql`id = ${id}`)
}

/** Counts one more that a rule fits and returns how many that makes; undefined when the rule is gone. */
export async function countSeen(shared: SharedStore, id: string): Promise<number | undefined> {
  const [row] = await shared.autonomous<{ seen: number }>(
    sql`update faults set seen = seen + 1 where id = ${id} returning seen`,
  )
  return row?.seen
}

/** Counts one more that is struck, unless that would be more than `times`. */
export async function countStruck(shared: SharedStore, id: string, times: number | undefined): Promise<boolean> {
  const limit = times === undefined ? empty : sql`and struck < ${times}`
  const rows = await shared.autonomous(
    sql`update faults set struck = struck + 1 where id = ${id} ${limit} returning id`,
  )
  return rows.length > 0
}
