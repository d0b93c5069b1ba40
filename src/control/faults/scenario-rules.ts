import type { FaultRuleInput } from './fault-rule.ts'
import { ControlError } from '../route.ts'
import { findScenario, scenarios } from './scenarios.ts'

/** Which calls or instances are to trigger a scenario; a condition that is not given is the scenario's own. */
export type FaultConditions = Pick<
  FaultRuleInput,
  'action' | 'instanceId' | 'tag' | 'region' | 'account' | 'nth' | 'probability' | 'times'
>

/** The rules of a scenario, narrowed: of those about an action only the ones about the action that is asked for. */
export function scenarioRules(name: string, narrowedTo: FaultConditions): FaultRuleInput[] {
  const scenario = findScenario(name)
  if (scenario === undefined) {
    const names = scenarios.map(one => one.name).join(', ')
    throw new ControlError(404, `There is no scenario "${name}". There are ${names}.`)
  }
  const { action } = narrowedTo
  const rules = scenario.rules.filter(
    rule => action === undefined || rule.action === undefined || rule.action === action,
  )
  if (rules.length === 0) {
    const actions = [...new Set(scenario.rules.map(rule => rule.action))].join(', ')
    throw new ControlError(400, `The scenario "${name}" has no rule about ${action}, only about ${actions}.`)
  }
  return rules.map(rule => Object.assign({}, rule, narrowedTo))
}
