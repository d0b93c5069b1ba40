import type { InstanceFacts } from '../instances/types.ts'

interface Holder extends Pick<InstanceFacts, 'regionId' | 'networkType' | 'status' | 'regainsPublicIp'> {
  readonly publicIp: string
  readonly eip: string
}

interface Pair {
  readonly eip: { readonly regionId: string; readonly instanceSeq: number | null }
  readonly instance: Holder
}

/** In the order in which they are checked. Source: help page "AssociateEipAddress", to 2024-11. */
const checks = [
  ['other-region', ({ eip, instance }) => eip.regionId !== instance.regionId],
  ['not-in-vpc', ({ instance }) => instance.networkType !== 'vpc'],
  ['eip-in-use', ({ eip }) => eip.instanceSeq !== null],
  ['instance-unsettled', ({ instance }) => !isSettled(instance)],
  // One that an economical stop has taken comes back with the next start.
  ['has-public-address', ({ instance }) => instance.publicIp !== '' || instance.regainsPublicIp],
  ['has-eip', ({ instance }) => instance.eip !== ''],
] as const satisfies readonly (readonly [reason: string, objects: (pair: Pair) => boolean])[]

export type AssociationRefusal = (typeof checks)[number][0]

/** Why an EIP cannot be bound to an instance; undefined when it can. */
export function refusalOfAssociation(pair: Pair): AssociationRefusal | undefined {
  return checks.find(([, objects]) => objects(pair))?.[0]
}

/** Addresses are given and taken only while an instance is Running or Stopped. */
export function isSettled({ status }: Pick<InstanceFacts, 'status'>): boolean {
  return status === 'Running' || status === 'Stopped'
}
