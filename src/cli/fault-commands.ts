import type { Command } from 'commander'
import { asClient } from './control-commands.ts'
import type { ControlFlags } from './control-client.ts'
import { type ConditionFlags, type EffectFlags, effectOptions } from './fault-flags.ts'
import type { ListFlags, ScenarioFlags } from './fault.ts'

/** Adds the subcommands of `localyun fault`. */
export function addFaultCommands(fault: Command): void {
  asClient(fault.command('list'))
    .description('show the fault rules, in the order in which they are tried')
    .option('--json', 'as JSON, for scripts')
    .action(async (flags: ListFlags) => {
      const { listFaults } = await import('./fault.ts')
      await listFaults(flags)
    })

  withEffects(withConditions(asClient(fault.command('add'))))
    .description('add a fault rule: where it strikes (all optional), and one thing that happens')
    .action(async (flags: ControlFlags & ConditionFlags & EffectFlags) => {
      const { addFault } = await import('./fault.ts')
      await addFault(flags)
    })

  asClient(fault.command('remove'))
    .description('take a fault rule away')
    .argument('<id>', 'the rule, like fault-1')
    .action(async (id: string, flags: ControlFlags) => {
      const { removeFault } = await import('./fault.ts')
      await removeFault(id, flags)
    })

  asClient(fault.command('clear'))
    .description('take all fault rules away')
    .action(async (flags: ControlFlags) => {
      const { clearFaults } = await import('./fault.ts')
      await clearFaults(flags)
    })

  withConditions(asClient(fault.command('scenario')))
    .description('list the named scenarios, or add one and say what will happen and what to do about it')
    .argument('[name]', 'the scenario; conditions narrow it')
    .option('--show', 'only show it')
    .action(async (name: string | undefined, flags: ScenarioFlags) => {
      const { listScenarios, playScenario } = await import('./fault.ts')
      await (name === undefined ? listScenarios() : playScenario(name, flags))
    })
}

function withConditions(command: Command): Command {
  return command
    .option('--action <name>', 'calls of this operation, or instances that it orders')
    .option('--instance <id>', 'this instance, and calls that name it')
    .option('--tag <key[=value]>', 'instances with this tag, and calls that name one')
    .option('--region <id>', 'in this region')
    .option('--account <id>', 'of this account')
    .option('--nth <n>', 'only the nth that fits')
    .option('--probability <part>', 'this part of those that fit, like 0.2 or 20%')
    .option('--times <n>', 'at most so many')
}

function withEffects(command: Command): Command {
  for (const option of effectOptions()) command.addOption(option)
  return command
}
