import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepServer, waitForServer } from '../support/postgres.ts'

const endLimitMs = 15_000

/** A PostgreSQL that may be killed: it is started again each time. */
export interface MortalDatabase extends AsyncDisposable {
  /** With a database that has localyun's tables. */
  readonly url: string
  readonly port: number
  /** SIGINT ends it in order, SIGQUIT like a crash. */
  kill(signal: 'SIGINT' | 'SIGQUIT'): void
}

export async function startMortalDatabase(): Promise<MortalDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'localyun-mortal-'))
  // The server's user has to reach its files.
  chmodSync(folder, 0o755)
  const keeper = keepServer(folder, process.pid, ['revive'])
  const { url } = await waitForServer(folder)
  return {
    url: `${url}/template`,
    port: Number(new URL(url).port),
    kill: signal => {
      const file = join(folder, 'data', 'postmaster.pid')
      // While it is on its way up or down there is none.
      if (existsSync(file)) end(Number(readFileSync(file, 'utf8').split('\n')[0]), signal)
    },
    async [Symbol.asyncDispose]() {
      if (keeper.exitCode !== null || keeper.signalCode !== null) return
      keeper.ref()
      const ended = once(keeper, 'exit', { signal: AbortSignal.timeout(endLimitMs) })
      keeper.kill('SIGTERM')
      await ended.catch(() => keeper.kill('SIGKILL'))
    },
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}
