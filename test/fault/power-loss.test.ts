import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
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
async function readState(tx: Tx): Promise<string> {
  return JSON.stringify([
    await tx.all(sql`select id, status, operation, stop_mode, intent_by from instances order by id`),
    await tx.all(sql`select instance_seq, kind, due_at, revision, payload from jobs order by instance_seq`),
    await tx.all(sql`select seq, instance_id, state, request_id from events order by seq`),
    await tx.all(sql`select seq, resource_id, at_s, delta from meter order by seq`),
  ])
}

/** Runs a server for a while, and says what stood in the WAL after each transaction that changed something. */
async function live(path: string): Promise<Acknowledged[]> {
  await using server = await createTestApp({ store: `sqlite:${path}` })
  const ids = await server.seed({ instances: [{ count: 8, region: 'cn-hangzhou' }] })
  const { store } = server.app
  const known: Acknowledged[] = []
  const transaction = store.transaction.bind(store)
  store.transaction = async (mode, work) => {
    const value = await transaction(mode, work)
    if (mode === 'read') return value
    const walBytes = statSync(`${path}-wal`).size
    const state = await transaction('read', readState)
    if (state !== known.at(-1)?.state) known.push({ walBytes, state })
    return value
  }
  const dice = createDice('power loss')
  while (known.length < 60) {
    const { action, params } = toRequest(nextCall(dice, ids))
    await server.client.call(action, params).catch((reason: unknown) => assert.ok(reason instanceof CallError))
    if (dice() < 0.4) await server.advance(4)
  }
  // As the files are now, with the server still running.
  copyFileSync(path, `${path}.lost`)
  copyFileSync(`${path}-wal`, `${path}.lost-wal`)
  return known
}

/** Where to cut: each sector of the last changes, and each byte of the headers of the last frames and around their ends. */
function cutsFrom(first: number, end: number): number[] {
  const cuts = new Set<number>([end])
  for (let at = first; at < end; at += sector) cuts.add(at)
  const frames = (end - walHeader) / frame
  for (let number = frames - 3; number <= frames; number++) {
    const begin = walHeader + number * frame
    for (let at = begin - 8; at <= begin + frameHeader + 8; at++) if (at <= end) cuts.add(at)
  }
  return [...cuts].sort((one, other) => one - other)
}

test('whatever of the last frames of the WAL a power cut leaves, what was acknowledged before is there, whole', async () => {
  using folder = tempFolder()
  const path = `${folder.path}/state.db`
  const known = await live(path)
  const [database, wal] = [readFileSync(`${path}.lost`), readFileSync(`${path}.lost-wal`)]
  assert.equal((wal.length - walHeader) % frame, 0, 'the WAL is made of whole frames')
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
    const last = known.findLastIndex(one => one.walBytes <= at)
    // The next change may be whole already, when what came behind it is what was cut.
    const isThere = state === known[last]?.state || state === known[last + 1]?.state
    assert.ok(isThere, `cut at ${at} of ${wal.length}: not the state after change ${last}`)
    found.add(state)
  }
  assert.ok(found.size >= 4, 'the cuts lie on both sides of several changes')
})
