import { readFileSync } from 'node:fs'

/** A process that will not be taken for another one that got its number later. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, from /proc. */
  readonly startedAt: string
}

/** The process with this number, if it is the QEMU of the machine with this uuid. */
export function findMachineProcess(pid: number, uuid: string): ProcessIdentity | undefined {
  const startedAt = readStart(pid)
  const args = readText(`/proc/${pid}/cmdline`)?.split('\0') ?? []
  const place = args.indexOf('-uuid')
  return startedAt !== undefined && place > 0 && args[place + 1] === uuid ? { pid, startedAt } : undefined
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return readStart(pid) === startedAt
}

/**
 * Undefined for a process that is gone, or dead and not yet collected. Its first thread may be dead before the others are;
 * until then its files are open and locked. See proc(5), /proc/pid/stat.
 */
function readStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  const [state, threads] = [fields[0], Number(fields[17])]
  return (state === 'Z' && threads <= 1) || state === 'X' ? undefined : fields[19]
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: readStart(process.pid) ?? '' }
}
