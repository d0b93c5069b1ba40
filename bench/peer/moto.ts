import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type PeerCall, send } from './client.ts'

const installLimitMs = 600_000
const startLimitMs = 60_000

/** Installs moto into a virtual environment of this run's own; undefined, with a word to the user, where that fails. */
export async function installMoto(folder: string): Promise<string | undefined> {
  const environment = join(folder, 'moto')
  const run = promisify(execFile)
  try {
    process.stderr.write('moto: installing moto[server] into a virtual environment; this may take minutes\n')
    await run('python3', ['-m', 'venv', environment], { timeout: installLimitMs })
    const pip = join(environment, 'bin', 'pip')
    await run(pip, ['install', '--quiet', 'moto[server]'], { timeout: installLimitMs })
    return join(environment, 'bin', 'moto_server')
  } catch (reason) {
    const [why] = (reason as Error).message.trim().split('\n').slice(-1)
    process.stderr.write(`moto was left out: it could not be installed (${why}).\n`)
    return undefined
  }
}

export interface Moto extends AsyncDisposable {
  readonly port: number
  /** From the start of the process to the first answer of EC2, ms. */
  readonly readyMs: number
  residentMB(): number
}

export async function startMoto(program: string): Promise<Moto> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await untilReady(port, child)
  const readyMs = performance.now() - startedAt
  return {
    port,
    readyMs,
    residentMB: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill)
      const ended = once(child, 'exit')
      kill()
      await ended
    },
  }
}

async function untilReady(port: number, child: ChildProcess): Promise<void> {
  const giveUpAt = performance.now() + startLimitMs
  while (performance.now() < giveUpAt && child.exitCode === null) {
    try {
      await send(port, motoCall('DescribeRegions'))
      return
    } catch {
      await sleep(5)
    }
  }
  throw new Error('moto did not start.')
}

/** The service is told by the scope of the credential; moto looks no further at the signature. */
export function motoCall(action: string, params: Readonly<Record<string, string>> = {}): PeerCall {
  return {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams({ Action: action, Version: '2016-11-15', ...params }).toString(),
  }
}

/** Makes running instances and returns their ids. */
export async function runMotoInstances(port: number, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let made = 0; made < count; made += 500) {
    const number = String(Math.min(500, count - made))
    const params = { ImageId: 'ami-12c6146b', MinCount: number, MaxCount: number }
    const answer = await send(port, motoCall('RunInstances', params))
    for (const [, id = ''] of answer.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)) ids.push(id)
  }
  return [...new Set(ids)]
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const listener = createServer().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as { port: number }
      listener.close(() => resolve(port))
    })
  })
}
