import { parseArgs } from 'node:util'
import { runFaults } from './run-faults.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    operations: { type: 'string', default: '20000' },
    store: { type: 'string', default: 'both' },
    rounds: { type: 'string', default: '1' },
  },
})
const stores = (['sqlite', 'postgres'] as const).filter(store => values.store === 'both' || values.store === store)
if (stores.length === 0) throw new Error('--store is sqlite, postgres or both.')
const rounds = Number(values.rounds)
for (let round = 0; round < rounds; round++) {
  const seed = rounds === 1 ? values.seed : `${values.seed}.${round}`
  for (const store of stores) {
    const begun = performance.now()
    const operations = Number(values.operations)
    const { problems, counts } = await runFaults({ store, seed, operations })
    const seconds = Math.round((performance.now() - begun) / 1000)
    console.log(`${store}, seed ${seed}: ${operations} calls, ${seconds} s, ${problems.length} problems`)
    console.log(counts)
    if (problems.length === 0) continue
    console.error(problems.slice(0, 20).join('\n'))
    console.error(
      `The same calls and blows again: node test/fault/run.ts --seed ${seed} --operations ${operations} --store ${store}`,
    )
    process.exit(1)
  }
}
