import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

/** Calls per world; a longer run is many worlds, each with a seed of its own that can be run again by itself. */
const worldSize = 5_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now()) },
    operations: { type: 'string', default: '1000000' },
  },
})
const operations = Number(values.operations)
const worlds = Math.max(1, Math.ceil(operations / worldSize))
const begun = performance.now()
const total: Record<string, number> = {}
for (let world = 0; world < worlds; world++) {
  const seed = worlds === 1 ? values.seed : `${values.seed}.${world}`
  const size = Math.min(worldSize, operations - world * worldSize)
  const { problems, counts } = await simulate({ seed, operations: size })
  for (const [what, times] of Object.entries(counts)) total[what] = (total[what] ?? 0) + times
  if (problems.length > 0) {
    console.error(problems.slice(0, 20).join('\n'))
    console.error(`\n${problems.length} problems. To see them again:`)
    console.error(`  node test/simulation/run.ts --seed ${seed} --operations ${size}`)
    process.exit(1)
  }
  if (world % 20 === 19) console.log(`${world + 1} of ${worlds} worlds are sound.`)
}
const seconds = Math.round((performance.now() - begun) / 1000)
console.log(`${operations} calls in ${worlds} worlds, ${seconds} s, seed ${values.seed}: nothing was lost.`)
console.log(total)
