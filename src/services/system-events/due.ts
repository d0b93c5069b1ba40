import type { ComputeDriver } from '../../compute/driver.ts'
import { chooseStopMode } from '../../domain/instances/power.ts'
import type { StopMode } from '../../domain/instances/types.ts'
import { planSystemEvent } from '../../domain/system-events/system-events.ts'
import type { ArrearsService } from '../billing/arrears.ts'
import type { EventLog } from '../events/events.ts'
import type { Metering } from '../billing/metering.ts'
import type { ReactivationService } from '../instances/reactivation.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'
import { findInstance, listMachines, type Machine } from '../../store/tables/instances/instances.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'
import {
  beginSystemEvent,
  finishSystemEvents,
  listDueSystemEvents,
  postponeSystemEvents,
  type SystemEvent,
} from '../../store/tables/system-events.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'

/** How soon an event looks again at an instance that is in the middle of something; instance time, ms. */
export const lookAgainMs = 1_000

export interface DueOptions {
  readonly driver: ComputeDriver
  /** Instance time, ms. */
  readonly now: number
  readonly limit: number
  /** How long a guest has to shut down before it is forced; ms of instance time. */
  readonly graceMs: number
  readonly events: EventLog
  readonly meter: Metering
  readonly arrears: ArrearsService
  readonly reactivation: ReactivationService
}

/**
 * Begins the system events whose time has come. A reboot or stop goes through the ordinary lifecycle, whose last job
 * finishes the event. Returns how many events were looked at, and the machines that are to be destroyed.
 */
export async function carryOutDue(tx: Tx, options: DueOptions): Promise<{ count: number; released: Machine[] }> {
  const due = await listDueSystemEvents(tx, options.now, options.limit)
  if (due.length === 0) return { count: 0, released: [] }
  const machines = await listMachines(
    tx,
    due.map(event => event.instanceSeq),
  )
  // Of several events of one instance the first goes ahead; the others are looked at in the next round.
  const waiting = new Map(machines.map(machine => [machine.seq, machine]))
  const released: Machine[] = []
  for (const event of due) {
    const machine = waiting.get(event.instanceSeq)
    if (machine === undefined) continue
    waiting.delete(event.instanceSeq)
    if (await carryOut(tx, event, machine, options)) released.push(machine)
  }
  return { count: due.length, released }
}

/** True when the instance is gone for good. */
async function carryOut(tx: Tx, event: SystemEvent, machine: Machine, options: DueOptions): Promise<boolean> {
  const { now } = options
  const reason = `${event.type} (system event ${event.id})`
  const origin = { at: now, actor: 'platform', by: event.id, requestId: '', reason } as const
  const plan = planSystemEvent(event.type, machine.status)
  switch (plan.effect) {
    case 'wait': {
      const job = await findJob(tx, machine.seq)
      await postponeSystemEvents(tx, machine.seq, { now, dueAt: Math.max(now + lookAgainMs, job?.dueAt ?? 0) })
      return false
    }
    case 'none':
      await finishSystemEvents(tx, [event.id], { status: 'Avoided', at: now })
      return false
    case 'release':
      await finishSystemEvents(tx, [event.id], { status: 'Executed', at: now })
      await releaseMachines(tx, [machine], origin, options)
      return true
    case 'reboot':
    case 'stop': {
      await beginSystemEvent(tx, event, now)
      const mode = plan.effect === 'stop' ? await stopModeOf(tx, event, machine) : undefined
      const machines = [{ instance: machine, force: plan.force, mode, systemEventId: event.id }]
      await orderPower(tx, { kind: plan.effect, machines }, origin, options)
      return false
    }
  }
}

/** Only a stop for arrears follows the account's switch (help page "Economical mode"). */
async function stopModeOf(tx: Tx, { type, accountId }: SystemEvent, { id }: Machine): Promise<StopMode> {
  if (type !== 'AccountUnbalanced.Stop') return 'KeepCharging'
  const account = await findAccount(tx, accountId)
  const instance = await findInstance(tx, id)
  if (account === undefined || instance === undefined) return 'KeepCharging'
  return chooseStopMode(instance, account)
}
