import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createTestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import { tempFolder } from '../support/temp.ts'
import { expectWhole, fileOf, readRecorded, releases } from './checks.ts'

for (const release of releases) {
  const unpacked = (name: string) => gunzipSync(readFileSync(fileOf(release, name)))

  test(`a SQLite store of version ${release} opens with all that is in it, and goes on`, async () => {
    using folder = tempFolder()
    const file = join(folder.path, 'state.db')
    writeFileSync(file, unpacked('state.db.gz'))
    await using server = await createTestApp({ store: `sqlite:${file}` })
    await expectWhole(server, readRecorded(release, 'sqlite'))
  })

  test(`a state export of version ${release} is imported with all that is in it, and goes on`, async () => {
    await using server = await createTestApp({ store: 'memory:' }, { startAt: 0 })
    const answer = await control(server, 'PUT', '/state', JSON.parse(unpacked('state.json.gz').toString('utf8')))
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    await expectWhole(server, readRecorded(release, 'sqlite'))
  })
}
