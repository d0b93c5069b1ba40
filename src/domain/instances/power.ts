import { findInstanceType } from '../catalogue/instance-types.ts'
import { isEligibleForEconomicalMode } from './economical-mode.ts'
import { reasonsOf, type Refusal, type RefusalFor } from './refusals.ts'
import type {
  AccountFacts,
  InstanceFacts,
  InstanceStatus,
  KmsKeyFacts,
  LockReason,
  OperationInFlight,
  StopMode,
} from './types.ts'

/**
 * The only changes of status there are. An event that a status does not list is refused; nothing else writes a status.
 * Sources: help pages "Instance lifecycle" and "Instance event notification".
 */
const transitions = {
  Pending: {
    provisioned: { status: 'Starting', operation: 'start' },
    // Made by CreateInstance: off until it is started.
    'provisioned-off': { status: 'Stopped', operation: null },
  },
  Starting: {
    'powered-on': { status: 'Running', operation: null },
    'start-failed': { status: 'Stopped', operation: null },
  },
  Running: {
    'stop-ordered': { status: 'Stopping', operation: 'stop' },
    'reboot-ordered': { status: 'Stopping', operation: 'reboot' },
    'release-ordered': { status: 'Stopping', operation: 'release' },
    'powered-off-by-guest': { status: 'Stopped', operation: null },
  },
  Stopping: {
    // A stop that hangs may be turned into a power cut.
    'stop-ordered': { status: 'Stopping', operation: 'stop' },
    'powered-off': { status: 'Stopped', operation: null },
    // Of an economical stop: its capacity is still to be given back.
    'powered-off-to-deallocate': { status: 'Stopped', operation: 'deallocate' },
    'stop-failed': { status: 'Running', operation: null },
    // A subscription that has just ended is renewed.
    'restart-ordered': { status: 'Stopping', operation: 'reboot' },
    'powered-off-to-restart': { status: 'Starting', operation: 'reboot' },
  },
  Stopped: {
    deallocated: { status: 'Stopped', operation: null },
    'start-ordered': { status: 'Starting', operation: 'start' },
  },
} as const satisfies Record<InstanceStatus, Record<string, State>>

export interface State {
  /** Nothing leads back to Pending. */
  readonly status: Exclude<InstanceStatus, 'Pending'>
  /** What is in flight after the transition. */
  readonly operation: OperationInFlight | null
}

export type LifecycleEvent = { [S in InstanceStatus]: keyof (typeof transitions)[S] }[InstanceStatus]

/** The state that `event` leads to from `status`, or undefined where it is refused. */
export function transition(status: InstanceStatus, event: LifecycleEvent): State | undefined {
  return (transitions[status] as Partial<Record<LifecycleEvent, State>>)[event]
}

/** For docs and the property tests: every row of the table. */
export function listTransitions(): { from: InstanceStatus; event: LifecycleEvent; to: State }[] {
  return Object.entries(transitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => ({
      from: from as InstanceStatus,
      event: event as LifecycleEvent,
      to: to as State,
    })),
  )
}

// The decisions: how the instance is dealt with, or why it is not.

function accept<const Plan>(plan: Plan): { readonly plan: Plan } {
  return { plan }
}

function refuse<Why extends Refusal>(refusal: Why): { readonly refusal: Why } {
  return { refusal }
}

/** What the decisions on one instance look at. */
export interface Situation {
  readonly instance: InstanceFacts
  readonly account: AccountFacts
  /** The keys of the instance's encrypted disks that exist, by id. */
  readonly kmsKeys: ReadonlyMap<string, KmsKeyFacts>
  /** The host that has its machine is away, and the caller does not wait for it: he may try again. */
  readonly isHostAway: boolean
}

export interface StopRequest {
  readonly force: boolean
  /** What the caller asked for; undefined leaves it to the account's default. */
  readonly mode: StopMode | undefined
  /** The private option to suspend to disk. */
  readonly hibernate: boolean
}

/** Decides whether and in which mode an instance stops. Help page "StopInstances", revisions to 2026-09. */
export function decideStop(situation: Situation, request: StopRequest) {
  const { instance, account } = situation
  // A forced stop also ends a normal one that hangs (help page "Stop an instance").
  const hangs = instance.status === 'Stopping' && instance.operation === 'stop' && request.force
  const refusal =
    notManaged(instance) ??
    notLockedForSecurity(instance) ??
    notInArrears(instance) ??
    noConflict(instance) ??
    statusIs(hangs ? 'Stopping' : 'Running', instance) ??
    kmsKeysUsable(situation) ??
    balanceNotNegative(account) ??
    (request.hibernate ? refuseHibernation(instance) : undefined) ??
    hostIsThere(situation)
  if (refusal !== undefined) return refuse(refusal)
  // The mode of a stop in progress was settled when it was ordered.
  const mode = hangs && instance.stopMode !== null ? instance.stopMode : chooseStopMode(instance, account, request.mode)
  return accept({ mode })
}

/** The mode that was asked for, or the account's; what is not eligible stops in standard mode without a word. */
export function chooseStopMode(
  instance: Pick<InstanceFacts, 'networkType' | 'chargeType' | 'type'>,
  account: Pick<AccountFacts, 'defaultEconomicalMode'>,
  asked?: StopMode,
): StopMode {
  const wanted = asked ?? (account.defaultEconomicalMode ? 'StopCharging' : 'KeepCharging')
  return wanted === 'StopCharging' && isEligibleForEconomicalMode(instance) ? 'StopCharging' : 'KeepCharging'
}

/** What a start depends on besides the instance itself. */
export interface StartCircumstances {
  /** The spot market has gone above its limit. */
  readonly isOutbid: boolean
  /** It has its capacity still, or there is room for it in its zone and on its host. */
  readonly hasRoom: boolean
}

/** Decides whether an instance starts. Help page "StartInstances", 2025. */
export function decideStart(situation: Situation, { isOutbid, hasRoom }: StartCircumstances) {
  const { instance, account } = situation
  const refusal =
    notLockedForSecurity(instance) ??
    notExpired(instance) ??
    notInArrears(instance) ??
    noConflict(instance) ??
    notDeallocating(instance) ??
    statusIs('Stopped', instance) ??
    kmsKeysUsable(situation) ??
    balanceNotNegative(account) ??
    (isOutbid ? ({ reason: 'outbid' } as const) : undefined) ??
    (hasRoom ? undefined : ({ reason: 'no-stock' } as const)) ??
    hostIsThere(situation)
  return refusal === undefined ? accept('start') : refuse(refusal)
}

/** Decides whether an instance reboots. Help page "RebootInstances", 2025. */
export function decideReboot(situation: Situation) {
  const { instance, account } = situation
  const refusal =
    notLockedForSecurity(instance) ??
    notInArrears(instance) ??
    noConflict(instance) ??
    statusIs('Running', instance) ??
    kmsKeysUsable(situation) ??
    balanceNotNegative(account) ??
    hostIsThere(situation)
  return refusal === undefined ? accept('reboot') : refuse(refusal)
}

export interface ReleaseRequest {
  /** Release a running instance too. */
  readonly force: boolean
  /** With force: cut the power (true) or let the guest shut down first (false). */
  readonly forceStop: boolean
  /** Release an unexpired subscription as well. */
  readonly terminateSubscription: boolean
}

/**
 * Decides whether and how an instance is released: at once, or after its guest has shut down. Help pages "DeleteInstance"
 * and "DeleteInstances". Locks do not stand in the way: a locked instance may be released. `now` is instance time, ms.
 */
export function decideRelease({ instance }: Pick<Situation, 'instance'>, request: ReleaseRequest, now: number) {
  const refusal =
    notManaged(instance) ??
    (instance.deletionProtection ? ({ reason: 'deletion-protected' } as const) : undefined) ??
    subscriptionIsOver(instance, request, now) ??
    (instance.status === 'Pending' ? ({ reason: 'initializing' } as const) : undefined) ??
    isReleasable(instance, request)
  if (refusal !== undefined) return refuse(refusal)
  const graceful = instance.status === 'Running' && !request.forceStop
  return accept(graceful ? 'after-shutdown' : 'at-once')
}

const kmsReasons = [
  'kms-not-activated',
  'kms-closed',
  'kms-key-missing',
  'kms-key-untagged',
  'kms-key-not-enabled',
  'kms-unauthorized',
] as const

export const stopRefusals = reasonsOf<typeof decideStop>()([
  'managed-by-product',
  'locked-for-security',
  'expired-or-in-arrears',
  'operation-in-flight',
  'not-ready',
  'wrong-status',
  ...kmsReasons,
  'insufficient-balance',
  'hibernation-unsupported',
  'hibernation-not-enabled',
  'host-away',
])
export type StopRefusal = RefusalFor<(typeof stopRefusals)[number]>

export const startRefusals = reasonsOf<typeof decideStart>()([
  'locked-for-security',
  'subscription-expired',
  'account-in-arrears',
  'expired-or-in-arrears',
  'operation-in-flight',
  'not-ready',
  'wrong-status',
  ...kmsReasons,
  'insufficient-balance',
  'outbid',
  'no-stock',
  'host-away',
])
export type StartRefusal = RefusalFor<(typeof startRefusals)[number]>

export const rebootRefusals = reasonsOf<typeof decideReboot>()([
  'locked-for-security',
  'expired-or-in-arrears',
  'operation-in-flight',
  'not-ready',
  'wrong-status',
  ...kmsReasons,
  'insufficient-balance',
  'host-away',
])
export type RebootRefusal = RefusalFor<(typeof rebootRefusals)[number]>

export const releaseRefusals = reasonsOf<typeof decideRelease>()([
  'managed-by-product',
  'deletion-protected',
  'unexpired-subscription',
  'initializing',
  'wrong-status',
])
export type ReleaseRefusal = RefusalFor<(typeof releaseRefusals)[number]>

// The checks. Each returns the refusal when what its name says does not hold, or undefined.

/** Instances of other cloud products are stopped and released through those products only. */
function notManaged({ managed }: InstanceFacts) {
  return managed ? ({ reason: 'managed-by-product' } as const) : undefined
}

/** Help page "API behavior when an instance is locked for security reasons". */
function notLockedForSecurity({ locks }: InstanceFacts) {
  return locks.includes('security') ? ({ reason: 'locked-for-security' } as const) : undefined
}

/** Help page "API behavior for accounts that have overdue payments"; the other locks are assumed to act alike. */
function notInArrears({ locks }: InstanceFacts) {
  return locks.some(isOtherLock) ? ({ reason: 'expired-or-in-arrears' } as const) : undefined
}

function isOtherLock(lock: LockReason): boolean {
  return lock !== 'security'
}

/** For a start, the financial lock has codes of its own. */
function notExpired({ locks, chargeType }: InstanceFacts) {
  if (!locks.includes('financial')) return undefined
  return { reason: chargeType === 'PrePaid' ? 'subscription-expired' : 'account-in-arrears' } as const
}

/** A reboot or a release in flight does not show in the status, so it is refused under a code of its own. */
function noConflict({ operation }: InstanceFacts) {
  return operation === 'reboot' || operation === 'release' ? ({ reason: 'operation-in-flight' } as const) : undefined
}

/** An economical stop that is still giving its capacity back does not show in the status either (help page "Billing FAQ"). */
function notDeallocating({ operation }: InstanceFacts) {
  return operation === 'deallocate' ? ({ reason: 'operation-in-flight' } as const) : undefined
}

/** The instance has been created and has the status `expected`. */
function statusIs(expected: InstanceStatus, { status: actual }: InstanceFacts) {
  if (actual === expected) return undefined
  return { reason: actual === 'Pending' ? 'not-ready' : 'wrong-status', actual, expected } as const
}

/** Every customer key that encrypts a disk exists, is enabled, tagged for ECS, and open to ECS's service role. */
function kmsKeysUsable({ instance, account, kmsKeys }: Situation) {
  if (instance.kmsKeyIds.length === 0) return undefined
  if (account.kms === 'not-activated') return { reason: 'kms-not-activated' } as const
  if (account.kms === 'closed') return { reason: 'kms-closed' } as const
  for (const keyId of instance.kmsKeyIds) {
    const key = kmsKeys.get(keyId)
    if (key === undefined) return { reason: 'kms-key-missing', keyId } as const
    if (!key.ecsTag) return { reason: 'kms-key-untagged' } as const
    if (key.state !== 'Enabled') return { reason: 'kms-key-not-enabled' } as const
    if (!key.ecsAuthorized) return { reason: 'kms-unauthorized' } as const
  }
  return undefined
}

function balanceNotNegative({ balanceFen }: AccountFacts) {
  return balanceFen < 0 ? ({ reason: 'insufficient-balance' } as const) : undefined
}

/** Hibernation is by invitation; no instance here has it, and some kinds never could. */
function refuseHibernation(instance: InstanceFacts) {
  const kind = kindWithoutHibernation(instance)
  if (kind !== undefined) return { reason: 'hibernation-unsupported', kind } as const
  return { reason: 'hibernation-not-enabled', kind: 'An instance without hibernation' } as const
}

function kindWithoutHibernation({ networkType, chargeType, type, spotStrategy }: InstanceFacts): string | undefined {
  if (networkType === 'classic') return 'Classic network Instance'
  if (chargeType === 'PrePaid') return 'Pre pay instance'
  if (findInstanceType(type)?.localStorage !== undefined) return 'Local disk instance'
  return spotStrategy === 'NoSpot' ? undefined : 'Spot instance'
}

/** What is to be done to a machine whose host is away can't be done. */
function hostIsThere({ instance: { hostId }, isHostAway }: Situation) {
  return isHostAway ? ({ reason: 'host-away', host: hostId ?? '' } as const) : undefined
}

/** Pay-as-you-go, an expired subscription, or one that the caller gives up. */
function subscriptionIsOver({ chargeType, expiresAt }: InstanceFacts, request: ReleaseRequest, now: number) {
  if (chargeType === 'PostPaid' || request.terminateSubscription) return undefined
  return expiresAt !== null && expiresAt <= now ? undefined : ({ reason: 'unexpired-subscription' } as const)
}

function isReleasable({ status: actual }: InstanceFacts, { force }: ReleaseRequest) {
  if (actual === 'Stopped' || (force && actual === 'Running')) return undefined
  return { reason: 'wrong-status', actual, expected: force ? 'Running,Stopped' : 'Stopped' } as const
}
