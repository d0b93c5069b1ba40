import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertSound } from '../history/report.ts'
import { runFaults } from './run-faults.ts'

const timeout = 170_000
const seed = process.env['LOCALYUN_FAULT_SEED'] ?? 'ci'

for (const [store, operations, least] of [
  ['sqlite', 7_000, { accepted: 1_000, 'server died': 3, 'killed at random': 1 }],
  ['postgres', 3_500, { accepted: 400, 'server died': 3, 'killed at random': 1, 'database restarted': 2 }],
] as const) {
  test(`servers on ${store} that are killed and cut off lose nothing that they acknowledged`, { timeout }, async () => {
    const result = await runFaults({ store, seed, operations })
    const command = `node test/fault/run.ts --store ${store} --seed ${seed} --operations ${operations}`
    assertSound(result, `${store}-${seed}`, command)
    const { counts } = result
    for (const [what, times] of Object.entries({ ...least, 'connections cut': 1, event: 500 })) {
      assert.ok((counts[what] ?? 0) >= times, `${what}: ${JSON.stringify(counts)}`)
    }
    // Whatever happens to it, a server knows why it could not answer.
    assert.equal(counts['unknown: 500 InternalError'], undefined)
  })
}

test('a server that answers before the commit is found out', { timeout }, async () => {
  const { problems } = await runFaults({ store: 'sqlite', seed: 'early', operations: 3_000, answersEarly: true })
  assert.match(problems.join('\n'), /was answered 200 and happened 0 times/)
})
