import sql, { join, type Sql } from 'sql-template-tag'
import { wallClock } from '../platform/clock.ts'
import { nextOtherEvent, nextReactivation } from '../store/tables/billing/arrears.ts'
import { nextSettlement } from '../store/tables/billing/balances.ts'
import type { Claims } from '../store/tables/hosts/claims.ts'
import { nextRelease } from '../store/tables/instances/instances.ts'
import { never, nextJob } from '../store/tables/instances/jobs.ts'
import { nextInterruption } from '../store/tables/spot/interruptions.ts'
import type { Tx } from '../store/store.ts'
import { nextExpiry } from '../store/tables/billing/subscriptions.ts'
import { nextSystemEvent } from '../store/tables/system-events.ts'

/** What falls due next; instance time, ms; Infinity when nothing does. */
export interface Due {
  /** The earliest job of the caller's machines that nobody holds. */
  readonly job: number
  /** What the platform does by itself, and what is not a job: releases, system events, ends of subscriptions, settlements, … */
  readonly platform: number
  /**
   * Of that, what a clock is moved to that goes on until nothing is pending: nobody who lets it run until all is done
   * wants it to run until his account is empty, or a subscription ends.
   */
  readonly awaited: number
  /** Of that, system events, those that follow from arrears among them. */
  readonly systemEvent: number
}

/** Later than anything falls due but what waits for somebody to end it. */
export const endOfTime = never - 1

const awaited = earliest([nextRelease, nextOtherEvent, nextInterruption, nextReactivation])
const unawaited = earliest([nextExpiry, nextSettlement])

/** In one statement: it is asked before and after every round. */
export async function findDue(tx: Tx, claims: Claims): Promise<Due> {
  const row = await tx.get<Record<'job' | 'awaited' | 'unawaited' | 'system_event', number | null>>(sql`
    select (${nextJob(wallClock.now(), claims)}) as job, (${awaited}) as awaited, (${unawaited}) as unawaited,
      (${nextSystemEvent}) as system_event`)
  const due = { awaited: row?.awaited ?? Infinity, systemEvent: row?.system_event ?? Infinity }
  const platform = Math.min(due.awaited, due.systemEvent, row?.unawaited ?? Infinity)
  return { ...due, platform, job: row?.job ?? Infinity }
}

function earliest(queries: readonly Sql[]): Sql {
  return sql`select min(at) from (${join(queries, ' union all ')}) as due`
}

/**
 * When the next thing happens by itself. Who goes on until nothing is pending does not go on for the sake of subscriptions:
 * they end sooner or later, or renew themselves for ever.
 */
export function nextOf({ job, platform, awaited: expected }: Due, until = 0): number {
  return until === endOfTime && Math.min(job, expected) > until ? Infinity : Math.min(job, platform)
}
