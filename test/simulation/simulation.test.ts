import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertSound } from '../history/report.ts'
import { simulate } from './simulate.ts'

for (const seed of ['one', 'two', 'three']) {
  test(`three servers that crash and lose messages keep what they acknowledged (seed ${seed})`, async () => {
    const result = await simulate({ seed, operations: 1_500 })
    assertSound(result, seed, `node test/simulation/run.ts --seed ${seed} --operations 1500`)
    const { counts } = result
    assert.ok((counts['crash'] ?? 0) > 5 && (counts['unknown'] ?? 0) > 20, JSON.stringify(counts))
    assert.ok((counts['accepted'] ?? 0) > 300 && (counts['event'] ?? 0) > 300, JSON.stringify(counts))
    assert.ok((counts['replay'] ?? 0) > 3 && (counts['delivery'] ?? 0) > 300, JSON.stringify(counts))
  })
}

test('a seed gives the same run again, and another seed another', async () => {
  const first = await simulate({ seed: 'again', operations: 600 })
  const second = await simulate({ seed: 'again', operations: 600 })
  const other = await simulate({ seed: 'other', operations: 600 })
  assert.deepEqual([second.digest, second.counts], [first.digest, first.counts])
  assert.notEqual(other.digest, first.digest)
})

for (const seed of ['early', 'late', 'never']) {
  test(`a server that answers before the commit is found out (seed ${seed})`, async () => {
    const { problems } = await simulate({ seed, operations: 600, answersEarly: true })
    assert.match(problems.join('\n'), /was answered 200 and happened 0 times/)
  })
}
