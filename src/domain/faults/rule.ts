import type { ErrorFields } from './errors.ts'

/** What a rule does to a call that triggers it, once per call. */
export type CallEffect =
  /** It is answered with the error and does nothing. */
  | { readonly kind: 'error'; readonly error: ErrorFields }
  /** It is refused for now; `retryAfterMs` goes into the header that SDKs read. */
  | { readonly kind: 'throttle'; readonly retryAfterMs: number }
  /** It is done and answered, this much later; ms of real time. */
  | { readonly kind: 'latency'; readonly latencyMs: number }
  /** The connection breaks, before anything is done or after all is done. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** It is done, and answered with the error all the same. */
  | { readonly kind: 'error-after-commit'; readonly error: ErrorFields }

/** What a rule does to an instance that triggers it, for each that an accepted power order or creation is about. */
export type InstanceEffect =
  /** The order is refused for this instance; the others of its batch are judged as ever. */
  | { readonly kind: 'refuse'; readonly error: ErrorFields }
  /** A normal stop never ends: the instance stays in Stopping until somebody forces it. */
  | { readonly kind: 'stuck' }
  /** The guest takes this long to shut down; seconds of instance time. */
  | { readonly kind: 'slow-guest'; readonly seconds: number }
  /** Accepted, and taken back later: after so many seconds of instance time, or when it would have been done. */
  | { readonly kind: 'revert'; readonly reason: string; readonly afterSeconds: number | undefined }
  /** Queries go on showing the instance as it was before, for so many seconds of instance time. */
  | { readonly kind: 'stale'; readonly seconds: number }
  /** The machine cannot be driven, so many times in a row. */
  | { readonly kind: 'driver-failure'; readonly tries: number }

export type FaultEffect = CallEffect | InstanceEffect

/** What an order on an instance is: which effects it can meet depends on it. */
export type OrderKind = 'create' | 'start' | 'stop' | 'forced-stop' | 'reboot' | 'forced-reboot' | 'release'

const ordersMet: { readonly [Kind in InstanceEffect['kind']]: readonly OrderKind[] } = {
  refuse: ['start', 'stop', 'forced-stop', 'reboot', 'forced-reboot', 'release'],
  stuck: ['stop'],
  'slow-guest': ['stop', 'reboot', 'release'],
  revert: ['create', 'start', 'stop', 'forced-stop', 'reboot', 'forced-reboot', 'release'],
  stale: ['create', 'start', 'stop', 'forced-stop', 'reboot', 'forced-reboot'],
  'driver-failure': ['create', 'start', 'stop', 'forced-stop', 'reboot', 'forced-reboot', 'release'],
}

/** Whether an effect concerns calls; the others concern instances. */
export function isCallEffect(effect: FaultEffect): effect is CallEffect {
  return !Object.hasOwn(ordersMet, effect.kind)
}

/** Whether an order of that kind can meet the effect. */
export function meets(order: OrderKind, effect: InstanceEffect): boolean {
  return ordersMet[effect.kind].includes(order)
}

export interface TagCondition {
  readonly key: string
  /** Undefined stands for any value. */
  readonly value: string | undefined
}

/** Which calls or instances trigger it, how often, and what it does. A condition that is not given holds always. */
export interface FaultRule {
  readonly action?: string | undefined
  readonly instanceId?: string | undefined
  readonly tag?: TagCondition | undefined
  readonly region?: string | undefined
  readonly account?: string | undefined
  /** Only the nth call or instance that fits, from 1. */
  readonly nth?: number | undefined
  /** Of those that fit, this part; 0 to 1. */
  readonly probability?: number | undefined
  /** At most this many. */
  readonly times?: number | undefined
  readonly effect: FaultEffect
}
