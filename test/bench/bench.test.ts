import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: string[]): Promise<Finished> {
  return new Promise(resolve => {
    execFile(process.execPath, [bench, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test('a quick run of one row prints its table and writes the same figures as JSON', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'localyun-bench-'))
  try {
    const json = join(folder, 'figures', 'quick.json')
    const { code, stdout, stderr } = await run('--quick', '--only', 'stop-batch', '--json', json)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^\| Row \| What \| Goal \| Median \| Min – max \| Reference \| Ratio \| Reached \|\n\| ---/)
    assert.match(stdout, /^\| stop-batch \| StopInstances, 100 ids, .*: p50 \| ≤ 5 ms \| [\d.]+ ms \|/m)
    const figures = JSON.parse(await readFile(json, 'utf8'))
    assert.equal(figures.quick, true)
    assert.deepEqual(
      figures.rows.map((row: any) => [row.row, row.name, row.samples.length]),
      [['stop-batch', 'p50', 1]],
    )
    const [{ value, reference }] = figures.rows[0].samples
    assert.ok(value > 0 && reference > 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a flag, a row or a number of rounds that cannot be is a usage error', async () => {
  for (const args of [['--fast'], ['--only', 'nothing'], ['--rounds', '0'], ['stop-batch']]) {
    const { code, stdout, stderr } = await run(...args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /--help lists flags and rows/)
  }
})
