import { isDescription, isHostName, isInstanceName, isPassword } from './naming.ts'
import type { InstanceFacts } from './types.ts'
import { exceedsUserData } from './user-data.ts'

/** What ModifyInstanceAttribute may change; undefined leaves it as it is. */
export interface AttributeChange {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly hostName: string | undefined
  /** Checked, but kept nowhere. */
  readonly password: string | undefined
  readonly userData: string | undefined
  /** Empty leaves them as they are. */
  readonly securityGroupIds: readonly string[]
  readonly deletionProtection: boolean | undefined
  readonly creditSpecification: string | undefined
}

export interface AttributeSituation {
  readonly instance: Pick<InstanceFacts, 'status' | 'locks' | 'chargeType' | 'spotStrategy' | 'networkType'>
  readonly change: AttributeChange
  readonly windows: boolean
  /** The type earns CPU credits. */
  readonly burstable: boolean
  /** The groups that the instance may be in. */
  readonly knownGroups: readonly string[]
}

/** In the order in which they are checked. Source: help page "ModifyInstanceAttribute". */
const checks = [
  ['locked-for-security', ({ instance }) => instance.locks.includes('security')],
  ['malformed-name', ({ change: { name } }) => name !== undefined && !isInstanceName(name)],
  ['malformed-description', ({ change: { description: text } }) => text !== undefined && !isDescription(text)],
  ['malformed-host-name', ({ change, windows }) => isGivenAnd(change.hostName, text => !isHostName(text, windows))],
  ['malformed-password', ({ change, windows }) => isGivenAnd(change.password, text => !isPassword(text, windows))],
  ['user-data-too-large', ({ change }) => isGivenAnd(change.userData, exceedsUserData)],
  [
    'user-data-unsupported',
    ({ instance, change }) => isGivenAnd(change.userData, () => instance.networkType !== 'vpc'),
  ],
  // The guest could miss the change while it boots.
  ['still-booting', ({ instance: { status }, change }) => isBooting(status) && changesLogin(change)],
  ['repeated-group', ({ change: { securityGroupIds: ids } }) => new Set(ids).size < ids.length],
  ['unknown-group', ({ change, knownGroups }) => change.securityGroupIds.some(id => !knownGroups.includes(id))],
  ['not-pay-as-you-go', ({ instance, change }) => change.deletionProtection === true && !isOnDemand(instance)],
  ['no-credits', ({ change, burstable }) => change.creditSpecification !== undefined && !burstable],
  ['not-running', ({ instance, change }) => change.creditSpecification !== undefined && instance.status !== 'Running'],
] as const satisfies readonly (readonly [string, (situation: AttributeSituation) => boolean])[]

export type AttributeRefusal = (typeof checks)[number][0]

/** Why a change is refused, or undefined. */
export function refusalOfChange(situation: AttributeSituation): AttributeRefusal | undefined {
  return checks.find(([, objects]) => objects(situation))?.[0]
}

function isGivenAnd(text: string | undefined, isBad: (text: string) => boolean): boolean {
  return text !== undefined && isBad(text)
}

function isBooting(status: InstanceFacts['status']): boolean {
  return status === 'Pending' || status === 'Starting'
}

function changesLogin({ hostName, password }: AttributeChange): boolean {
  return hostName !== undefined || password !== undefined
}

function isOnDemand({ chargeType, spotStrategy }: AttributeSituation['instance']): boolean {
  return chargeType === 'PostPaid' && spotStrategy === 'NoSpot'
}
