import { createInterface } from 'node:readline/promises'
import { CommandFailure } from './command-failure.ts'
import { type ControlClient, connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { UsageError } from './usage-error.ts'

/** Empties a running server, if the one who asks means it. */
export async function reset(flags: ControlFlags & { readonly yes?: boolean }): Promise<void> {
  const client = connect(flags)
  if (flags.yes !== true && !(await isConfirmed(client))) throw new CommandFailure('Nothing was changed.')
  await client.call('POST', '/reset')
  say('Everything was removed; the default account is left.')
}

async function isConfirmed(client: ControlClient): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('reset removes all instances, accounts and events. Say --yes to do it.')
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const question = `Remove all instances, accounts and events of ${client.url}? [y/N] `
    return /^y(es)?$/i.test((await prompt.question(question)).trim())
  } catch (reason) {
    // Ctrl-C or Ctrl-D instead of an answer.
    if ((reason as Error).name === 'AbortError') return false
    throw reason
  } finally {
    prompt.close()
  }
}
