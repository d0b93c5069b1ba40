import type { ErrorFields } from '../faults/errors.ts'
import type { InstanceStatus } from './types.ts'

/**
 * Why the rules refuse an operation on one instance, in the domain's words; operations turn it into an error code. What
 * stands beside the reason fills in the error's message.
 */
export type Refusal =
  | { readonly reason: 'not-found' }
  | { readonly reason: 'in-another-region' }
  | { readonly reason: 'managed-by-product' }
  | { readonly reason: 'locked-for-security' }
  | { readonly reason: 'expired-or-in-arrears' }
  | { readonly reason: 'subscription-expired' }
  | { readonly reason: 'account-in-arrears' }
  | { readonly reason: 'operation-in-flight' }
  | { readonly reason: 'not-ready'; readonly actual: InstanceStatus; readonly expected: string }
  | { readonly reason: 'wrong-status'; readonly actual: InstanceStatus; readonly expected: string }
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
  | { readonly reason: 'hibernation-not-enabled'; readonly kind: string }
  | { readonly reason: 'deletion-protected' }
  | { readonly reason: 'unexpired-subscription' }
  | { readonly reason: 'initializing' }
  | { readonly reason: 'host-away'; readonly host: string }

export type Reason = Refusal['reason']
export type RefusalFor<R extends Reason> = Extract<Refusal, { readonly reason: R }>

/** No rule of the service refuses the operation, but somebody wants to see what happens when it is. */
export interface InjectedRefusal {
  readonly reason: 'injected'
  readonly error: ErrorFields
}

/** The answer of a rule: go on with `plan`, or don't. */
export type Decision<Plan, Why extends Refusal = Refusal> = { readonly plan: Plan } | { readonly refusal: Why }

/** The reasons for which a rule can refuse. */
export type ReasonOf<Rule extends (...args: never[]) => unknown> = Extract<
  Extract<ReturnType<Rule>, { readonly refusal: unknown }>['refusal'],
  Refusal
>['reason']

/**
 * A list of the reasons for which a rule can refuse. It does not compile when one is missing or one is too many, so that
 * what an operation says of its errors is what its rule does.
 */
export function reasonsOf<Rule extends (...args: never[]) => unknown>() {
  return <const List extends readonly ReasonOf<Rule>[]>(
    list: List & ([Exclude<ReasonOf<Rule>, List[number]>] extends [never] ? unknown : Missing<Rule, List[number]>),
  ): List => list
}

interface Missing<Rule extends (...args: never[]) => unknown, Listed> {
  readonly missing: Exclude<ReasonOf<Rule>, Listed>
}
