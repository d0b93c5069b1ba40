import { setTimeout as sleep } from 'node:timers/promises'
import { type Running, runServer } from '../support/process.ts'
import { until } from '../support/raw.ts'
import { type Proxy, startProxy } from './proxy.ts'

/** A server that is started again whenever it dies; clients reach it through a network that can break. */
export interface FaultyNode extends AsyncDisposable {
  /** The same over all its lives. */
  readonly port: number
  readonly network: Proxy
  /** Whether it has started and not died since. */
  readonly isUp: boolean
  /** How often it has died. */
  readonly deaths: number
  /** What it logged as errors over all its lives. */
  readonly errors: readonly string[]
  kill(): void
  /** Kills it and starts it once more with nothing armed. */
  heal(): Promise<void>
}

export interface NodeOptions {
  readonly args: readonly string[]
  readonly cwd: string
  /** What is armed in its next life, as LOCALYUN_FAILPOINTS. */
  readonly arm: () => string
}

const startLimitMs = 30_000

type Server = Running & { readonly port: number }

interface Life {
  server: Server | undefined
  deaths: number
  closing: boolean
  /** Nothing is armed any more. */
  healed: boolean
}

export async function startNode({ args, cwd, arm }: NodeOptions): Promise<FaultyNode> {
  const network = await startProxy(undefined)
  const errors: string[] = []
  const life: Life = { server: undefined, deaths: 0, closing: false, healed: false }

  const live = async () => {
    while (!life.closing) {
      const server = await boot(life.healed ? '' : arm())
      if (server === undefined) continue
      life.server = server
      network.target = server.port
      // It was called off while it came up.
      if (life.closing) server.process.kill('SIGKILL')
      const { stderr } = await server.finished
      errors.push(...stderr.split('\n').filter(line => /ERROR|FATAL/.test(line)))
      life.server = undefined
      network.target = undefined
      network.cut()
      life.deaths++
    }
  }
  const boot = async (failpoints: string): Promise<Server | undefined> => {
    try {
      return await runServer([...args], { cwd, env: { LOCALYUN_FAILPOINTS: failpoints } })
    } catch {
      // Its database is away, or it died on the way up.
      await sleep(100)
      return undefined
    }
  }
  const over = live()
  await until(() => life.server !== undefined, startLimitMs)
  return {
    port: network.port,
    network,
    errors,
    get isUp() {
      return life.server !== undefined
    },
    get deaths() {
      return life.deaths
    },
    kill: () => void life.server?.process.kill('SIGKILL'),
    async heal() {
      life.healed = true
      const last = life.server
      last?.process.kill('SIGKILL')
      await until(() => life.server !== undefined && life.server !== last, startLimitMs)
    },
    async [Symbol.asyncDispose]() {
      life.closing = true
      life.server?.process.kill('SIGKILL')
      await over
      await network[Symbol.asyncDispose]()
    },
  }
}
