import { isSettled } from './eip-association.ts'
import type { InstanceFacts } from '../instances/types.ts'

export interface AddressSituation extends Pick<InstanceFacts, 'status' | 'locks'> {
  readonly eip: string
  /** Mbit/s out. */
  readonly bandwidthOut: number
}

/** In the order in which they are checked. Source: help page "AllocatePublicIpAddress", to 2026-04. */
const checks = [
  ['locked-for-security', ({ locks }) => locks.includes('security')],
  ['in-arrears', ({ locks }) => locks.length > 0],
  ['unsettled', situation => !isSettled(situation)],
  ['eip-bound', ({ eip }) => eip !== ''],
  ['no-bandwidth', ({ bandwidthOut }) => bandwidthOut === 0],
] as const satisfies readonly (readonly [reason: string, objects: (situation: AddressSituation) => boolean])[]

export type AddressRefusal = (typeof checks)[number][0]

/** Why an instance cannot get a static public address; undefined when it can. */
export function refusalOfAddress(situation: AddressSituation): AddressRefusal | undefined {
  return checks.find(([, objects]) => objects(situation))?.[0]
}
