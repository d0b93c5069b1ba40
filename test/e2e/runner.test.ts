import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../support/temp.ts'

const runner = fileURLToPath(new URL('../run.ts', import.meta.url))

function run(...args: string[]) {
  // A run of its own, not a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, [runner, ...args], { env, encoding: 'utf8' })
  return { status, stdout }
}

test('a test that leaves a timer, a server or a process open fails, and is told what it left', () => {
  using folder = tempFolder()
  const file = folder.write(
    'leaks.test.mjs',
    `import { spawn } from 'node:child_process'
    import { createServer } from 'node:net'
    import { test } from 'node:test'
    test('timer', () => void setTimeout(() => {}, 60_000))
    test('server', () => new Promise(resolve => createServer().listen(0, resolve)))
    test('process', () => void spawn('sleep', ['20'], { stdio: 'ignore' }))
    test('clean', () => {})`,
  )
  const { status, stdout } = run(file)
  assert.equal(status, 1)
  for (const resource of ['Timeout', 'TCPServerWrap', 'ProcessWrap']) {
    assert.match(stdout, new RegExp(`The test left open: ${resource}\\.`))
  }
  assert.match(stdout, /leaks\.test\.mjs:4:/)
  assert.match(stdout, /ℹ tests 4\n(.*\n)*ℹ pass 1\nℹ fail 3\n/)
})

test('a seed gives the same order again, and another seed another', () => {
  using folder = tempFolder()
  const file = folder.write(
    'order.test.mjs',
    `import { test } from 'node:test'
    for (let number = 0; number < 20; number++) test('number ' + number, () => {})`,
  )
  const order = (seed: string) => run('--seed', seed, file).stdout.match(/number \d+/g)
  const first = order('1')
  assert.equal(first?.length, 20)
  assert.deepEqual(order('1'), first)
  assert.notDeepEqual(order('2'), first)
})
