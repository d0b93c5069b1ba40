import type { Random } from '../platform/random.ts'
import type { RawParams } from './params.ts'

/** An error answer, whole. */
export interface ErrorFields {
  readonly code: string
  readonly status: number
  readonly message: string
}

/** What a struck call meets. */
export type FaultEffect =
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

/** Which calls are struck, how often, and by what. A condition that is not given holds always. */
export interface FaultRule {
  readonly action?: string | undefined
  readonly instanceId?: string | undefined
  readonly region?: string | undefined
  readonly account?: string | undefined
  /** Only the nth call that fits, from 1. */
  readonly nth?: number | undefined
  /** Of the calls that fit, this part; 0 to 1. */
  readonly probability?: number | undefined
  /** At most this many calls. */
  readonly times?: number | undefined
  readonly effect: FaultEffect
}

export interface FaultState {
  readonly id: string
  readonly rule: FaultRule
  /** Calls that fitted, and calls that were struck. */
  readonly seen: number
  readonly struck: number
}

/** What a rule looks at. */
export interface FaultTarget {
  readonly action: string
  readonly params: RawParams
  readonly accountId: string
}

/** Errors on demand. The first rule that fits, and whose turn it is, wins. */
export class FaultRules {
  readonly #random: Random
  #rules: { id: string; rule: FaultRule; seen: number; struck: number }[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
  }

  add(rule: FaultRule): FaultState {
    const state = { id: `fault-${++this.#made}`, rule, seen: 0, struck: 0 }
    this.#rules.push(state)
    return { ...state }
  }

  list(): FaultState[] {
    return this.#rules.map(one => Object.assign({}, one))
  }

  /** False when there is no such rule. */
  remove(id: string): boolean {
    const before = this.#rules.length
    this.#rules = this.#rules.filter(one => one.id !== id)
    return this.#rules.length < before
  }

  clear(): void {
    this.#rules = []
  }

  /** What the call meets, if anything; counts it for the rules that it fits. */
  strike(target: FaultTarget): FaultEffect | undefined {
    for (const state of this.#rules) {
      const { rule } = state
      if (!fits(rule, target)) continue
      state.seen++
      const isItsTurn =
        (rule.nth === undefined || rule.nth === state.seen) &&
        (rule.times === undefined || state.struck < rule.times) &&
        (rule.probability === undefined || this.#random.next() < rule.probability)
      if (!isItsTurn) continue
      state.struck++
      return rule.effect
    }
    return undefined
  }
}

function fits(rule: FaultRule, { action, params, accountId }: FaultTarget): boolean {
  return (
    (rule.action === undefined || rule.action === action) &&
    (rule.region === undefined || rule.region === params['RegionId']) &&
    (rule.account === undefined || rule.account === accountId) &&
    (rule.instanceId === undefined || names(params, rule.instanceId))
  )
}

/** Whether a call is about an instance, in any of the ways that operations name one. */
function names(params: RawParams, instanceId: string): boolean {
  for (const name in params) {
    if (/^InstanceId(\.\d+)?$/.test(name) && params[name] === instanceId) return true
  }
  return params['InstanceIds']?.includes(`"${instanceId}"`) ?? false
}
