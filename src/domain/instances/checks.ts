import type { Refusal } from './refusals.ts'
import type { AccountFacts, InstanceFacts, InstanceStatus, KmsKeyFacts } from './types.ts'

export interface Situation {
  readonly instance: InstanceFacts
  readonly account: AccountFacts
  /** The keys of the instance's encrypted disks that exist, by id. */
  readonly kmsKeys: ReadonlyMap<string, KmsKeyFacts>
}

type Check = (situation: Situation) => Refusal | undefined

/** Runs the checks in order; the first that objects decides. */
export function firstRefusal(situation: Situation, checks: readonly Check[]): Refusal | undefined {
  for (const check of checks) {
    const refusal = check(situation)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Instances of other cloud products are stopped and released through those products only. */
export const notManaged: Check = ({ instance }) => (instance.managed ? { reason: 'managed-by-product' } : undefined)

/** Help page "API behavior when an instance is locked for security reasons". */
export const notLockedForSecurity: Check = ({ instance }) =>
  instance.locks.includes('security') ? { reason: 'locked-for-security' } : undefined

/** Help page "API behavior for accounts that have overdue payments"; the other locks are assumed to act alike. */
export const notInArrears: Check = ({ instance }) =>
  instance.locks.some(lock => lock !== 'security') ? { reason: 'expired-or-in-arrears' } : undefined

/** As notInArrears, for a start, which has a code of its own. */
export const notExpired: Check = ({ instance }) => {
  if (instance.locks.includes('financial')) return { reason: 'expired', chargeType: instance.chargeType }
  return notInArrears({ instance } as Situation)
}

/** A reboot or a release in flight does not show in the status, so it is refused under a code of its own. */
export const noConflict: Check = ({ instance: { operation } }) =>
  operation === 'reboot' || operation === 'release' ? { reason: 'operation-in-flight' } : undefined

/** An economical stop that is still giving its capacity back does not show in the status either (help page "Billing FAQ"). */
export const notDeallocating: Check = ({ instance: { operation } }) =>
  operation === 'deallocate' ? { reason: 'operation-in-flight' } : undefined

/** The instance has been created and has one of the statuses `expected`. */
export function statusIs(...expected: InstanceStatus[]): Check {
  return ({ instance: { status } }) => {
    if (expected.includes(status)) return undefined
    return status === 'Pending' ? { reason: 'not-ready' } : { reason: 'wrong-status', actual: status, expected }
  }
}

/** Every customer key that encrypts a disk exists, is enabled, tagged for ECS, and open to ECS's service role. */
export const kmsKeysUsable: Check = ({ instance, account, kmsKeys }) => {
  if (instance.kmsKeyIds.length === 0) return undefined
  if (account.kms === 'not-activated') return { reason: 'kms-not-activated' }
  if (account.kms === 'closed') return { reason: 'kms-closed' }
  for (const keyId of instance.kmsKeyIds) {
    const key = kmsKeys.get(keyId)
    if (key === undefined) return { reason: 'kms-key-missing', keyId }
    if (!key.ecsTag) return { reason: 'kms-key-untagged' }
    if (key.state !== 'Enabled') return { reason: 'kms-key-not-enabled' }
    if (!key.ecsAuthorized) return { reason: 'kms-unauthorized' }
  }
  return undefined
}

export const balanceNotNegative: Check = ({ account }) =>
  account.balanceFen < 0 ? { reason: 'insufficient-balance' } : undefined
