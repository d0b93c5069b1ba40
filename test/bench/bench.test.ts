import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readFlags } from '../../bench/flags.ts'
import { renderTable, toResults } from '../../bench/report.ts'
import { rows } from '../../bench/rows/index.ts'
import type { Row } from '../../bench/row.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: string[]): Promise<Finished> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, 'bench', 'main.ts'), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** A quick run of some rows: what it printed, and the rows of its JSON. */
async function runQuick(...args: string[]): Promise<{ table: string; figures: any }> {
  const folder = await mkdtemp(join(tmpdir(), 'localyun-bench-'))
  try {
    const json = join(folder, 'figures', 'quick.json')
    const { code, stdout, stderr } = await run('--quick', '--json', json, ...args)
    assert.equal(code, 0, stderr)
    return { table: stdout, figures: JSON.parse(await readFile(json, 'utf8')) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

suite('quick runs', { concurrency: 2 }, () => {
  test('a quick run against another checkout prints its table and writes the same figures as JSON', async () => {
    const { table, figures } = await runQuick('--only', 'stop-one', '--against', root)
    assert.match(
      table,
      /^\| Row \| What \| Goal \| Median \| .* \| Ratio \| Other checkout \| .* \| Reached \|\n\| ---/,
    )
    assert.match(
      table,
      /^\| stop-one \| .*: processor time per whole stop.* \| ≤ 2\.5 of the reference \| [\d,.]+ µs \|/m,
    )
    assert.deepEqual([figures.quick, figures.against], [true, root.slice(0, -1)])
    assert.deepEqual(
      figures.rows.map((row: any) => [row.row, row.unit, row.samples.length]),
      [
        ['stop-one', 'µs', 1],
        ['stop-one', 'calls/s', 1],
      ],
    )
    for (const { value, reference, ratio, against, ratioAgainst } of figures.rows) {
      assert.equal(ratio.median, value.median / reference.median)
      assert.equal(ratioAgainst.median, value.median / against.median)
    }
  })

  test('rows of single calls, of the library and of statements find what they measure', async () => {
    const { figures } = await runQuick('--only', 'describe-status', '--only', 'library-start', '--only', 'statements')
    const measured = figures.rows.filter((row: any) => row.samples.length === 1)
    const names = new Set(measured.map((row: any) => row.row))
    assert.deepEqual([...names], ['describe-status', 'library-start', 'statements'])
    const status = measured.find((row: any) => row.row === 'describe-status')
    assert.ok(status.value.median > 0 && status.reference.median > 0)
  })
})

test('a ratio is the median of the ratios of the rounds, with processor time beside it', () => {
  const row: Row = {
    name: 'calls',
    title: 'Calls',
    measures: [{ name: 'throughput', unit: 'calls/s', goal: { least: 0.4, of: 'ratio' } }],
    prepare: () => assert.fail('Nothing is measured.'),
  }
  const round = (value: number, reference: number) => ({
    subject: [{ value, processorMs: 0.4 }],
    reference: [{ value: reference, processorMs: 0.1 }],
  })
  const rounds = [round(50, 100), round(30, 100), round(90, 200)]
  const [result] = toResults(row, rounds, { judged: true })
  assert.ok(result !== undefined)
  assert.deepEqual([result.ratio?.median, result.reached], [0.45, true])
  assert.equal(
    renderTable([result], { against: false }).split('\n')[2],
    '| calls | Calls: throughput | ≥ 0.4 of the reference | 50 calls/s | 30 – 90 | 0.4 ms | 100 calls/s | 0.1 ms | 0.45 | yes |',
  )
})

test('what cannot be measured is a usage error', async () => {
  const { code, stdout, stderr } = await run('--fast')
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /--help lists flags and rows/)
  const refused: [string[], RegExp][] = [
    [['stop-batch'], /Unexpected argument 'stop-batch'/],
    [['--only', 'nothing'], /There is no row "nothing"/],
    [['--rounds', '0'], /--rounds "0" is not a number of rounds/],
    [['--quick', '--rounds', '3'], /does not go with --rounds/],
    [['--against', tmpdir()], /is no checkout of localyun: no bin\/localyun\.js/],
    [['--growth', '--only', 'start'], /does not go with --only/],
    [['--chart', 'growth.svg'], /--chart draws growth/],
    [['--peer', 'ministack'], /--peer "ministack" is not moto/],
    [['--peer', 'moto', '--against', root], /--peer does not go with --against/],
    [['--moto-server', 'moto_server'], /--moto-server goes with --peer moto/],
  ]
  for (const [args, message] of refused) assert.throws(() => readFlags(args), { message })
})

test('without flags every row is measured that is not extra, and each has its own name', () => {
  const flags = readFlags([])
  assert.ok(flags !== 'help')
  assert.deepEqual([flags.rounds, flags.quick], [5, false])
  assert.deepEqual(
    flags.rows,
    rows.filter(row => row.extra === undefined),
  )
  assert.equal(new Set(rows.map(row => row.name)).size, rows.length)
})
