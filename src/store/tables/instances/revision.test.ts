import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sql from 'sql-template-tag'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { control } from '../../../../test/support/control.ts'
import { instances } from './instances.ts'
import { putStaleViews, shownInstances } from './stale-views.ts'

const source = join(import.meta.dirname, '../../..')
const row = instances.select('seq', 'status', 'revision')
const find = (server: TestApp) => server.app.store.transaction('read', tx => row.find(tx, sql``))

test('no statement changes instances but those that count their changes', () => {
  const found = globSync('**/*.ts', { cwd: source, exclude: ['**/*.test.ts'] }).flatMap(file => {
    const statements = readFileSync(join(source, file), 'utf8').match(/\bupdate\s+(?:instances\b|\$\{).*/gi) ?? []
    return statements.map(statement => `${file}: ${statement.trim()}`)
  })
  assert.deepEqual(found.sort(), [
    "store/table.ts: update ${name} set `, ' where ', '']",
    // To another number than any that was seen.
    'store/tables/instances/instances.ts: update instances set revision = ${start}`)',
  ])
  assert.match(instances.set({ status: 'Running' }).sql, /, revision = instances.revision \+ 1$/)
})

test('an instance has another revision after each change, and after an import', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const created = await find(server)
  await server.client.call('StopInstance', { InstanceId: id })
  const stopping = await find(server)
  assert.ok((stopping?.revision ?? 0) > (created?.revision ?? 0))
  const { body: state } = await control(server, 'GET', '/state')
  assert.ok(!state.tables.instances.columns.includes('revision'))
  const seen = new Set([created?.revision, stopping?.revision])
  for (let times = 0; times < 3; times++) {
    assert.equal((await control(server, 'PUT', '/state', state)).status, 200)
    const imported = await find(server)
    assert.deepEqual([imported?.seq, imported?.status], [stopping?.seq, 'Stopping'])
    assert.ok(!seen.has(imported?.revision))
    seen.add(imported?.revision)
  }
})

test('what is shown of an instance in place of the truth has a revision that no row has', async () => {
  await using server = await createTestApp()
  await server.instance()
  const truth = await find(server)
  const shown = await server.app.store.transaction('write', async tx => {
    const view = { instanceSeq: truth?.seq ?? 0, until: 10, status: 'Stopped', stopMode: null } as const
    await putStaleViews(tx, [view], 0)
    return tx.get(sql`select ${row.columns} from ${await shownInstances(tx, 5)}`, row.read)
  })
  assert.deepEqual(shown, { seq: truth?.seq, status: 'Stopped', revision: -1 - (truth?.revision ?? 0) })
})
