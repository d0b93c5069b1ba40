import { parseArgs } from 'node:util'
import { report } from '../history/report.ts'
import { runFaults } from './run-faults.ts'

// So that what has been started ends, too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    seeds: { type: 'string', default: '1' },
    operations: { type: 'string', default: '10000' },
    store: { type: 'string', default: 'both' },
  },
})
const stores = (['sqlite', 'postgres'] as const).filter(store => values.store === 'both' || values.store === store)
if (stores.length === 0) throw new Error('--store is sqlite, postgres or both.')
const operations = Number(values.operations)
const seeds = Number(values.seeds)
const begun = performance.now()
const total: Record<string, number> = {}
for (let round = 0; round < seeds; round++) {
  const seed = seeds === 1 ? values.seed : `${values.seed}.${round}`
  for (const store of stores) {
    const before = performance.now()
    const command = `node test/fault/run.ts --store ${store} --seed ${seed} --operations ${operations}`
    const result = await runFaults({ store, seed, operations }).catch((cause: unknown) => {
      throw new Error(`It broke off: ${command}`, { cause })
    })
    for (const [what, times] of Object.entries(result.counts)) total[what] = (total[what] ?? 0) + times
    const { problems, counts } = result
    console.log(
      `${store}, seed ${seed}: ${operations} calls, ${secondsSince(before)} s, ${counts['server died']} deaths, ${problems.length} problems`,
    )
    if (problems.length === 0) continue
    console.error(report(result, `${store}-${seed}`, command))
    process.exit(1)
  }
}
console.log(`${seeds} seeds, ${secondsSince(begun)} s: nothing was lost.`)
console.log(total)

function secondsSince(time: number): number {
  return Math.round((performance.now() - time) / 1000)
}
