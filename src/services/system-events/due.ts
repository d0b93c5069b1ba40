import type { DueWork } from '../../engine/due-work.ts'
import { chooseStopMode } from '../../domain/instances/power.ts'
import type { StopMode } from '../../domain/instances/types.ts'
import { planSystemEvent } from '../../domain/system-events/system-events.ts'
import type { PowerParts } from '../instances/batch.ts'
import { lookAgainAt } from '../instances/look-again.ts'
import { nextOtherEvent } from '../../store/tables/billing/arrears.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'
import { findInstance } from '../../store/tables/instances/instances.ts'
import { listMachines, type Machine } from '../../store/tables/instances/power.ts'
import type { Tx } from '../../store/store.ts'
import {
  beginSystemEvent,
  finishSystemEvents,
  listDueSystemEvents,
  nextSystemEvent,
  postponeSystemEvents,
  type SystemEvent,
} from '../../store/tables/system-events.ts'
import { orderPower } from '../instances/power.ts'
import { releaseMachines } from '../instances/release.ts'

/**
 * Begins the system events whose time has come. A reboot or stop goes through the ordinary lifecycle, whose last job
 * finishes the event.
 */
export function dueSystemEvents(parts: PowerParts): DueWork {
  return {
    name: 'system events',
    next: nextSystemEvent,
    // Those that follow from arrears are awaited as little as the arrears are.
    awaited: nextOtherEvent,
    async run(tx, now, limit) {
      const due = await listDueSystemEvents(tx, now, limit)
      if (due.length === 0) return 0
      const machines = await listMachines(
        tx,
        due.map(event => event.instanceSeq),
      )
      // Of several events of one instance the first goes ahead; the others are looked at in the next round.
      const waiting = new Map(machines.map(machine => [machine.seq, machine]))
      for (const event of due) {
        const machine = waiting.get(event.instanceSeq)
        if (machine === undefined) continue
        waiting.delete(event.instanceSeq)
        await carryOut(tx, event, machine, { now, parts })
      }
      return due.length
    },
  }
}

async function carryOut(
  tx: Tx,
  event: SystemEvent,
  machine: Machine,
  { now, parts }: { readonly now: number; readonly parts: PowerParts },
): Promise<void> {
  const reason = `${event.type} (system event ${event.id})`
  const origin = { at: now, actor: 'platform', by: event.id, requestId: '', reason } as const
  const plan = planSystemEvent(event.type, machine.status)
  switch (plan.effect) {
    case 'wait':
      return postponeSystemEvents(tx, machine.seq, { now, dueAt: await lookAgainAt(tx, machine.seq, now) })
    case 'none':
      return finishSystemEvents(tx, [event.id], { status: 'Avoided', at: now })
    case 'release':
      await finishSystemEvents(tx, [event.id], { status: 'Executed', at: now })
      return releaseMachines(tx, [machine], origin, parts)
    case 'reboot':
    case 'stop': {
      await beginSystemEvent(tx, event, now)
      const mode = plan.effect === 'stop' ? await stopModeOf(tx, event, machine) : undefined
      const machines = [{ instance: machine, force: plan.force, mode, systemEventId: event.id }]
      await orderPower(tx, { kind: plan.effect, machines }, origin, parts)
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
