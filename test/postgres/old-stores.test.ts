import { test } from 'node:test'
import pg from 'pg'
import { readCompressed } from '../golden/steps.ts'
import { expectWhole, fileOf, readRecorded, releases } from '../stores/checks.ts'
import { createTestApp } from '../support/app.ts'
import { emptyDatabase } from '../support/postgres.ts'

for (const release of releases) {
  test(`a PostgreSQL database of version ${release} opens with all that is in it, and goes on`, async () => {
    await using database = await emptyDatabase()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(readCompressed(fileOf(release, 'state.sql.gz')))
    await client.end()
    await using server = await createTestApp({ store: database.url })
    await expectWhole(server, readRecorded(release, 'postgres'))
  })
}
