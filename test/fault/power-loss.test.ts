import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import sql from 'sql-template-tag'
import { SqliteStore } from '../../src/store/sqlite.ts'
import type { Tx } from '../../src/store/store.ts'
import { createDice, nextCall } from '../history/workload.ts'
import { toRequest } from '../history/wire.ts'
import { createTestApp } from '../support/app.ts'
import { CallError } from '../support/client.ts'
import { tempFolder } from '../support/temp.ts'

/** Bytes before the first frame of a WAL, of a frame's header, and of a frame (https://sqlite.org/fileformat2.html#walformat). */
const [walHeader, frameHeader, frame] = [32, 24, 24 + 4096]
const sector = 512

/** The WAL and the state when a transaction had been acknowledged. */
interface Acknowledged {
  readonly walBytes: number
  readonly state: string
}

/** All that calls and jobs change. */
const queries = [
  sql`select id, status, operation, stop_mode, intent_by from instances order by id`,
  sql`select instance_seq, kind, due_at, revision, payload from jobs order by instance_seq`,
  sql`select seq, instance_id, state, request_id from events order by seq`,
  sql`select seq, resource_id, at_s, delta from meter order by seq`,
]

async function readState(tx: Tx): Promise<string> {
  const found: unknown[] = []
  for (const query of queries) found.push(await tx.all(query))
  return JSON.stringify(found)
}

/** Runs a server for a while, and says what stood in the WAL after each transaction that changed something. */
async function live(path: string): Promise<Acknowledged[]> {
  const dice = createDice('power loss')
  {
    // In the file, where the next life finds it; the WAL begins anew.
    await using server = await createTestApp({ store: `sqlite:${path}` })
    await server.seed({ instances: [{ count: 8, region: 'cn-hangzhou' }] })
  }
  await using server = await createTestApp({ store: `sqlite:${path}` })
  const { store } = server.app
  const known: Acknowledged[] = []
  const transaction = store.transaction.bind(store)
  const ids = await transaction('read', async tx => (await tx.all<{ id: string }>(idsOf)).map(row => row.id))
  store.transaction = async (mode, work) => {
    const value = await transaction(mode, work)
    if (mode === 'read') return value
    const walBytes = statSync(`${path}-wal`).size
    const state = await transaction('read', readState)
    if (state !== known.at(-1)?.state) known.push({ walBytes, state })
    return value
  }
  while (known.length < 12) {
    const { action, params } = toRequest(nextCall(dice, ids))
    await server.client.call(action, params).catch((reason: unknown) => assert.ok(reason instanceof CallError))
    if (dice() < 0.4) await server.advance(4)
  }
  // As the files are now, with the server still running.
  copyFileSync(path, `${path}.lost`)
  copyFileSync(`${path}-wal`, `${path}.lost-wal`)
  return known
}

const idsOf = sql`select id from instances order by id`

/** Where to cut: each sector of the last changes, and around the headers and ends of the last frames. */
function cutsFrom(first: number, end: number): number[] {
  const cuts = new Set<number>([end])
  for (let at = first; at < end; at += sector) cuts.add(at)
  for (const begin of lastFrames(end)) {
    for (let at = begin - 2; at <= begin + frameHeader + 2; at++) cuts.add(at)
  }
  return [...cuts].sort((one, other) => one - other)
}

/** Where the last frames begin. */
function lastFrames(end: number): number[] {
  return [3, 2, 1].map(count => end - count * frame)
}

/** Fails unless the state is that of the last change that was acknowledged before the cut. */
function assertKept(known: readonly Acknowledged[], at: number, state: string): void {
  const last = known.findLastIndex(one => one.walBytes <= at)
  // The next change may be whole already, when what came behind it is what was cut.
  const isThere = state === known[last]?.state || state === known[last + 1]?.state
  assert.ok(isThere, `cut at ${at}: not the state after change ${last}`)
}

suite('a power cut', () => {
  const folder = tempFolder()
  const path = `${folder.path}/state.db`
  let known: Acknowledged[]
  let database: Buffer
  let wal: Buffer

  before(async () => {
    known = await live(path)
    database = readFileSync(`${path}.lost`)
    wal = readFileSync(`${path}.lost-wal`)
    assert.equal((wal.length - walHeader) % frame, 0, 'the WAL is made of whole frames')
  })
  after(() => folder[Symbol.dispose]())

  test('whatever it leaves of the last changes, what was acknowledged before is there, whole', async () => {
    const noise = Buffer.alloc(frame, 0xa5)
    const cut = `${folder.path}/cut.db`
    const cuts = cutsFrom(known.at(-7)?.walBytes ?? 0, wal.length)
    assert.ok(cuts.length > 200, `${cuts.length} cuts`)
    const found = new Set<string>()
    for (const [index, at] of cuts.entries()) {
      writeFileSync(cut, database)
      // The file ends there, or its length was written and its content was not.
      const tail = [Buffer.alloc(0), Buffer.alloc(frame), noise][at === wal.length ? 0 : index % 3] ?? noise
      writeFileSync(`${cut}-wal`, Buffer.concat([wal.subarray(0, at), tail]))
      const store = new SqliteStore(cut)
      const state = await store.transaction('read', readState)
      await store.close()
      assertKept(known, at, state)
      found.add(state)
    }
    assert.ok(found.size >= 4, 'the cuts lie on both sides of several changes')
  })

  test('the WAL may end at every byte of its last two frames', () => {
    const cut = `${folder.path}/byte.db`
    writeFileSync(cut, database)
    writeFileSync(`${cut}-wal`, wal)
    const [, first = 0] = lastFrames(wal.length)
    for (let at = wal.length; at >= first; at--) {
      truncateSync(`${cut}-wal`, at)
      // Only to read, so that it leaves the files as they are.
      const reader = new DatabaseSync(cut, { readOnly: true })
      const state = JSON.stringify(queries.map(query => reader.prepare(query.sql).all()))
      reader.close()
      assertKept(known, at, state)
    }
  })
})
