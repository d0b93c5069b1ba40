import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { mock, suite, test } from 'node:test'
import sql, { type Sql } from 'sql-template-tag'
import { onPostgres } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import { createRandom } from '../platform/random.ts'
import { number, text } from './columns.ts'
import { openPostgres } from './postgres/postgres.ts'
import { SqliteStore } from './sqlite.ts'
import type { Store, Tx } from './store.ts'
import { firstNumber, firstText, portionsOf, table } from './table.ts'
import { insertMeterRows } from './tables/billing/meter.ts'
import { insertEvents } from './tables/events.ts'
import { lockInstances } from './tables/instances/instances.ts'
import { deleteJobs, keepOwn, leaseJobs, listDueJobs, type NewJob, nextJob, putJobs } from './tables/instances/jobs.ts'
import { listFacts, listMachines, updatePower } from './tables/instances/power.ts'
import { deleteInstances, listTakenIds } from './tables/instances/release.ts'
import { avoidSystemEvents, finishSystemEvents } from './tables/system-events.ts'

interface OpenStore extends AsyncDisposable {
  readonly store: Store
  /** How many statements have been prepared. */
  prepared(): Promise<number>
}

const stores: Readonly<Record<string, () => Promise<OpenStore>>> = {
  async sqlite() {
    const prepare = mock.method(DatabaseSync.prototype, 'prepare')
    const store = new SqliteStore(undefined)
    const dispose = async () => {
      prepare.mock.restore()
      await store.close()
    }
    return { store, prepared: async () => prepare.mock.callCount(), [Symbol.asyncDispose]: dispose }
  },
  async postgres() {
    const database = await testDatabase()
    const store = await openPostgres(database.url)
    // Transactions that run after each other have the same connection.
    const prepared = () =>
      store.transaction('read', async tx => {
        const counted = await tx.get(sql`select count(*) from pg_prepared_statements`, firstNumber)
        return counted ?? 0
      })
    const dispose = async () => {
      await store.close()
      await database[Symbol.asyncDispose]()
    }
    return { store, prepared, [Symbol.asyncDispose]: dispose }
  },
}

const notes = table('notes', { id: number, title: text, size: number }, ['id'])
const titles = notes.select('id', 'title')

// On PostgreSQL the suite is run by `test/postgres/store.test.ts`.
const tested = onPostgres() ? 'postgres' : 'sqlite'
for (const [name, open] of Object.entries(stores).filter(([name]) => name === tested)) {
  suite(`a table on ${name}`, () => {
    test('inserts, overwrites, changes and finds rows as they are declared', async () => {
      await using opened = await open()
      await opened.store.transaction('alone', async tx => {
        await tx.run(
          sql`create temporary table notes (id integer primary key, title text not null, size integer not null)`,
        )
        assert.equal(await notes.insert(tx, [{ id: 1, title: 'one', size: 1 }]), 1)
        assert.equal(await notes.insert(tx, []), 0)
        await notes.put(tx, [
          { id: 1, title: 'first', size: 11 },
          { id: 2, title: 'second', size: 22 },
        ])
        const changed = await notes.update(tx, { title: 'changed', size: sql`size + 1`, id: undefined }, sql`id = 2`)
        assert.equal(changed, 1)
        assert.deepEqual(await notes.all.list(tx, sql`order by id`), [
          { id: 1, title: 'first', size: 11 },
          { id: 2, title: 'changed', size: 23 },
        ])
        assert.deepEqual(await titles.find(tx, sql`where id = 2`), { id: 2, title: 'changed' })
        assert.equal(await titles.find(tx, sql`where id = 3`), undefined)
        assert.deepEqual(await notes.except('size', 'id').list(tx, sql`where id = 1`), [{ title: 'first' }])
      })
    })

    test('inserts any number of rows in order', async () => {
      await using opened = await open()
      const rows = Array.from({ length: 203 }, (_, id) => ({ id, title: `t${id}`, size: id }))
      await opened.store.transaction('alone', async tx => {
        await tx.run(
          sql`create temporary table notes (id integer primary key, title text not null, size integer not null)`,
        )
        assert.equal(await notes.insert(tx, rows), rows.length)
        assert.deepEqual(await notes.all.list(tx, sql`order by id`), rows)
      })
    })

    test('1 to 100 rows at random: no statement is prepared per call', async () => {
      await using opened = await open()
      const run = (count: number) => opened.store.transaction('write', tx => everything(tx, count))
      // All sizes that portions have, and the two forms of a list.
      await run(127)
      await run(1)
      const before = await opened.prepared()
      const random = createRandom('table', 'sizes')
      for (let round = 0; round < 40; round++) await run(1 + Math.floor(random.next() * 100))
      assert.equal(await opened.prepared(), before)
    })
  })
}

/** What stops, starts and releases of so many instances ask a store. */
async function everything(tx: Tx, count: number): Promise<void> {
  const seqs = Array.from({ length: count }, (_, index) => index)
  const ids = seqs.map(seq => `i-${seq}`)
  await listFacts(tx, 'account', ids)
  await lockInstances(tx, 'account', ids)
  await listTakenIds(tx, ids)
  await updatePower(tx, ids, { status: 'Stopping', operation: 'stop', stopMode: 'KeepCharging' })
  await putJobs(tx, seqs.map(newJob))
  const jobs = await leaseJobs(tx, await listDueJobs(tx, { until: 0, wallNow: 0, limit: count }), 1)
  assert.equal((await keepOwn(tx, jobs)).size, count)
  await listMachines(tx, seqs)
  await deleteJobs(tx, seqs)
  await avoidSystemEvents(tx, seqs, 0)
  await finishSystemEvents(tx, ids, { status: 'Executed', at: 0 })
  await insertEvents(tx, seqs.map(newEvent))
  await insertMeterRows(tx, seqs.map(newMeterRow))
  await deleteInstances(tx, ids, { at: 0, by: '' })
}

function newJob(instanceSeq: number): NewJob {
  const payload = { orderedAt: 0, force: false, forceAt: 0, requestId: '' }
  return { kind: 'stop', instanceSeq, instanceId: `i-${instanceSeq}`, dueAt: 0, hostId: null, payload }
}

function newEvent(instanceSeq: number) {
  const what = { at: 0, accountId: 'account', regionId: 'cn-hangzhou', instanceSeq, instanceId: `i-${instanceSeq}` }
  return { ...what, state: 'Stopping', actor: 'api', requestId: '', reason: '' } as const
}

function newMeterRow(seq: number) {
  const resource = {
    kind: 'instance',
    number: seq,
    id: `i-${seq}`,
    accountId: 'account',
    regionId: 'cn-hangzhou',
  } as const
  const rates = { compute: 1, image: 0, systemDisk: 0, dataDisk: 0, bandwidth: 0 }
  return { ...resource, holder: null, at: 0, state: 'running', rates, pausable: 0, delta: 1 } as const
}

test('portions are powers of two, in order', () => {
  const rows = Array.from({ length: 203 }, (_, index) => index)
  const portions = portionsOf(rows)
  assert.deepEqual(portions.flat(), rows)
  assert.deepEqual(
    portions.map(portion => portion.length),
    [64, 64, 64, 8, 2, 1],
  )
  assert.deepEqual(portionsOf([]), [])
})

suite('SQLite finds by an index', () => {
  const plan = async (work: (tx: Tx) => Promise<unknown>) => {
    const store = new SqliteStore(undefined)
    const steps: string[] = []
    await store.transaction('write', async tx => {
      const explain = async (query: Sql) => {
        const rows = await tx.all<{ detail: string }>(sql`explain query plan ${query}`)
        steps.push(...rows.map(row => row.detail))
      }
      const explaining: Pick<Tx, 'mode' | 'dialect' | 'all' | 'run'> = {
        mode: tx.mode,
        dialect: tx.dialect,
        all: async (query, read) => (await explain(query), tx.all(query, read)),
        run: async query => (await explain(query), tx.run(query)),
      }
      await work(explaining as Tx)
    })
    await store.close()
    return steps.filter(step => /\b(instances|jobs)\b/.test(step))
  }
  const byId = /^SEARCH instances USING (COVERING )?INDEX sqlite_autoindex_instances_1 \(id=\?\)$/
  const change = { status: 'Stopping', operation: 'stop' } as const

  for (const [what, work, expected] of [
    ['the facts of instances by id', tx => listFacts(tx, 'account', ['i-1', 'i-2']), byId],
    ['instances to change by id', tx => lockInstances(tx, 'account', ['i-1']), byId],
    ['instances whose power changes', tx => updatePower(tx, ['i-1', 'i-2'], change), byId],
    ['machines by number', tx => listMachines(tx, [1, 2]), /^SEARCH instances USING INTEGER PRIMARY KEY \(rowid=\?\)$/],
    [
      'jobs that are due',
      tx => listDueJobs(tx, { until: 1, wallNow: 1, limit: 10 }),
      /^SEARCH jobs USING INDEX jobs_by_due_time \(due_at<\?\)$/,
    ],
    [
      'the next job',
      tx => tx.all(nextJob(1, undefined), firstText),
      /^SEARCH jobs USING INDEX jobs_by_due_time \(due_at<\?\)$/,
    ],
  ] satisfies [string, (tx: Tx) => Promise<unknown>, RegExp][]) {
    test(what, async () => {
      const steps = await plan(work)
      assert.equal(steps.length, 1, steps.join('\n'))
      assert.match(steps[0] ?? '', expected)
    })
  }
})
