import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A localyun command as a process of its own, the way a user starts it. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess
  /** Everything printed so far. */
  output(): { stdout: string; stderr: string }
  /** Resolves once stdout has a match; rejects if the process ends without one. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  finished: Promise<Finished>
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly cwd?: string
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export function runLocalyun(args: readonly string[], options: RunOptions = {}): Running {
  const env = { ...process.env, ...options.env }
  const child = spawn(process.execPath, [`${root}/bin/localyun.js`, ...args], { cwd: options.cwd ?? root, env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  children.add(child)
  const finished = once(child, 'close').then(([code, signal]) => {
    children.delete(child)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr }
  })
  return {
    process: child,
    output: () => ({ stdout, stderr }),
    finished,
    waitFor: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout)
          if (match !== null) resolve(match)
        }
        child.stdout.on('data', look)
        look()
        void finished.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}:\n${stdout}${stderr}`)))
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await finished
    },
  }
}

/** Starts `serve` on a free port and returns it with its endpoint. */
export async function runServer(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Running & { endpoint: string; port: number }> {
  const running = runLocalyun(['serve', '--port', '0', ...args], options)
  const [, endpoint = ''] = await running.waitFor(/^localyun is ready at (\S+)$/m)
  return Object.assign(running, { endpoint, port: Number(new URL(endpoint).port) })
}

/** A port that nobody listens on, for a server that is to come back at the same place. */
export function freePort(): Promise<number> {
  return new Promise(resolve => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo
      listener.close(() => resolve(port))
    })
  })
}
