import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type TempFolder, tempFolder } from '../support/temp.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

interface Report {
  readonly success: boolean
  readonly numTotalTests: number
  readonly numPassedTests: number
  readonly numFailedTests: number
}

/** Runs the tests of a folder under vitest and returns its report. */
async function runVitest(folder: string, reports: TempFolder): Promise<Report> {
  const file = join(reports.path, 'report.json')
  const args = [vitest, 'run', '--dir', folder, '--reporter', 'json', '--outputFile', file]
  // It ends with 1 when a test fails; the report says so too.
  await new Promise<void>(ended => {
    execFile(process.execPath, args, { cwd: root, timeout: 60_000 }, () => ended())
  })
  return JSON.parse(await readFile(file, 'utf8')) as Report
}

test('the example for vitest passes, and fails when it expects something else', async () => {
  using reports = tempFolder()
  const { success, numTotalTests, numPassedTests } = await runVitest('examples/vitest', reports)
  assert.deepEqual({ success, numTotalTests, numPassedTests }, { success: true, numTotalTests: 3, numPassedTests: 3 })

  // Beside the example, so that it finds the same packages.
  const folder = await mkdtemp(join(root, 'examples/broken-'))
  try {
    await cp(join(root, 'examples/vitest'), folder, { recursive: true })
    const file = join(folder, 'night-stop.test.mjs')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace("prod: 'Running'", "prod: 'Stopped'"))
    const broken = await runVitest(folder, reports)
    assert.deepEqual([broken.success, broken.numFailedTests, broken.numPassedTests], [false, 1, 2])
  } finally {
    await rm(folder, { recursive: true })
  }
})
