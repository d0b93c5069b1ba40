import { findInstanceType } from '../catalogue/instance-types.ts'
import {
  balanceNotNegative,
  firstRefusal,
  kmsKeysUsable,
  noConflict,
  notInArrears,
  notLockedForSecurity,
  notManaged,
  type Situation,
  statusIs,
} from './checks.ts'
import type { Decision, Refusal } from './refusals.ts'
import type { InstanceFacts, StopMode } from './types.ts'

export interface StopRequest {
  readonly force: boolean
  /** What the caller asked for; undefined leaves it to the account's default. */
  readonly mode: StopMode | undefined
  /** The private option to suspend to disk. */
  readonly hibernate: boolean
}

export interface StopPlan {
  readonly event: 'stop-ordered'
  readonly mode: StopMode
}

/** What the type of an instance says about economical mode. */
export interface TypeTraits {
  readonly hasLocalDisks: boolean
  readonly hasPersistentMemory: boolean
}

export function traitsOf(instance: Pick<InstanceFacts, 'type'>): TypeTraits {
  const type = findInstanceType(instance.type)
  return { hasLocalDisks: type?.localStorage !== undefined, hasPersistentMemory: type?.persistentMemory ?? false }
}

/** Decides whether and in which mode an instance stops. Help page "StopInstances", revisions to 2026-09. */
export function decideStop(situation: Situation, request: StopRequest, traits: TypeTraits): Decision<StopPlan> {
  const { instance, account } = situation
  const hangs = instance.status === 'Stopping' && instance.operation === 'stop' && request.force
  const refusal =
    firstRefusal(situation, [
      notManaged,
      notLockedForSecurity,
      notInArrears,
      noConflict,
      // A forced stop also ends a normal one that hangs (help page "Stop an instance").
      hangs ? statusIs('Stopping') : statusIs('Running'),
      kmsKeysUsable,
      balanceNotNegative,
    ]) ?? (request.hibernate ? refuseHibernation(instance, traits) : undefined)
  if (refusal !== undefined) return { refusal }
  // The mode of a stop in progress was settled when it was ordered.
  const mode = hangs && instance.stopMode !== null ? instance.stopMode : chooseMode(instance, account, request, traits)
  return { plan: { event: 'stop-ordered', mode } }
}

/** An instance that is not eligible stops in standard mode without a word (help page "Economical mode"). */
export function chooseMode(
  instance: Pick<InstanceFacts, 'networkType' | 'chargeType'>,
  account: Pick<Situation['account'], 'defaultEconomicalMode'>,
  request: Pick<StopRequest, 'mode'>,
  traits: TypeTraits,
): StopMode {
  const wanted = request.mode ?? (account.defaultEconomicalMode ? 'StopCharging' : 'KeepCharging')
  return wanted === 'StopCharging' && isEligibleForEconomicalMode(instance, traits) ? 'StopCharging' : 'KeepCharging'
}

/** VPC, pay-as-you-go or spot, no local disks, no persistent memory (help page "Economical mode"). */
export function isEligibleForEconomicalMode(
  instance: Pick<InstanceFacts, 'networkType' | 'chargeType'>,
  traits: TypeTraits,
): boolean {
  return (
    instance.networkType === 'vpc' &&
    instance.chargeType === 'PostPaid' &&
    !traits.hasLocalDisks &&
    !traits.hasPersistentMemory
  )
}

/** Hibernation is by invitation; no instance here has it, and some kinds never could. */
function refuseHibernation(instance: InstanceFacts, traits: TypeTraits): Refusal {
  const unsupported = (kind: string): Refusal => ({ reason: 'hibernation-unsupported', kind })
  if (instance.networkType === 'classic') return unsupported('Classic network Instance')
  if (instance.chargeType === 'PrePaid') return unsupported('Pre pay instance')
  if (traits.hasLocalDisks) return unsupported('Local disk instance')
  if (instance.spotStrategy !== 'NoSpot') return unsupported('Spot instance')
  return { reason: 'hibernation-not-enabled' }
}

/** What DescribeInstances shows as StoppedMode. */
export function shownStopMode(
  instance: Pick<InstanceFacts, 'status' | 'stopMode' | 'chargeType'>,
): StopMode | 'Not-applicable' {
  if (instance.status !== 'Stopped' && instance.status !== 'Stopping') return 'Not-applicable'
  // Captured answers of stopped subscription instances show no mode.
  if (instance.chargeType === 'PrePaid') return 'Not-applicable'
  return instance.stopMode ?? 'Not-applicable'
}
