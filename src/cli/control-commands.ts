import { type Command, Option } from 'commander'
import type { ControlFlags } from './control-client.ts'
import { costGroupings } from '../domain/billing/report.ts'
import type { CostFlags } from './cost.ts'
import type { ImportFlags } from './image.ts'
import type { InstancesFlags } from './instances.ts'
import { endWhenNobodyReads } from './say.ts'
import type { WebhookFlags } from './webhook.ts'

/** Adds the commands that are clients of a running server's control API. */
export function addControlCommands(program: Command): void {
  asClient(program.command('seed'))
    .description('add seed documents to a running server: all of them, or none')
    .argument('<file...>', 'YAML or JSON; docs/seeds.md describes it')
    .action(async (files: string[], flags: ControlFlags) => {
      const { seed } = await import('./seed.ts')
      await seed(files, flags)
    })

  asClient(program.command('reset'))
    .description('empty a running server; only the default account is left')
    .option('--yes', 'do not ask')
    .action(async (flags: ControlFlags & { yes?: boolean }) => {
      const { reset } = await import('./reset.ts')
      await reset(flags)
    })

  addState(program.command('state').description('take all state out of a running server, or put it back'))
  addClock(asClient(program.command('clock')))
  addImage(program.command('image').description('images for real machines, of a server that runs on this machine'))
  addWebhook(program.command('webhook').description('send the events of a running server to URLs'))

  asClient(program.command('instances'))
    .description('show all instances of a running server, or one with its timeline')
    .argument('[id]', 'an instance, also one that was released')
    .option('--watch', 'go on showing what changes, until Ctrl-C')
    .option('--json', 'as JSON, for scripts')
    .action(async (id: string | undefined, flags: InstancesFlags) => {
      const { showInstance, showInstances } = await import('./instances.ts')
      await (id === undefined ? showInstances(flags) : showInstance(id, flags))
    })

  asClient(program.command('cost'))
    .description('show what instances of a running server cost, and what stopping them saved')
    .option(
      '--from <time>',
      'like 2026-09-01T00:00:00Z, or a day, which begins at midnight UTC+8; default: the first cost',
    )
    .option('--until <time>', 'likewise; default: now')
    .addOption(new Option('--by <what>', 'what the lines are').choices(costGroupings).default('instance'))
    .option('--account <id>', 'one account; default: all')
    .option('--json', 'as JSON, for scripts')
    .action(async (flags: CostFlags) => {
      const { showCost } = await import('./cost.ts')
      await showCost(flags)
    })
}

function addState(state: Command): void {
  asClient(state.command('export'))
    .description('write all state, access keys with their secrets included')
    .argument('[file]', 'where to; stdout when it is left out')
    .action(async (file: string | undefined, flags: ControlFlags) => {
      const { exportState } = await import('./state.ts')
      await exportState(file, flags)
    })
  asClient(state.command('import'))
    .description('replace all state by what "state export" wrote')
    .argument('<file>', 'what to put back')
    .action(async (file: string, flags: ControlFlags) => {
      const { importState } = await import('./state.ts')
      await importState(file, flags)
    })
}

function addClock(clock: Command): void {
  // A flag may stand on either side of the subcommand.
  const flagsOf = (command: Command) => command.optsWithGlobals<ControlFlags>()
  clock
    .description('show instance time, or move a virtual clock and run what falls due on the way')
    .action(async (_, command: Command) => {
      const { showClock } = await import('./clock.ts')
      await showClock(flagsOf(command))
    })
  asClient(clock.command('advance'))
    .description('move the clock on')
    .argument('<duration>', 'like 90s, 10m, 1d2h or PT10M')
    .action(async (duration: string, _, command: Command) => {
      const { advanceClock } = await import('./clock.ts')
      await advanceClock(duration, flagsOf(command))
    })
  asClient(clock.command('set'))
    .description('move the clock to a time; it only goes forward')
    .argument('<time>', 'like 2030-01-31T12:00:00Z, or a day, which begins at midnight UTC')
    .action(async (time: string, _, command: Command) => {
      const { setClock } = await import('./clock.ts')
      await setClock(time, flagsOf(command))
    })
  const until = clock.command('until').description('move the clock until nothing is pending')
  asClient(until.command('idle'))
    .description('move the clock until nothing is pending')
    .action(async (_, command: Command) => {
      const { runUntilIdle } = await import('./clock.ts')
      await runUntilIdle(flagsOf(command))
    })
  asClient(clock.command('until-stopped'))
    .description('move the clock until an instance is Stopped')
    .argument('<id>', 'the instance')
    .action(async (id: string, _, command: Command) => {
      const { runUntilStopped } = await import('./clock.ts')
      await runUntilStopped(id, flagsOf(command))
    })
}

function addImage(image: Command): void {
  asClient(image.command('import'))
    .description('take a copy of an image, qcow2 or raw; docs/real-machines.md')
    .argument('<file>', 'the image')
    .requiredOption('--id <id>', 'm- and 8 to 32 lower-case letters and digits, or the id of a public image')
    .option('--name <text>', 'what it is called; default: its id')
    .option('--os <text>', 'its operating system, like "Debian 12"')
    .option('--kernel <file>', 'a kernel to boot it with; default: what is on the disk')
    .option('--initrd <file>', 'what goes with the kernel')
    .option('--append <text>', 'the command line of the kernel; default console=ttyS0')
    .action(async (file: string, flags: ImportFlags) => {
      const { importImage } = await import('./image.ts')
      await importImage(file, flags)
    })
  asClient(image.command('list'))
    .description('show all imported images')
    .option('--json', 'as JSON, for scripts')
    .action(async (flags: ControlFlags & { json?: boolean }) => {
      const { listImages } = await import('./image.ts')
      await listImages(flags)
    })
  asClient(image.command('remove'))
    .description('remove an imported image that no instance was made from')
    .argument('<id>', 'the image')
    .action(async (id: string, flags: ControlFlags) => {
      const { removeImage } = await import('./image.ts')
      await removeImage(id, flags)
    })
}

function addWebhook(webhook: Command): void {
  asClient(webhook.command('add'))
    .description('send events to a URL from now on, signed; docs/events.md describes them')
    .argument('<url>', 'http:// or https://')
    .option('--secret <text>', 'what signs them, as whsec_…; default: a new one, which is shown once')
    .option('--instance <id>', 'only events of this instance')
    .option('--account <id>', 'only events of this account')
    .option('--region <id>', 'only events of this region')
    .option('--states <list>', 'only changes to these states, like Stopping,Stopped')
    .option('--json', 'as JSON, for scripts')
    .action(async (url: string, flags: WebhookFlags) => {
      const { addWebhook } = await import('./webhook.ts')
      await addWebhook(url, flags)
    })
  asClient(webhook.command('list'))
    .description('show all webhooks: what is pending, the last error, the next try')
    .option('--json', 'as JSON, for scripts')
    .action(async (flags: WebhookFlags) => {
      const { listWebhooks } = await import('./webhook.ts')
      await listWebhooks(flags)
    })
  asClient(webhook.command('remove'))
    .description('end a webhook; what it has not accepted yet is dropped')
    .argument('<id>', 'the webhook')
    .action(async (id: string, flags: ControlFlags) => {
      const { removeWebhook } = await import('./webhook.ts')
      await removeWebhook(id, flags)
    })
}

/** Gives a command the flags of a client of a running server. */
export function asClient(command: Command): Command {
  return command
    .option('--server <url>', 'the server; default http://127.0.0.1:8526 (env: LOCALYUN_ENDPOINT)')
    .option('--control-token <text>', 'its control token (env: LOCALYUN_CONTROL_TOKEN)')
    .option('--insecure', 'take any certificate, a self-signed one for instance')
    .hook('preAction', endWhenNobodyReads)
}
