import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { processorTime } from './processor-time.ts'
import { signedRequest } from './requests.ts'

export interface Server extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  /** From the start of the process to its first answer to a signed call, ms. */
  readonly readyMs: number
  /** Resident memory now, MB. */
  residentMB(): number
  /** Processor time from the start of the process to now, ms; undefined where it can't be read. */
  processorMs(): number | undefined
  /** What the module that was loaded before the program answers to a message. */
  ask(message: string): Promise<unknown>
  /** Ends it in good order. */
  stop(): Promise<void>
  /** Ends it like a power cut. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts `node …args` on a free port and waits until it answers a signed call. `preload` is a module that is loaded
 * before.
 */
export async function startServer(args: readonly string[], preload?: string): Promise<Server> {
  const startedAt = performance.now()
  const before = preload === undefined ? [] : ['--import', preload]
  const child = startNode([...before, ...args, '--port', '0'], preload === undefined ? [] : ['ipc'])
  const port = await announcedPort(child)
  const pid = child.pid ?? 0
  await load({ port, pid }, [signedRequest('DescribeRegions')], { connections: 1, count: 1 })
  const readyMs = performance.now() - startedAt
  const end = (signal: 'SIGTERM' | 'SIGKILL') => endProcess(child, signal)
  return {
    port,
    pid,
    readyMs,
    residentMB: () => residentMB(child),
    processorMs: () => processorTime([pid]),
    async ask(message) {
      const answered = once(child, 'message')
      child.send(message)
      const [answer] = await answered
      return answer as unknown
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

interface BareNode {
  readonly startMs: number
  readonly processorMs: number | undefined
  readonly residentMB: number
}

/** A Node that runs nothing: the time it takes from start to end, and what it needs until it waits. */
export async function measureBareNode(): Promise<BareNode> {
  const startedAt = performance.now()
  await once(startNode(['--eval', '0']), 'exit')
  const startMs = performance.now() - startedAt
  const waiting = startNode(['--eval', 'setInterval(() => undefined, 60_000)'])
  await sleep(500)
  const figures = { startMs, processorMs: processorTime([waiting.pid ?? 0]), residentMB: residentMB(waiting) }
  await endProcess(waiting, 'SIGKILL')
  return figures
}

/** Runs `node …args` to its end, and returns the JSON that it prints. */
export async function runNode<Answer>(args: readonly string[]): Promise<Answer> {
  const child = startNode(args)
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}.`)
  return JSON.parse(output) as Answer
}

function startNode(args: readonly string[], channels: readonly 'ipc'[] = []): ChildProcess {
  // Settings that the caller has for a server of their own are not for this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LOCALYUN_')))
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', ...channels], env })
  let errorText = ''
  child.stderr?.on('data', (chunk: Buffer) => (errorText = (errorText + chunk.toString()).slice(-4_000)))
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
