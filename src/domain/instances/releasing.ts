import { firstRefusal, notManaged, type Situation } from './checks.ts'
import type { Decision, Refusal } from './refusals.ts'

export interface ReleaseRequest {
  /** Release a running instance too. */
  readonly force: boolean
  /** With force: cut the power (true) or let the guest shut down first (false). */
  readonly forceStop: boolean
  /** Release an unexpired subscription as well. */
  readonly terminateSubscription: boolean
  /** Instance time, ms. */
  readonly now: number
}

/** `at-once` releases now; `after-shutdown` shuts the guest down and releases then. */
export type ReleasePlan = { readonly release: 'at-once' } | { readonly release: 'after-shutdown' }

/**
 * Decides whether and how an instance is released. Help pages "DeleteInstance" and "DeleteInstances". Locks do not
 * stand in the way: a locked instance may be released.
 */
export function decideRelease(situation: Situation, request: ReleaseRequest): Decision<ReleasePlan> {
  const { instance } = situation
  const refusal = firstRefusal(situation, [
    notManaged,
    () => (instance.deletionProtection ? { reason: 'deletion-protected' } : undefined),
    () => refuseSubscription(situation, request),
    () => (instance.status === 'Pending' ? { reason: 'initializing' } : undefined),
    () => refuseStatus(situation, request),
  ])
  if (refusal !== undefined) return { refusal }
  const graceful = instance.status === 'Running' && !request.forceStop
  return { plan: { release: graceful ? 'after-shutdown' : 'at-once' } }
}

/** Pay-as-you-go, an expired subscription, or one that the caller gives up. */
function refuseSubscription({ instance }: Situation, request: ReleaseRequest): Refusal | undefined {
  if (instance.chargeType === 'PostPaid') return undefined
  const expired = instance.expiresAt !== null && instance.expiresAt <= request.now
  return expired || request.terminateSubscription ? undefined : { reason: 'unexpired-subscription' }
}

function refuseStatus({ instance: { status } }: Situation, request: ReleaseRequest): Refusal | undefined {
  const expected = request.force ? (['Running', 'Stopped'] as const) : (['Stopped'] as const)
  return expected.some(allowed => allowed === status) ? undefined : { reason: 'wrong-status', actual: status, expected }
}
