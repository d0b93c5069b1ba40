import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { report } from '../history/report.ts'
import type { SimulationOptions, SimulationResult } from './simulate.ts'

/** Calls per world; a longer run is many worlds, each with a seed of its own that can be run again by itself. */
const worldSize = 5_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    operations: { type: 'string', default: '1000000' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
})
const operations = Number(values.operations)
const worlds = Math.max(1, Math.ceil(operations / worldSize))
const begun = performance.now()
const total: Record<string, number> = {}
let next = 0
let sound = 0

async function work(): Promise<void> {
  const worker = new Worker(new URL('worker.ts', import.meta.url))
  for (let world = next++; world < worlds; world = next++) {
    const seed = worlds === 1 ? values.seed : `${values.seed}.${world}`
    const options: SimulationOptions = { seed, operations: Math.min(worldSize, operations - world * worldSize) }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(options)
    const command = `node test/simulation/run.ts --seed ${seed} --operations ${options.operations}`
    const [result] = (await once(worker, 'message').catch((cause: unknown) => {
      throw new Error(`It broke off: ${command}`, { cause })
    })) as [SimulationResult]
    for (const [what, times] of Object.entries(result.counts)) total[what] = (total[what] ?? 0) + times
    if (result.problems.length > 0) {
      console.error(report(result, seed, command))
      process.exit(1)
    }
    if (++sound % 20 === 0) console.log(`${sound} of ${worlds} worlds are sound, ${secondsSince(begun)} s`)
  }
  await worker.terminate()
}

function secondsSince(time: number): number {
  return Math.round((performance.now() - time) / 1000)
}

await Promise.all(Array.from({ length: Math.min(worlds, Number(values.workers)) }, work))
console.log(`${operations} calls in ${worlds} worlds, ${secondsSince(begun)} s, seed ${values.seed}: nothing was lost.`)
console.log(total)
