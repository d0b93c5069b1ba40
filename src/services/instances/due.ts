import type { DueWork } from '../../engine/due-work.ts'
import { nextReactivation } from '../../store/tables/billing/arrears.ts'
import { listReleaseDue, nextRelease } from '../../store/tables/instances/power.ts'
import type { PowerParts } from './batch.ts'
import type { ReactivationService } from './reactivation.ts'
import { releaseMachines } from './release.ts'

/**
 * Releases the instances whose AutoReleaseTime has come, whatever their status; stopping does not put it off, and
 * release protection does not stand in its way.
 */
export function dueReleases(parts: PowerParts): DueWork {
  return {
    name: 'releases of instances whose AutoReleaseTime has come',
    next: nextRelease,
    awaited: nextRelease,
    async run(tx, now, limit) {
      const machines = await listReleaseDue(tx, now, limit)
      const reason = 'its AutoReleaseTime has come'
      const origin = { at: now, actor: 'auto-release', by: 'auto-release', requestId: '', reason } as const
      await releaseMachines(tx, machines, origin, parts)
      return machines.length
    },
  }
}

/** Starts what a settled account is to have back. */
export function dueReactivations(service: ReactivationService): DueWork {
  return {
    name: 'starts of instances whose account is settled',
    next: nextReactivation,
    awaited: nextReactivation,
    run: (tx, now, limit) => service.reactivateDue(tx, { now, limit }),
  }
}
