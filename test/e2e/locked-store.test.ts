import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { takeNumbers } from '../../src/store/tables/world/counters.ts'
import { tempFolder } from '../support/temp.ts'

test('a file that another server has open is refused until that one is closed', async () => {
  using folder = tempFolder()
  const path = `${folder.path}/store.db`
  const store = new SqliteStore(path)
  const message = `Cannot open the store ${path}: another localyun has it open. Stop that one, or give this one another --store.`
  const refusal = { name: 'StoreError', message }
  assert.throws(() => new SqliteStore(path), refusal)
  const module = new URL('../../src/store/sqlite.ts', import.meta.url)
  const program = `
    const { SqliteStore } = await import(${JSON.stringify(module)})
    try { new SqliteStore(${JSON.stringify(path)}) } catch (error) { process.stdout.write(error.name + ': ' + error.message) }`
  const other = () => spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.equal(other().stdout, `StoreError: ${message}`)
  // The refused ones have taken nothing from the one that has it.
  await store.transaction('write', tx => takeNumbers(tx, 'a', 1))
  await store.close()
  assert.equal(other().stdout, '')
})
