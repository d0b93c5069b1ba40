import sql, { type Sql } from 'sql-template-tag'
import type { InstanceFacts, InstanceStatus, OperationInFlight, StopMode } from '../../../domain/instances/types.ts'
import type { Tx } from '../../store.ts'
import { firstNumber, type Row } from '../../table.ts'
import { instances, lock, ofAccount, type Power } from './instances.ts'

const facts = instances.select(
  'id',
  'seq',
  'accountId',
  'regionId',
  'zoneId',
  'type',
  'status',
  'operation',
  'stopMode',
  'chargeType',
  'spotStrategy',
  'networkType',
  'locks',
  'kmsKeyIds',
  'managed',
  'deletionProtection',
  'guest',
  'regainsPublicIp',
  'expiresAt',
  'rebootPlanned',
  'hostId',
)

/** Facts of those of `ids` that the account has, in any region, in no particular order; the rows stay locked. */
export function listFacts(tx: Tx, accountId: string, ids: readonly string[]): Promise<InstanceFacts[]> {
  return facts.list(tx, sql`where ${ofAccount(tx, accountId, ids)} order by id ${lock(tx)}`)
}

const machineColumns = [
  'id',
  'seq',
  'accountId',
  'regionId',
  'zoneId',
  'type',
  'status',
  'operation',
  'stopMode',
  'intentPower',
  'machinePower',
  'guest',
  'hostId',
] as const
const machines = instances.select(...machineColumns)

/** What the engine needs to drive a machine. */
export type Machine = Pick<Row<typeof instances>, (typeof machineColumns)[number]>

/** Those that still exist, by their numbers, but for those that another transaction has locked; the rows stay locked. */
export function listFreeMachines(tx: Tx, seqs: readonly number[]): Promise<Machine[]> {
  return machines.list(tx, sql`where ${tx.dialect.oneOf(sql`seq`, seqs)} ${tx.dialect.skipLocked}`)
}

/** Those that still exist, by their numbers; the rows stay locked. */
export function listMachines(tx: Tx, seqs: readonly number[]): Promise<Machine[]> {
  return machines.list(tx, sql`where ${inLockingOrder(tx, seqs)}`)
}

/** Locks instances by their numbers, in the order in which everybody locks them. Whoever locks jobs, too, does this first. */
export async function lockMachines(tx: Tx, seqs: readonly number[]): Promise<void> {
  await tx.all(sql`select 1 as one from instances where ${inLockingOrder(tx, seqs)}`)
}

function inLockingOrder(tx: Tx, seqs: readonly number[]): Sql {
  return sql`${tx.dialect.oneOf(sql`seq`, seqs)} order by id ${tx.dialect.forUpdate}`
}

/** Those whose time to be released has come (instance time, ms), the oldest time first; the rows stay locked. */
export function listReleaseDue(tx: Tx, now: number, limit: number): Promise<Machine[]> {
  return machines.list(
    tx,
    sql`where auto_release_at is not null and auto_release_at <= ${now}
      order by auto_release_at limit ${limit} ${tx.dialect.skipLocked}`,
  )
}

/** When the next instance is to be released; instance time, ms. */
export const nextRelease = sql`select min(auto_release_at) as at from instances where auto_release_at is not null`

export interface PowerChange {
  readonly status: InstanceStatus
  readonly operation: OperationInFlight | null
  /** Left as it is when absent. */
  readonly stopMode?: StopMode | null
  readonly intent?: { readonly power: Power; readonly by: string; readonly at: number }
  readonly machinePower?: Power
  readonly startedAt?: number
  /** Takes static public addresses away until the next start. */
  readonly losesPublicIp?: true
}

/** Writes one state to several instances. */
export async function updatePower(
  tx: Tx,
  ids: readonly string[],
  { status, operation, stopMode, intent, machinePower, startedAt, losesPublicIp }: PowerChange,
): Promise<void> {
  const changes = {
    status,
    operation,
    stopMode,
    intentPower: intent?.power,
    intentBy: intent?.by,
    intentAt: intent?.at,
    machinePower,
    startedAt,
    ...(losesPublicIp === undefined ? {} : losePublicIp),
  }
  await instances.update(tx, changes, tx.dialect.oneOf(sql`id`, ids))
}

const losePublicIp = {
  regainsPublicIp: sql`case when public_ip = '' then regains_public_ip else 1 end`,
  publicIp: '',
}

/** Those whose rates change when they are Stopped: a plain stop in standard mode goes on costing. */
export function listCheaperWhenStopped(tx: Tx, numbers: readonly number[]): Promise<number[]> {
  return tx.all(
    sql`select seq from instances
      where ${tx.dialect.oneOf(sql`seq`, numbers)} and (stop_mode = 'StopCharging' or locks <> '[]')`,
    firstNumber,
  )
}
