import type { LoggedEvent, Recorded } from './history.ts'
import { verbOf } from './model.ts'

/** What one request did that no client got an answer for. */
export interface Orphan {
  readonly requestId: string
  /** All events that go back to it, also those that ended what it began. */
  readonly events: readonly LoggedEvent[]
  /** The calls of unknown outcome that can have done this, as far as its events tell. */
  readonly candidates: readonly Recorded[]
}

/** Gathers what was done by requests that nobody got an answer for. */
export function findOrphans(
  events: readonly LoggedEvent[],
  calls: readonly Recorded[],
  answered: ReadonlyMap<string, Recorded>,
): Orphan[] {
  const byInstance = new Map<string, Recorded[]>()
  for (const one of calls) {
    if (one.outcome.kind !== 'unknown' || one.call.dryRun) continue
    for (const id of one.call.ids) {
      const known = byInstance.get(id)
      if (known === undefined) byInstance.set(id, [one])
      else known.push(one)
    }
  }
  const own = events.filter(event => event.requestId !== '' && event.actor !== 'seed' && !answered.has(event.requestId))
  return [...Map.groupBy(own, event => event.requestId)].map(([requestId, made]) => {
    const possible = byInstance.get(made[0]?.instanceId ?? '') ?? []
    return { requestId, events: made, candidates: possible.filter(call => fits(call, made)) }
  })
}

/** Whether a call can have made exactly these events. */
function fits({ call }: Recorded, events: readonly LoggedEvent[]): boolean {
  const ids = new Set(call.ids)
  const ordered = new Set<string>()
  for (const event of events) {
    const verb = verbOf(event)
    if (!ids.has(event.instanceId) || (verb !== undefined && verb !== call.verb)) return false
    if (verb !== undefined) ordered.add(event.instanceId)
  }
  // A forced stop leaves no event of its own at instances that were Stopping; it ends them.
  const takesOver = call.verb === 'stop' && call.force
  if (!takesOver && events.some(event => !ordered.has(event.instanceId))) return false
  return call.mode === 'separately' || takesOver || ordered.size === ids.size
}

/** Gives each orphan a call that can have made it, no call two of them; returns those that are left without. */
export function adopt(orphans: readonly Orphan[], canHave: (call: Recorded, orphan: Orphan) => boolean): Orphan[] {
  const children = new Map<Recorded, Orphan>()
  const place = (orphan: Orphan, asked: Set<Recorded>): boolean => {
    for (const call of orphan.candidates) {
      if (asked.has(call) || !canHave(call, orphan)) continue
      asked.add(call)
      const other = children.get(call)
      // Whoever has the call already may do with another.
      if (other !== undefined && !place(other, asked)) continue
      children.set(call, orphan)
      return true
    }
    return false
  }
  return orphans.filter(orphan => !place(orphan, new Set()))
}
