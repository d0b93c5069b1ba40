import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { signedRequest } from './requests.ts'

export interface Server extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  /** From the start of the process to its first answer to a signed call, ms. */
  readonly readyMs: number
  /** Resident memory now, MB. */
  residentMB(): number
  /** Ends it in good order. */
  stop(): Promise<void>
  /** Ends it like a power cut. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `node …args` on a free port and waits until it answers a signed call. */
export async function startServer(args: readonly string[]): Promise<Server> {
  const startedAt = performance.now()
  const child = startNode([...args, '--port', '0'])
  const port = await announcedPort(child)
  await load(port, [signedRequest('DescribeRegions')], { connections: 1, count: 1 })
  const readyMs = performance.now() - startedAt
  const end = (signal: 'SIGTERM' | 'SIGKILL') => endProcess(child, signal)
  return {
    port,
    pid: child.pid ?? 0,
    readyMs,
    residentMB: () => residentMB(child),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

/** A Node that runs nothing: the time it takes from start to end, and the memory it needs while it waits. */
export async function measureBareNode(): Promise<{ startMs: number; residentMB: number }> {
  const startedAt = performance.now()
  await once(startNode(['--eval', '0']), 'exit')
  const startMs = performance.now() - startedAt
  const waiting = startNode(['--eval', 'setInterval(() => undefined, 60_000)'])
  await sleep(500)
  const resident = residentMB(waiting)
  await endProcess(waiting, 'SIGKILL')
  return { startMs, residentMB: resident }
}

function startNode(args: readonly string[]): ChildProcess {
  // Settings that the caller has for a server of their own are not for this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LOCALYUN_')))
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let errorText = ''
  child.stderr.on('data', (chunk: Buffer) => (errorText = (errorText + chunk.toString()).slice(-4_000)))
  running.add(child)
  child.once('close', (code, signal) => {
    const isUnexpected = running.delete(child) && code !== 0
    if (isUnexpected) process.stderr.write(`A process ended by itself (${code ?? signal}):\n${errorText}\n`)
  })
  return child
}

async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  running.delete(child)
  child.kill(signal)
  await exit
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function residentMB(child: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024
}

/** The port in the endpoint that a server prints once it is ready. */
function announcedPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const port = /http:\/\/127\.0\.0\.1:(\d+)\n/.exec(output)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('close', () => reject(new Error('A server ended instead of starting.')))
  })
}
