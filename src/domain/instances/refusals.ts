import type { ErrorFields } from '../faults/errors.ts'
import type { ChargeType, InstanceStatus } from './types.ts'

/** Why the rules refuse an operation on one instance, in the domain's words; operations turn it into an error code. */
export type Refusal =
  | { readonly reason: 'not-found' }
  | { readonly reason: 'in-another-region' }
  | { readonly reason: 'managed-by-product' }
  | { readonly reason: 'locked-for-security' }
  | { readonly reason: 'expired-or-in-arrears' }
  | { readonly reason: 'expired'; readonly chargeType: ChargeType }
  | { readonly reason: 'operation-in-flight' }
  | { readonly reason: 'not-ready' }
  | { readonly reason: 'wrong-status'; readonly actual: InstanceStatus; readonly expected: readonly InstanceStatus[] }
  | { readonly reason: 'kms-not-activated' }
  | { readonly reason: 'kms-closed' }
  | { readonly reason: 'kms-key-missing'; readonly keyId: string }
  | { readonly reason: 'kms-key-untagged' }
  | { readonly reason: 'kms-key-not-enabled' }
  | { readonly reason: 'kms-unauthorized' }
  | { readonly reason: 'insufficient-balance' }
  | { readonly reason: 'no-stock' }
  | { readonly reason: 'outbid' }
  | { readonly reason: 'hibernation-unsupported'; readonly kind: string }
  | { readonly reason: 'hibernation-not-enabled' }
  | { readonly reason: 'deletion-protected' }
  | { readonly reason: 'unexpired-subscription' }
  | { readonly reason: 'initializing' }
  | { readonly reason: 'host-away'; readonly hostId: string }

/** No rule of the service refuses the order, but somebody wants to see what happens when it is. */
export interface InjectedRefusal {
  readonly reason: 'injected'
  readonly error: ErrorFields
}

/** The answer of a rule: go on with `plan`, or don't. */
export type Decision<Plan> = { readonly plan: Plan } | { readonly refusal: Refusal }
