import { type CpuLayout, cpuLayout, type InstanceType } from '../catalogue/instance-types.ts'
import type { AccountFacts, InstanceFacts } from './types.ts'

/** What ModifyInstanceSpec may change: the type or the public bandwidth, one at a time. ModifyInstanceNetworkSpec changes more of the latter. */
export type SpecChange =
  | {
      readonly of: 'type'
      /** Undefined when there is no such type. */
      readonly target: InstanceType | undefined
    }
  | {
      readonly of: 'bandwidth'
      /** Mbit/s; undefined leaves it as it is. */
      readonly out: number | undefined
      /** Mbit/s; undefined follows from what goes out. */
      readonly in: number | undefined
    }

export interface SpecSituation {
  readonly instance: Pick<
    InstanceFacts,
    'status' | 'operation' | 'locks' | 'chargeType' | 'spotStrategy' | 'managed' | 'type'
  >
  readonly account: Pick<AccountFacts, 'balanceFen'>
  readonly current: InstanceType | undefined
  readonly creditSpecification: string
  readonly diskCount: number
  readonly hasEip: boolean
  readonly bandwidthOut: number
  readonly bandwidthIn: number
}

/** What is to be written. */
export type SpecPlan =
  | {
      readonly of: 'type'
      readonly type: string
      readonly family: string
      readonly cpu: CpuLayout
      readonly creditSpecification: string
    }
  | { readonly of: 'bandwidth'; readonly out: number; readonly in: number }

type Check<Change> = readonly [reason: string, objects: (situation: SpecSituation, change: Change) => boolean]
type TypeChange = Extract<SpecChange, { of: 'type' }>
type BandwidthChange = Extract<SpecChange, { of: 'bandwidth' }>

/** In the order in which they are checked. Source: help page "ModifyInstanceSpec", to 2025-12. */
const commonChecks = [
  ['managed-by-product', ({ instance }) => instance.managed],
  ['locked-for-security', ({ instance }) => instance.locks.includes('security')],
  ['in-arrears', ({ instance, account }) => instance.locks.length > 0 || account.balanceFen < 0],
  ['subscription', ({ instance }) => instance.chargeType !== 'PostPaid'],
  [
    'operation-in-flight',
    ({ instance: { operation } }) => operation === 'reboot' || operation === 'release' || operation === 'deallocate',
  ],
] as const satisfies readonly Check<SpecChange>[]

const typeChecks = [
  ['unknown-type', (_, { target }) => target === undefined],
  ['not-stopped', ({ instance }) => instance.status !== 'Stopped'],
  // Help page "Change instance types": spot instances and local disks stay as they are.
  ['spot', ({ instance }) => instance.spotStrategy !== 'NoSpot'],
  ['local-disks', ({ current }) => current?.localStorage !== undefined],
  [
    'unreachable-type',
    ({ instance }, { target }) => target?.localStorage !== undefined || target?.id === instance.type,
  ],
  ['other-architecture', ({ current }, { target }) => current?.architecture !== target?.architecture],
  ['too-many-disks', ({ diskCount }, { target }) => diskCount > (target?.diskQuantity ?? 0)],
] as const satisfies readonly Check<TypeChange>[]

const bandwidthChecks = [
  ['unsettled', ({ instance: { status } }) => status !== 'Running' && status !== 'Stopped'],
  ['eip-bound', ({ hasEip }, { out = 0 }) => hasEip && out > 0],
  ['bad-bandwidth', (situation, change) => bandwidthIn(situation, change) > mostIn(situation, change)],
] as const satisfies readonly Check<BandwidthChange>[]

export type SpecRefusal = (typeof commonChecks | typeof typeChecks | typeof bandwidthChecks)[number][0]

/** What the change comes to, or why it is refused. */
export function decideSpecChange(
  situation: SpecSituation,
  change: SpecChange,
): { plan: SpecPlan } | { refusal: SpecRefusal } {
  const refusal =
    commonChecks.find(([, objects]) => objects(situation))?.[0] ??
    (change.of === 'type'
      ? typeChecks.find(([, objects]) => objects(situation, change))?.[0]
      : bandwidthChecks.find(([, objects]) => objects(situation, change))?.[0])
  if (refusal !== undefined) return { refusal }
  if (change.of === 'bandwidth') {
    const out = change.out ?? situation.bandwidthOut
    return { plan: { of: 'bandwidth', out, in: bandwidthIn(situation, change) } }
  }
  const { target } = change
  if (target === undefined) return { refusal: 'unknown-type' }
  const { id: type, family, credits } = target
  const creditSpecification = credits === undefined ? '' : situation.creditSpecification || 'Standard'
  return { plan: { of: 'type', type, family, cpu: cpuLayout(target), creditSpecification } }
}

/** Up to 10 Mbit/s may come in, or as much as goes out. */
function mostIn({ bandwidthOut }: SpecSituation, { out = bandwidthOut }: BandwidthChange): number {
  return Math.max(10, out)
}

function bandwidthIn(situation: SpecSituation, change: BandwidthChange): number {
  return change.in ?? (change.out === undefined ? situation.bandwidthIn : mostIn(situation, change))
}
