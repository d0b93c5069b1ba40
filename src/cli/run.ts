import { Command, CommanderError, Option } from 'commander'
import { CommandFailure } from './command-failure.ts'
import { addControlCommands } from './control-commands.ts'
import type { ExecFlags } from './exec.ts'
import type { ServeFlags } from './serve.ts'
import { definitionOf, flagOf, type SettingName, settingNames, variableOf } from './settings.ts'
import { UsageError } from './usage-error.ts'

/** Runs a command line and returns the exit code: 0 done, 1 failed, 2 wrong usage, or that of the command under exec. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Command('localyun')
    .description("Alibaba Cloud ECS's instance control plane on your own machine.")
    .showHelpAfterError('Run with --help for all commands and flags.')
    .enablePositionalOptions()
    .exitOverride()

  const serveCommand = program.command('serve').description('run a server until it is told to stop')
  addSettings(serveCommand)
  serveCommand.addHelpText(
    'after',
    '\nThe default account has the AccessKey id "localyun" and the secret "localyun-secret".',
  )
  serveCommand.action(async (flags: ServeFlags) => {
    const { serve } = await import('./serve.ts')
    await serve(flags)
  })

  program
    .command('demo')
    .description('start a throw-away server, stop a batch of instances through the official SDK, and show what happens')
    .action(async () => {
      const { demo } = await import('./demo.ts')
      await demo()
    })

  program
    .command('exec')
    .description('run a command against a throw-away server, with the environment that SDKs read')
    .usage('[options] -- COMMAND [ARG ...]')
    .argument('<command...>', 'the command and its arguments')
    .addOption(optionOf('seed'))
    .addOption(optionOf('clock').default('auto'))
    .addOption(optionOf('startAt'))
    .addOption(optionOf('randomSeed'))
    .addOption(new Option('--region <id>', 'region for the SDKs').default('cn-hangzhou'))
    .passThroughOptions()
    .action(async (command: string[], flags: ExecFlags) => {
      const { exec } = await import('./exec.ts')
      exitCode = await exec(command, flags)
    })

  addControlCommands(program)
  const fault = program.command('fault').description('let calls or instances of a running server meet errors on demand')
  if (args.includes('fault')) {
    // With the flags come the schemas of effects, which no other command is to load.
    const { addFaultCommands } = await import('./fault-commands.ts')
    addFaultCommands(fault)
  }

  program
    .command('doctor')
    .description('say what this machine offers, and what that is for')
    .action(async () => {
      const { doctor } = await import('./doctor.ts')
      await doctor()
    })

  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (reason) {
    return reportFailure(reason)
  }
}

function addSettings(command: Command): void {
  command.option('--config <file>', 'YAML file with any of these settings, by name (env: LOCALYUN_CONFIG)')
  for (const name of settingNames) {
    const fallback = definitionOf(name).default
    const more = fallback === undefined ? '' : `; default ${fallback}`
    command.addOption(optionOf(name, `${more} (env: ${variableOf(name)})`))
  }
}

function optionOf(name: SettingName, more = ''): Option {
  const { form, about, list } = definitionOf(name)
  const option = new Option(`${flagOf(name)} <${form}>`, about + more)
  return list === true ? option.argParser(collect) : option
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function reportFailure(reason: unknown): number {
  // Commander has printed its own message, or the help.
  if (reason instanceof CommanderError) return reason.exitCode === 0 ? 0 : 2
  if (reason instanceof UsageError) {
    process.stderr.write(`localyun: ${reason.message}\n`)
    return 2
  }
  if (reason instanceof CommandFailure) {
    process.stderr.write(`localyun: ${reason.message}\n`)
    return 1
  }
  process.stderr.write(`localyun: unexpected failure\n${reason instanceof Error ? reason.stack : String(reason)}\n`)
  return 1
}
