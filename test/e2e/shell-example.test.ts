import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { runLocalyun } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const shell = resolve('examples/shell')

test('the night of the shell example: throttled, one guest forced, and money saved', async () => {
  using folder = tempFolder()
  const script = readFileSync(join(shell, 'night.sh'), 'utf8').replace(
    '> night.json',
    `> ${join(folder.path, 'night.json')}`,
  )
  const night = folder.write('night.sh', script.replace('here=$(dirname "$0")', `here=${shell}`))
  const flags = ['--clock', 'virtual', '--start-at', '2026-03-02T12:00:00Z', '--seed', join(shell, 'fleet.yaml')]
  const { code, stdout, stderr } = await runLocalyun(['exec', ...flags, '--', 'sh', night]).finished
  assert.equal(code, 0, stderr)
  assert.equal(stdout.match(/Throttled; trying again\./g)?.length, 2)
  assert.match(stdout, /4 instances are stopping\./)
  assert.match(stdout, /stubborn .*Stopping/)
  assert.equal(stdout.match(/dev-\d .*Stopped/g)?.length, 3)
  assert.match(stdout, /env=dev/)
  assert.match(stdout, /fault-1 .*3 +2\n/)
  const state = JSON.parse(readFileSync(join(folder.path, 'night.json'), 'utf8'))
  const status = state.tables.instances.columns.indexOf('status')
  const statuses = state.tables.instances.rows.map((row: any[]) => row[status])
  assert.deepEqual(statuses.sort(), ['Running', 'Stopped', 'Stopped', 'Stopped', 'Stopped'])
})
