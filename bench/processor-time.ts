import { readdirSync, readFileSync } from 'node:fs'

/** A clock tick of /proc, ms. */
const tickMs = 10

/** Processor time of processes up to now, ms; undefined where there is no /proc to read it from. */
export function processorTime(pids: readonly number[]): number | undefined {
  const times = pids.map(pid => readStat(pid)?.ownMs)
  return times.includes(undefined) ? undefined : times.reduce<number>((sum, time) => sum + (time ?? 0), 0)
}

/** Of a process and its children, those that have ended included, ms. */
export function familyProcessorTime(parent: number): number | undefined {
  const stat = readStat(parent)
  if (stat === undefined) return undefined
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => readStat(Number(name)))
    .filter(child => child?.parent === parent)
  return children.reduce((sum, child) => sum + (child?.ownMs ?? 0), stat.ownMs + stat.endedChildrenMs)
}

/** See proc(5), /proc/pid/stat: parent is field 4, times are fields 14 to 17. */
function readStat(pid: number): { parent: number; ownMs: number; endedChildrenMs: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    parent: field(4),
    ownMs: (field(14) + field(15)) * tickMs,
    endedChildrenMs: (field(16) + field(17)) * tickMs,
  }
}
