import { dayMs, hourMs } from '../time.ts'
import type { Nano } from './money.ts'

/** How long an account may owe before something happens; ms of instance time. */
export interface ArrearsTerms {
  /** From the first hour in arrears until pay-as-you-go instances are locked and stopped. */
  readonly graceMs: number
  /** From then until they are released. */
  readonly releaseMs: number
}

/** What an account has, as anybody sees it, that nobody has set a balance of: it never runs dry. 1/100 CNY. */
export const unlimitedBalanceFen = 1_000_000_00

/** Stop on T+15, release 15 days later: help page "Overdue payments" of pay-as-you-go, international rules of 2021. */
export const documentedTerms: ArrearsTerms = { graceMs: 15 * dayMs, releaseMs: 15 * dayMs }

/** A stop for arrears is announced less than an hour before: help page "Overview of ECS system events". */
const noticeMs = hourMs

/** What becomes of an account that owes, in this order. */
export type ArrearsStep = 'wait' | 'announce' | 'stop'

/** How far an account is that has been in arrears since `since`, and when the next step is due; ms of instance time. */
export function arrearsStepAt(
  since: number,
  at: number,
  { graceMs }: ArrearsTerms,
): { readonly step: ArrearsStep; readonly stopAt: number; readonly nextAt: number | null } {
  const stopAt = since + graceMs
  const announceAt = Math.max(since, stopAt - noticeMs)
  if (at < announceAt) return { step: 'wait', stopAt, nextAt: announceAt }
  return at < stopAt ? { step: 'announce', stopAt, nextAt: stopAt } : { step: 'stop', stopAt, nextAt: null }
}

const hourSeconds = hourMs / 1000
/** Beyond this nobody waits for it: the year 9999, seconds since the epoch. */
const endOfTime = 253_370_764_800n

/** Accounts are settled at whole hours, as pay-as-you-go is billed; the first after a second, ms. */
export function nextHour(seconds: number): number {
  return (Math.floor(seconds / hourSeconds) + 1) * hourSeconds * 1000
}

/**
 * The first whole hour at which a balance will be below zero if nothing changes: nobody has to look before that. Null
 * when that is never. `rate` is in nano-yuan per second, the time in seconds since the epoch; the answer in ms.
 */
export function runsDryAt(balance: Nano, rate: Nano, seconds: number): number | null {
  if (balance < 0n) return nextHour(seconds)
  if (rate <= 0n) return null
  const dry = BigInt(seconds) + balance / rate + 1n
  return dry > endOfTime ? null : nextHour(Number(dry) - 1)
}
