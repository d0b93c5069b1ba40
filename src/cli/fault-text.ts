import { describeEffect } from '../control/faults/effects.ts'
import type { FaultRuleInput, ShownFault } from '../control/faults/fault-rule.ts'
import { formatTable } from './table.ts'

export function describeFaults(faults: readonly ShownFault[]): string {
  const rows = faults.map(one => [
    one.id,
    describePlace(one),
    describeEffect(one),
    String(one.seen),
    String(one.struck),
  ])
  return formatTable([['FAULT', 'WHERE', 'WHAT', 'SEEN', 'STRUCK'], ...rows])
}

/** Which calls or instances trigger a rule, and how often. */
function describePlace(rule: FaultRuleInput): string {
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

function label(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`
}
