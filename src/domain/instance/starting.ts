import {
  balanceNotNegative,
  firstRefusal,
  kmsKeysUsable,
  noConflict,
  notExpired,
  notInArrears,
  notLockedForSecurity,
  type Situation,
  statusIs,
} from './checks.ts'
import type { Decision } from './refusals.ts'

export interface StartPlan {
  readonly event: 'start-ordered'
}

/** Decides whether an instance starts. Help page "StartInstances", 2025. */
export function decideStart(situation: Situation): Decision<StartPlan> {
  const refusal = firstRefusal(situation, [
    notLockedForSecurity,
    notExpired,
    noConflict,
    statusIs('Stopped'),
    kmsKeysUsable,
    balanceNotNegative,
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
