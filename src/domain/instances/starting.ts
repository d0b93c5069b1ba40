import { holdsCapacity } from './capacity.ts'
import {
  balanceNotNegative,
  firstRefusal,
  kmsKeysUsable,
  noConflict,
  notDeallocating,
  notExpired,
  notInArrears,
  notLockedForSecurity,
  type Situation,
  statusIs,
} from './checks.ts'
import type { Decision } from './refusals.ts'
import type { InstanceFacts } from './types.ts'

export interface StartPlan {
  readonly event: 'start-ordered'
}

/**
 * Decides whether an instance starts. One that holds no capacity asks `takeRoom` for it, which an earlier instance of
 * the batch may have used up; one that `isOutbid` on the spot market stays off. Help page "StartInstances", 2025.
 */
export function decideStart(
  situation: Situation,
  takeRoom: (instance: InstanceFacts) => boolean,
  isOutbid: (instance: InstanceFacts) => boolean,
): Decision<StartPlan> {
  const refusal = firstRefusal(situation, [
    notLockedForSecurity,
    notExpired,
    noConflict,
    notDeallocating,
    statusIs('Stopped'),
    kmsKeysUsable,
    balanceNotNegative,
    ({ instance }) => (isOutbid(instance) ? { reason: 'outbid' } : undefined),
    ({ instance }) => (holdsCapacity(instance) || takeRoom(instance) ? undefined : { reason: 'no-stock' }),
  ])
  return refusal === undefined ? { plan: { event: 'start-ordered' } } : { refusal }
}

export interface RebootPlan {
  readonly event: 'reboot-ordered'
}

/** Decides whether an instance reboots. Help page "RebootInstances", 2025. */
export function decideReboot(situation: Situation): Decision<RebootPlan> {
  const refusal = firstRefusal(situation, [
    notLockedForSecurity,
    notInArrears,
    noConflict,
    statusIs('Running'),
    kmsKeysUsable,
    balanceNotNegative,
  ])
  return refusal === undefined ? { plan: { event: 'reboot-ordered' } } : { refusal }
}
