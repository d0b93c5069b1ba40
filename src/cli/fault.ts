import type { ShownFault } from '../control/faults/fault-rule.ts'
import { findScenario, type Scenario, scenarios } from '../control/faults/scenarios.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { type ConditionFlags, type EffectFlags, readConditions, readEffect } from './fault-flags.ts'
import { describeFaults } from './fault-text.ts'
import { say } from './say.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

/** How wide the text of a scenario is. */
const columns = 100

export interface ListFlags extends ControlFlags {
  readonly json?: boolean
}

export interface ScenarioFlags extends ControlFlags, ConditionFlags {
  readonly show?: boolean
}

export async function listFaults(flags: ListFlags): Promise<void> {
  const { faults } = (await connect(flags).call('GET', '/faults')) as { faults: ShownFault[] }
  if (flags.json === true) return say(JSON.stringify({ faults }, undefined, 2))
  say(faults.length === 0 ? 'There are no fault rules.' : describeFaults(faults))
}

export async function addFault(flags: ControlFlags & ConditionFlags & EffectFlags): Promise<void> {
  const rule = Object.assign(readConditions(flags), readEffect(flags))
  say(describeFaults([(await connect(flags).call('POST', '/faults', rule)) as ShownFault]))
}

export async function removeFault(id: string, flags: ControlFlags): Promise<void> {
  await connect(flags).call('DELETE', `/faults/${encodeURIComponent(id)}`)
  say(`${id} was taken away.`)
}

export async function clearFaults(flags: ControlFlags): Promise<void> {
  await connect(flags).call('DELETE', '/faults')
  say('All fault rules were taken away.')
}

/** The gallery is part of the program: no server is asked. */
export function listScenarios(): void {
  say(formatTable([['SCENARIO', 'WHAT IT IS'], ...scenarios.map(one => [one.name, one.title])]))
}

export async function playScenario(name: string, flags: ScenarioFlags): Promise<void> {
  const scenario = findScenario(name)
  if (scenario === undefined) {
    throw new UsageError(`There is no scenario "${name}". "localyun fault scenario" lists them.`)
  }
  if (flags.show === true) {
    say(
      `${describeScenario(scenario)}\n\nRules:\n${scenario.rules.map(rule => `  ${JSON.stringify(rule)}`).join('\n')}`,
    )
    return
  }
  const conditions = readConditions(flags)
  const { faults } = (await connect(flags).call('POST', `/scenarios/${name}`, conditions)) as { faults: ShownFault[] }
  say(`${describeScenario(scenario)}\n\n${describeFaults(faults)}`)
}

function describeScenario({ title, story, signs, advice }: Scenario): string {
  return [title, story, `What you see: ${signs}`, `What to do: ${advice}`].map(wrap).join('\n\n')
}

function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].join('\n')
}
