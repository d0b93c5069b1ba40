/**
 * Records what this version of localyun writes, for later ones to open: `node test/stores/record.ts` makes the folder of
 * the version, once, when it is released. It holds a SQLite store, a dump of a PostgreSQL database, a state export of the
 * former, and what is in them, as callers see it. Add the version to `releases` of checks.ts, and run `npm run format`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import { emptyDatabase } from '../support/postgres.ts'
import { tempFolder } from '../support/temp.ts'
import { writeCompressed } from '../golden/steps.ts'
import { dumpDatabase } from './dump.ts'
import { type Facts, type Later, readFacts, settle } from './facts.ts'
import { fill, startAt } from './fill.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const folder = new URL(`${version}/`, import.meta.url)
if (existsSync(folder)) throw new Error(`Version ${version} has been recorded. Released stores are never changed.`)

const config = { randomSeed: `stores ${version}` } as const
using temporary = tempFolder()
const file = join(temporary.path, 'state.db')
const embedded = await createTestApp({ ...config, store: `sqlite:${file}` }, { startAt })
await fill(embedded)
const state = JSON.stringify((await control(embedded, 'GET', '/state')).body)
const facts = await readFacts(embedded)
await embedded.app.close()
await using database = await emptyDatabase()
const shared = await createTestApp({ ...config, store: database.url }, { startAt })
await fill(shared)
const sharedFacts = await readFacts(shared)
await shared.app.close()
const dump = await dumpDatabase(database.url)

mkdirSync(folder)
const bytes = readFileSync(file)
writeCompressed(new URL('state.db.gz', folder), bytes)
writeCompressed(new URL('state.json.gz', folder), state)
writeCompressed(new URL('state.sql.gz', folder), dump)
// What becomes of it all is seen on the originals, which are not kept.
write('sqlite', facts, await settled({ ...config, store: `sqlite:${file}` }))
write('postgres', sharedFacts, await settled({ ...config, store: database.url }))
process.exit()

function write(name: string, recorded: Facts, later: Later): void {
  writeFileSync(new URL(`${name}.facts.json`, folder), `${JSON.stringify({ ...recorded, later }, null, 1)}\n`)
}

async function settled(reopened: Parameters<typeof createTestApp>[0]): Promise<Later> {
  await using server = await createTestApp(reopened)
  return await settle(server)
}
