import assert from 'node:assert/strict'
import { test } from 'node:test'
import sql, { raw } from 'sql-template-tag'
import { administer, emptyDatabase, postgresServer, testDatabase } from '../support/postgres.ts'
import { until } from '../support/raw.ts'
import { insertEvents, listEvents, type NewStateChange } from '../../src/store/tables/events.ts'
import { migrations } from '../../src/store/migrations.ts'
import { type Store, topics, type Tx } from '../../src/store/store.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'

const refusalOf = (url: string) =>
  openPostgres(url).then(
    store => store.close().then(() => assert.fail('it was opened')),
    (reason: Error) => `${reason.name}: ${reason.message}`,
  )

const change: NewStateChange = {
  at: 1,
  accountId: 'a',
  regionId: 'r',
  instanceSeq: 1,
  instanceId: 'i',
  state: 'Stopping',
  actor: 'api',
  requestId: '',
  reason: 'test',
}
const record = (tx: Tx) => insertEvents(tx, [change])
const seqs = async (store: Store) =>
  (await store.transaction('read', tx => listEvents(tx, { after: 0, limit: 1_000 }))).map(event => event.seq)

test('ten processes may start at once on an empty database', async () => {
  await using database = await emptyDatabase()
  const opened = await Promise.all(Array.from({ length: 10 }, () => openPostgres(database.url)))
  const [first] = opened
  const found = await first?.transaction('read', tx =>
    tx.all<{ name: string }>(sql`select tablename::text as name from pg_tables where schemaname = 'public'`),
  )
  await Promise.all(opened.map(store => store.close()))
  const tables = migrations.flatMap(step => [...step.matchAll(/create table (\w+)/g)].map(([, name = '']) => name))
  assert.deepEqual(found?.map(row => row.name).sort(), [...tables, 'leases', 'localyun_schema'].sort())
})

test('a schema of a newer version is refused and left as it is', async () => {
  await using database = await emptyDatabase()
  await (await openPostgres(database.url)).close()
  const known = migrations.length
  await administer(`update localyun_schema set version = ${known + 1}`, database.name)
  assert.match(
    await refusalOf(database.url),
    new RegExp(`newer localyun \\(schema ${known + 1}; this one knows ${known}\\)\\.$`),
  )
  await administer(`update localyun_schema set version = ${known}`, database.name)
  await (await openPostgres(database.url)).close()
})

test('a database that holds something else is refused and left as it is', async () => {
  await using database = await emptyDatabase()
  await administer('create table recipes (name text)', database.name)
  assert.match(await refusalOf(database.url), /has tables that are not of localyun/)
})

test('an address that leads nowhere is refused with its reason, and without the password', async () => {
  const { url } = await postgresServer()
  const { port, password } = new URL(url)
  const cases: [string, RegExp][] = [
    [`postgres://localyun:hush@127.0.0.1:${port}/postgres`, /user or password is wrong/],
    [`postgres://nobody:hush@127.0.0.1:${port}/postgres`, /user or password is wrong/],
    [`${url}/missing`, /there is no such database\. Create it first/],
    ['postgres://u:hush@127.0.0.1:1/x', /nothing listens there/],
    ['postgres://u:hush@nowhere.invalid/x', /there is no such host/],
    ['postgres://u:hush@:x', /no address like postgres:/],
    [`${url}/postgres?pool=none`, /pool must be a number/],
  ]
  for (const [address, says] of cases) {
    const refusal = await refusalOf(address)
    assert.match(refusal, says)
    assert.match(refusal, /^StoreError: /)
    assert.ok(!refusal.includes('hush') && !refusal.includes(password), refusal)
  }
})

test('the description has no password', async () => {
  await using database = await testDatabase()
  const store = await openPostgres(database.url)
  await store.close()
  assert.equal(store.description, `postgres localyun@${new URL(database.url).host}/${database.name}`)
})

/** Holds up each that comes until so many have come. */
function barrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let come = 0
  return () => {
    if (++come === count) resolve()
    return promise
  }
}

test('a transaction that loses a race is run again: a deadlock, and a row that came in between', async () => {
  await using database = await testDatabase()
  const store = await openPostgres(database.url)
  const put = (tx: Tx, key: string) => tx.run(sql`insert into settings (key, value) values (${key}, '1')`)
  const rename = (tx: Tx, key: string) => tx.run(sql`update settings set value = value || '2' where key = ${key}`)
  await store.transaction('write', async tx => {
    await put(tx, 'a')
    await put(tx, 'b')
  })
  let runs = 0
  const bothHoldOne = barrier(2)
  const cross = (first: string, second: string) =>
    store.transaction('write', async tx => {
      runs++
      await rename(tx, first)
      await bothHoldOne()
      await rename(tx, second)
    })
  await Promise.all([cross('a', 'b'), cross('b', 'a')])
  assert.ok(runs > 2, `${runs} runs`)
  const allHaveLooked = barrier(3)
  const putOnce = () =>
    store.transaction('write', async tx => {
      if ((await tx.get(sql`select 1 as one from settings where key = 'c'`)) !== undefined) return 'there'
      await allHaveLooked()
      await put(tx, 'c')
      return 'put'
    })
  assert.deepEqual((await Promise.all([putOnce(), putOnce(), putOnce()])).sort(), ['put', 'there', 'there'])
  const rows = await store.transaction('read', tx => tx.all(sql`select key, value from settings order by key`))
  assert.deepEqual(rows, [
    { key: 'a', value: '122' },
    { key: 'b', value: '122' },
    { key: 'c', value: '1' },
  ])
  await store.close()
})

test('an event is shown when nothing can come before it any more', async () => {
  await using database = await testDatabase()
  const store = await openPostgres(database.url)
  const gate = Promise.withResolvers<void>()
  const held = Promise.withResolvers<number[]>()
  await store.transaction('write', record)
  const slow = store.transaction('write', async tx => {
    held.resolve((await record(tx)).map(one => one.seq))
    await gate.promise
  })
  const [slowSeq = 0] = await held.promise
  const [{ seq: fastSeq } = { seq: 0 }] = await store.transaction('write', record)
  assert.ok(fastSeq > slowSeq)
  assert.deepEqual(await seqs(store), [1])
  gate.resolve()
  await slow
  assert.deepEqual(await seqs(store), [1, slowSeq, fastSeq])
  await assert.rejects(
    store.transaction('write', async tx => {
      await record(tx)
      throw new Error('refused')
    }),
    /refused/,
  )
  await store.transaction('write', record)
  assert.equal((await seqs(store)).length, 4)
  await store.close()
})

test('a reader who goes on from the last event it saw misses none, however many write', async () => {
  await using database = await testDatabase()
  const stores = await Promise.all([openPostgres(database.url), openPostgres(database.url)])
  let writing = 16
  const writers = Array.from({ length: writing }, async (_, index) => {
    for (let round = 0; round < 20; round++) {
      await stores[index % 2]
        ?.transaction('write', async tx => {
          await record(tx)
          if (round % 5 === 4) throw new Error('taken back')
        })
        .catch(() => undefined)
    }
    writing--
  })
  const seen: number[] = []
  for (let last = false; !last;) {
    last = writing === 0
    const after = seen.at(-1) ?? 0
    const page = await stores[0].transaction('read', tx => listEvents(tx, { after, limit: 50 }))
    if (page.length === 50) last = false
    seen.push(...page.map(event => event.seq))
  }
  await Promise.all(writers)
  const all = await seqs(stores[1])
  assert.deepEqual(seen, all)
  assert.equal(all.length, 16 * 16)
  await Promise.all(stores.map(store => store.close()))
})

test('what one process tells the others hear, also after the connection was lost', async () => {
  await using database = await testDatabase()
  const [one, other] = [await openPostgres(database.url), await openPostgres(database.url)]
  const heard: string[] = []
  one.shared?.listen(topic => heard.push(`own ${topic}`))
  other.shared?.listen(topic => heard.push(topic))
  one.shared?.notify('faults')
  await until(() => heard.length > 0)
  assert.deepEqual(heard, ['faults'])
  heard.length = 0
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`)
  // Everything may have been told in the meantime.
  await until(() => topics.every(topic => heard.includes(topic)))
  heard.length = 0
  one.shared?.notify('clock')
  await until(() => heard.includes('clock'))
  await Promise.all([one.close(), other.close()])
})

test('what one process keeps in memory of rows that another one changes it reads anew, by itself or when it is notified', async () => {
  await using database = await testDatabase()
  const [one, other] = [await openPostgres(database.url), await openPostgres(database.url)]
  const put = (value: string) => sql`
    insert into settings (key, value) values ('a', ${value}) on conflict (key) do update set value = excluded.value`
  const change = (store: Store, value: string, notifies: boolean) =>
    store.transaction('write', async tx => {
      if (notifies) tx.dropCache()
      await tx.run(put(value))
    })
  const read = async (store: Store) => {
    const load = (tx: Tx) => () => tx.get<{ value: string }>(sql`select value from settings where key = 'a'`)
    return (await store.transaction('read', tx => tx.cached('a', load(tx))))?.value
  }
  await change(one, 'first', true)
  assert.deepEqual([await read(one), await read(other)], ['first', 'first'])
  const heard: string[] = []
  other.shared?.listen(topic => heard.push(topic))
  await change(one, 'second', true)
  assert.equal(await read(one), 'second')
  await until(() => heard.includes('cache'))
  assert.equal(await read(other), 'second')
  // Neither has been told.
  await change(one, 'third', false)
  await until(async () => (await read(one)) === 'third' && (await read(other)) === 'third')
  await Promise.all([one.close(), other.close()])
})

test('connections that were cut are replaced, and what they were in the middle of is said to be unavailable', async () => {
  await using database = await testDatabase()
  const store = await openPostgres(database.url)
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`
  const attempt = store.transaction('write', async tx => {
    await tx.run(sql`insert into settings (key, value) values ('half', '')`)
    await administer(cut)
    await tx.run(sql`insert into settings (key, value) values ('done', '')`)
  })
  await assert.rejects(attempt, { name: 'StoreUnavailable', message: 'The database cannot be reached at the moment.' })
  const count = () => store.transaction('read', tx => tx.get<{ n: number }>(sql`select count(*) as n from settings`))
  assert.deepEqual(await count(), { n: 0 })
  await administer(cut)
  await until(() =>
    count().then(
      () => true,
      () => false,
    ),
  )
  await store.close()
})

test('statements are kept within bounds on the server, too', async () => {
  await using database = await testDatabase()
  const store = await openPostgres(`${database.url}?pool=1`)
  for (let index = 0; index < 400; index++) {
    await store.transaction('read', tx => tx.get(sql`select ${raw(String(index))} as value`))
  }
  const row = await store.transaction('read', tx =>
    tx.get<{ n: number }>(sql`select count(*) as n from pg_prepared_statements`),
  )
  assert.ok((row?.n ?? 0) <= 301, `${row?.n} statements`)
  await store.close()
})
