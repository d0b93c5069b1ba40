import type { LoggedEvent } from '../history/history.ts'
import type { PostRequest } from '../../src/webhooks/post.ts'

/** A request for an event that reached the webhook's end. */
interface Arrival {
  readonly seq: number
  readonly instanceId: string
  readonly accepted: boolean
}

/** The webhook's end: remembers what arrives, in order. */
export class Receiver {
  readonly arrivals: Arrival[] = []

  /** Returns the status of the answer. */
  receive({ body }: PostRequest, accepted: boolean): number {
    const { sequence, subject } = JSON.parse(body) as { sequence: string; subject: string }
    this.arrivals.push({ seq: Number(sequence), instanceId: subject.slice(subject.lastIndexOf('/') + 1), accepted })
    return accepted ? 204 : 503
  }
}

/**
 * Every event was accepted, and none of an instance arrived before all earlier ones of that instance were; one that
 * arrives again, because its answer was lost or another server took over, is no problem.
 */
export function checkDeliveries(arrivals: readonly Arrival[], events: readonly LoggedEvent[]): string[] {
  const problems: string[] = []
  const waiting = new Map<string, number[]>()
  for (const { instanceId, seq } of events) waiting.set(instanceId, [...(waiting.get(instanceId) ?? []), seq])
  const accepted = new Set<number>()
  for (const { seq, instanceId, accepted: isAccepted } of arrivals) {
    if (accepted.has(seq)) continue
    const own = waiting.get(instanceId) ?? []
    if (own[0] !== seq) problems.push(`${instanceId}: event ${seq} was sent when ${own[0] ?? 'none'} was next`)
    if (!isAccepted) continue
    accepted.add(seq)
    waiting.set(
      instanceId,
      own.filter(one => one !== seq),
    )
  }
  for (const [instanceId, left] of waiting) {
    if (left.length > 0) problems.push(`${instanceId}: events ${left.join()} were never delivered`)
  }
  return problems
}
