import type { InstanceFacts, InstanceStatus, OperationInFlight } from '../instances/types.ts'
import { chinaOffsetMs, dayMs } from '../time.ts'

/**
 * How long an instance and its disks are kept after the end of its subscription, before they are released; ms. Help page
 * "Subscription", section "Changes in resource states after a subscription instance expires": 15 days.
 */
export const retentionMs = 15 * dayMs

export const periodUnits = ['Week', 'Month', 'Year'] as const

export interface SubscriptionPeriod {
  readonly length: number
  readonly unit: (typeof periodUnits)[number]
}

/** NotRenewal differs from Normal in the reminders alone. Help page "ModifyInstanceAutoRenewAttribute". */
export const renewalStatuses = ['AutoRenewal', 'Normal', 'NotRenewal'] as const
export type RenewalStatus = (typeof renewalStatuses)[number]

/** A month is 30 days, a year 365. */
export function periodMs({ length, unit }: SubscriptionPeriod): number {
  return length * { Week: 7, Month: 30, Year: 365 }[unit] * dayMs
}

const purchasable = {
  Week: [1, 2, 3, 4],
  Month: [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60],
  Year: [1, 2, 3, 4, 5],
} as const satisfies Record<SubscriptionPeriod['unit'], readonly number[]>

/** Periods that can be bought. Help pages "RenewInstance" and "ModifyInstanceChargeType". */
export function isPurchasable({ length, unit }: SubscriptionPeriod): boolean {
  return (purchasable[unit] as readonly number[]).includes(length)
}

const renewable = {
  Week: [1, 2, 3, 4],
  Month: [1, 2, 3, 6, 12, 24, 36, 48, 60],
  Year: [1, 2, 3, 4, 5],
} as const satisfies Record<SubscriptionPeriod['unit'], readonly number[]>

/** Periods that a subscription can renew itself by. Help page "ModifyInstanceAutoRenewAttribute". */
export function isRenewable({ length, unit }: SubscriptionPeriod): boolean {
  return (renewable[unit] as readonly number[]).includes(length)
}

/** The next time after `expiresAt` that is on this day of a month in China, at the same time of day. */
export function nextDayOfMonth(expiresAt: number, day: number): number {
  const local = new Date(expiresAt + chinaOffsetMs)
  const sameMonth = new Date(local).setUTCDate(day)
  const at = sameMonth > local.getTime() ? sameMonth : new Date(sameMonth).setUTCMonth(local.getUTCMonth() + 1)
  return at - chinaOffsetMs
}

/** What the platform does when it deals with the end of a subscription. */
export type ExpiryPlan = 'renew' | 'lock' | 'lock-and-stop' | 'release' | 'wait'

export interface ExpirySituation {
  readonly status: InstanceStatus
  readonly operation: OperationInFlight | null
  /** It has been locked for that end. */
  readonly expired: boolean
  readonly renewalStatus: RenewalStatus | ''
  /** The account has the money for the next period. */
  readonly affordable: boolean
}

/** An instance that is about to be on is waited for; one that is on its way off is off. */
export function planExpiry({ status, operation, expired, renewalStatus, affordable }: ExpirySituation): ExpiryPlan {
  if (expired) return 'release'
  if (renewalStatus === 'AutoRenewal' && affordable) return 'renew'
  if (status === 'Running') return 'lock-and-stop'
  const isOff = status === 'Stopped' || (status === 'Stopping' && operation !== 'reboot')
  return isOff ? 'lock' : 'wait'
}

type RenewalFacts = Pick<InstanceFacts, 'chargeType' | 'status' | 'locks' | 'expiresAt'>

/** Why a subscription cannot be renewed until `until`, or undefined. Help page "RenewInstance". */
export function refusalOfRenewal({ chargeType, status, locks }: RenewalFacts, until: number, now: number) {
  if (locks.includes('security')) return 'locked-for-security' as const
  if (chargeType !== 'PrePaid') return 'pay-as-you-go' as const
  if (status === 'Pending') return 'wrong-status' as const
  // It would end before it began.
  return until <= now ? ('ends-in-the-past' as const) : undefined
}

type ChargeFacts = Pick<
  InstanceFacts,
  'chargeType' | 'status' | 'operation' | 'stopMode' | 'locks' | 'spotStrategy' | 'managed'
> & { readonly autoReleaseAt: number | null }

/** In the order in which they are checked. Help page "ModifyInstanceChargeType", 2026-01. */
const chargeChecks = [
  ['managed-by-product', ({ managed }) => managed],
  ['locked-for-security', ({ locks }) => locks.includes('security')],
  ['expired', ({ locks, chargeType }) => chargeType === 'PrePaid' && locks.includes('financial')],
  ['in-arrears', ({ locks }) => locks.some(lock => lock !== 'security')],
  ['spot', ({ spotStrategy }) => spotStrategy !== 'NoSpot'],
  ['has-it-already', ({ chargeType }, wanted) => chargeType === wanted],
  ['release-time-set', ({ autoReleaseAt }) => autoReleaseAt !== null],
  ['wrong-status', ({ status }) => status !== 'Running' && status !== 'Stopped'],
  ['in-flight', ({ operation }) => operation !== null],
  // Its capacity is somebody else's by now (help page "Economical mode").
  ['economical', ({ status, stopMode }) => status === 'Stopped' && stopMode === 'StopCharging'],
] as const satisfies readonly (readonly [
  string,
  (facts: ChargeFacts, wanted: InstanceFacts['chargeType']) => boolean,
])[]

export type ChargeRefusal = (typeof chargeChecks)[number][0]

/** Why an instance cannot be charged in another way, or undefined. */
export function refusalOfChargeType(
  facts: ChargeFacts,
  wanted: InstanceFacts['chargeType'],
): ChargeRefusal | undefined {
  return chargeChecks.find(([, objects]) => objects(facts, wanted))?.[0]
}
