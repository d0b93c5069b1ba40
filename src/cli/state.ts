import { readFileSync, writeFileSync } from 'node:fs'
import { CommandFailure } from './command-failure.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { UsageError } from './usage-error.ts'

/** Writes all state of a running server to a file, or to stdout. */
export async function exportState(path: string | undefined, flags: ControlFlags): Promise<void> {
  const state = await connect(flags).text('GET', '/state')
  if (path === undefined || path === '-') return say(state)
  try {
    // The state has the secrets of all access keys.
    writeFileSync(path, `${state}\n`, { mode: 0o600 })
  } catch (reason) {
    throw new CommandFailure(`${path} cannot be written (${(reason as NodeJS.ErrnoException).code}).`)
  }
  say(`All state was written to ${path}.`)
}

/** Replaces all state of a running server by what `state export` wrote. */
export async function importState(path: string, flags: ControlFlags): Promise<void> {
  const client = connect(flags)
  await client.call('PUT', '/state', readState(path))
  say(`All state was replaced by that of ${path}.`)
}

function readState(path: string): unknown {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (reason) {
    const { code } = reason as NodeJS.ErrnoException
    throw new UsageError(code === 'ENOENT' ? `${path} does not exist.` : `${path} cannot be read (${code}).`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not JSON; give a file that "localyun state export" wrote.`)
  }
}
