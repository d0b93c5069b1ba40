import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ComputeError } from '../driver.ts'

/** Runs a program to its end and returns what it printed; what it complained of is the message of the error. */
export async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, maxBuffer: 16 * 1024 * 1024 })
    return stdout
  } catch (reason) {
    throw explained(program, reason)
  }
}

function explained(program: string, reason: unknown): unknown {
  const { code, stderr = '' } = reason as { code?: unknown; stderr?: string }
  if (code === 'ENOENT') return new ComputeError(`${program} is not installed. ${howToInstall}`)
  return stderr.trim() === '' ? reason : new Error(`${program}: ${stderr.trim()}`)
}

const howToInstall = 'On Debian: apt-get install qemu-system-x86 qemu-utils'
