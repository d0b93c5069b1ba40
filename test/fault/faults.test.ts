import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFaults } from './run-faults.ts'

const timeout = 175_000
/** On each store. `node test/fault/run.ts` does more. */
const operations = 5_100

for (const [store, least] of [
  ['sqlite', { accepted: 800, 'server died': 5 }],
  ['postgres', { accepted: 800, 'server died': 5, 'database restarted': 2 }],
] as const) {
  test(`servers on ${store} that are killed and cut off lose nothing that they acknowledged`, { timeout }, async () => {
    const { problems, counts } = await runFaults({ store, seed: 'ci', operations })
    assert.deepEqual(problems, [])
    for (const [what, times] of Object.entries({ ...least, 'connections cut': 2, 'network slow': 1, event: 1_000 })) {
      assert.ok((counts[what] ?? 0) >= times, `${what}: ${JSON.stringify(counts)}`)
    }
    // Whatever happens to it, a server knows why it could not answer.
    assert.equal(counts['unknown: 500 InternalError'], undefined)
  })
}

test('a server that answers before the commit is found out', { timeout }, async () => {
  const { problems } = await runFaults({ store: 'sqlite', seed: 'early', operations: 600, answersEarly: true })
  assert.match(problems.join('\n'), /was answered 200 and happened 0 times/)
})
