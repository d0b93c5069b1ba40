import type { FaultRuleInput } from '../control/faults/fault-rule.ts'
import { formatTable } from './table.ts'

/** A rule as the control API gives it back. */
export interface Fault extends FaultRuleInput {
  readonly id: string
  readonly seen: number
  readonly struck: number
}

export function describeFaults(faults: readonly Fault[]): string {
  const rows = faults.map(one => [
    one.id,
    describePlace(one),
    describeEffect(one),
    String(one.seen),
    String(one.struck),
  ])
  return formatTable([['FAULT', 'WHERE', 'WHAT', 'SEEN', 'STRUCK'], ...rows])
}

/** Which calls or instances a rule strikes, and how often. */
export function describePlace(rule: FaultRuleInput): string {
  const { action, instanceId, tag, region, account, nth, times, probability } = rule
  const parts = [
    action,
    instanceId,
    label('tag', tag),
    region,
    label('account', account),
    nth === undefined ? undefined : `number ${nth}`,
    times === undefined ? undefined : `at most ${times}`,
    probability === undefined ? undefined : `${Number((probability * 100).toPrecision(6))} %`,
  ].filter(part => part !== undefined)
  return parts.length === 0 ? 'everywhere' : parts.join(', ')
}

/** What happens there. */
export function describeEffect(rule: FaultRuleInput): string {
  const { error, throttle, latencyMs, drop, errorAfterCommit, refuse, slowGuestSeconds, revert, staleSeconds } = rule
  if (error !== undefined) return `error ${describeError(error)}`
  if (throttle !== undefined) return `throttled for ${throttle.retryAfterMs} ms`
  if (latencyMs !== undefined) return `answered ${latencyMs} ms later`
  if (drop !== undefined) return drop === 'before' ? 'connection breaks, nothing done' : 'connection breaks, all done'
  if (errorAfterCommit !== undefined) return `done, and error ${describeError(errorAfterCommit)}`
  if (refuse !== undefined) return `instance refused, ${describeError(refuse)}`
  if (rule.stuck === true) return 'stuck in Stopping'
  if (slowGuestSeconds !== undefined) return `guest takes ${slowGuestSeconds} s to shut down`
  if (staleSeconds !== undefined) return `queries lag ${staleSeconds} s behind`
  if (revert === undefined) return `${rule.driverFails} tries to drive the machine fail`
  const when = revert.afterSeconds === undefined ? '' : ` after ${revert.afterSeconds} s`
  return `taken back${when}: ${revert.reason}`
}

function describeError({ code, httpStatus }: { code: string; httpStatus?: number | undefined }): string {
  return httpStatus === undefined ? code : `${httpStatus} ${code}`
}

function label(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`
}
