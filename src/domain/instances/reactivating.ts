import type { AccountFacts, InstanceFacts } from './types.ts'

export interface ReactivationSituation {
  readonly instance: Pick<InstanceFacts, 'chargeType' | 'status' | 'locks'>
  readonly account: Pick<AccountFacts, 'balanceFen'>
  /** It is off because the account was in arrears, and has not come back. */
  readonly stoppedForArrears: boolean
}

/** In the order in which they are checked. Source: help page "ReActivateInstances", 2024 to 2026. */
const checks = [
  ['subscription', ({ instance }) => instance.chargeType !== 'PostPaid'],
  ['locked-for-security', ({ instance }) => instance.locks.includes('security')],
  ['wrong-status', ({ instance }) => instance.status !== 'Stopped'],
  ['not-in-arrears', ({ instance, stoppedForArrears }) => !stoppedForArrears && !instance.locks.includes('financial')],
  ['insufficient-balance', ({ account }) => account.balanceFen < 0],
] as const satisfies readonly (readonly [string, (situation: ReactivationSituation) => boolean])[]

export type ReactivationRefusal = (typeof checks)[number][0]

/** Why an instance does not come back, or undefined: then it is started as ever. */
export function refusalOfReactivation(situation: ReactivationSituation): ReactivationRefusal | undefined {
  return checks.find(([, objects]) => objects(situation))?.[0]
}
