import { parseDuration } from '../control/duration.ts'
import type { ClockMove, ClockProgress, ClockReading } from '../control/routes/clock.ts'
import { readTime, timeForms } from '../control/time.ts'
import { CommandFailure } from './command-failure.ts'
import { connect, type ControlFlags } from './control-client.ts'
import { say } from './say.ts'
import { UsageError } from './usage-error.ts'

/** A pipe gets a line of progress at most this often. */
const lineEveryMs = 1_000

export async function showClock(flags: ControlFlags): Promise<void> {
  const { now, mode } = (await connect(flags).call('GET', '/clock')) as ClockReading
  say(`${now}  ${mode}`)
}

export async function advanceClock(duration: string, flags: ControlFlags): Promise<void> {
  if (parseDuration(duration) === undefined) {
    throw new UsageError(`"${duration}" is no duration like 90s, 10m, 1d2h or PT10M.`)
  }
  await move({ advance: duration }, flags)
}

export async function setClock(time: string, flags: ControlFlags): Promise<void> {
  const at = readTime(time, 'Z')
  if (at === undefined) {
    throw new UsageError(`"${time}" is no time like ${timeForms}.`)
  }
  await move({ set: new Date(at).toISOString() }, flags)
}

export async function runUntilIdle(flags: ControlFlags): Promise<void> {
  await move({ until: 'idle' }, flags)
}

export async function runUntilStopped(instanceId: string, flags: ControlFlags): Promise<void> {
  await move({ untilStopped: instanceId }, flags)
}

/** Moves the clock and tells how far it is: a line that changes on a terminal, a line now and then in a pipe. */
async function move(to: ClockMove, flags: ControlFlags): Promise<void> {
  const client = connect(flags)
  const live = process.stdout.isTTY
  let toldAt = -Infinity
  for await (const { event, data } of client.events('POST', '/clock', to)) {
    if (live && toldAt > 0) process.stdout.write('\r\u001B[2K')
    if (event === 'failed') throw new CommandFailure((data as { error: string }).error)
    if (event === 'done') return say(describeEnd(data as ClockProgress))
    if (live) process.stdout.write(describeProgress(data as ClockProgress))
    else if (performance.now() - toldAt >= lineEveryMs) say(describeProgress(data as ClockProgress))
    else continue
    toldAt = performance.now()
  }
  throw new CommandFailure(`${client.url} ended before the clock was there.`)
}

function describeProgress({ now, jobs, part }: ClockProgress): string {
  const share = part === undefined ? '' : `  ${String(Math.floor(part * 100)).padStart(3)} %`
  return `  ${now}  ${inWords(jobs)}${share}`
}

function describeEnd({ now, jobs }: ClockProgress): string {
  return `Instance time is ${now}; ${inWords(jobs)} ran.`
}

function inWords(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`
}
