import type { Command } from 'commander'
import { asClient } from './control-commands.ts'
import type { ControlFlags } from './control-client.ts'
import type { ConditionFlags, EffectFlags } from './fault-flags.ts'
import type { ListFlags, ScenarioFlags } from './fault.ts'

/** Adds `localyun fault …`: errors on demand in a running server. */
export function addFaultCommands(program: Command): void {
  const fault = program.command('fault').description('let calls or instances of a running server meet errors on demand')

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
  return command
    .option('--error <code>', 'the call is answered with this error, and nothing is done')
    .option('--throttle [ms]', 'the call is throttled, and told to come back after so long (default 1000)')
    .option('--latency <duration>', 'the call is done at once and answered later, like 2s; real time')
    .option('--drop <before|after>', 'the connection breaks, before or after the work')
    .option('--error-after-commit <code>', 'the call is done, and answered with this error')
    .option('--refuse <code>', 'the instance is refused with this error')
    .option('--status <n>', 'the HTTP status of the error; one of ours brings its own')
    .option('--message <text>', 'the text of the error; one of ours brings its own')
    .option('--stuck', 'a normal stop stays in Stopping until it is forced')
    .option('--slow-guest <duration>', 'the guest takes so long to shut down, like 9m')
    .option('--revert [reason]', 'the order is accepted and taken back')
    .option('--after <duration>', 'with --revert: after so long, instead of when it would have been done')
    .option('--stale <duration>', 'queries show the instance as it was for so long, like 30s')
    .option('--driver-fails <n>', 'so many tries to drive the machine fail')
}
