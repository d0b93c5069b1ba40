import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as library from '../src/index.ts'
import { load } from './load.ts'
import { regionId, stopRequests } from './requests.ts'

/**
 * A user's test: a process that makes worlds with the library of the folder given, one after the other, and stops an
 * instance in each. Prints what each took, ms and ms of processor time, as JSON.
 */
export interface LibraryStarts {
  /** To import the library. */
  readonly imported: Took
  readonly worlds: readonly Took[]
}

interface Took {
  readonly ms: number
  readonly processorMs: number
}

const [folder = '', count = '1'] = process.argv.slice(2)
const instanceId = 'i-bp1bench000000000001'
type Library = typeof library

let loaded: Library | undefined
const imported = await timed(async () => {
  loaded = (await import(pathToFileURL(join(folder, 'bin', 'library.js')).href)) as Library
})
const worlds: Took[] = []
while (worlds.length < Number(count)) worlds.push(await measureWorld())
process.stdout.write(JSON.stringify({ imported, worlds } satisfies LibraryStarts))

async function measureWorld(): Promise<Took> {
  const seed = { instances: [{ region: regionId, id: instanceId }] }
  // Signed before the clock runs: it is not the client that is measured.
  const requests = stopRequests([instanceId], 1)
  let cloud: Awaited<ReturnType<Library['createLocalyun']>> | undefined
  const took = await timed(async () => {
    cloud = await loaded?.createLocalyun({ seed })
    const port = Number(new URL(cloud?.url ?? '').port)
    await load({ port, pid: process.pid }, requests, { connections: 1, count: 1 })
  })
  await cloud?.close()
  return took
}

async function timed(work: () => Promise<void>): Promise<Took> {
  const [startedAt, used] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(used)
  return { ms: performance.now() - startedAt, processorMs: (user + system) / 1_000 }
}
