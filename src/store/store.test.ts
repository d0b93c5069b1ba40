import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import sql, { type Sql } from 'sql-template-tag'
import { onPostgres } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/postgres.ts'
import { failpoints } from '../platform/failpoints.ts'
import { takeNumbers } from './tables/world/counters.ts'
import { openPostgres } from './postgres/postgres.ts'
import { SqliteStore } from './sqlite.ts'
import { type Store, StoreError, type Tx } from './store.ts'

/** A store of a test's own. */
type OpenStore = AsyncDisposable & { readonly store: Store }

const stores: Readonly<Record<string, () => Promise<OpenStore>>> = {
  async sqlite() {
    const store = new SqliteStore(undefined)
    return { store, [Symbol.asyncDispose]: () => store.close() }
  },
  async postgres() {
    const database = await testDatabase()
    const store = await openPostgres(database.url)
    const dispose = async () => {
      await store.close()
      await database[Symbol.asyncDispose]()
    }
    return { store, [Symbol.asyncDispose]: dispose }
  },
}

const put = (tx: Tx, key: string, value = '') =>
  tx.run(sql`insert into settings (key, value) values (${key}, ${value})`)
const write = (store: Store, key: string, value = '') => store.transaction('write', tx => put(tx, key, value))
const keys = (store: Store) =>
  store.transaction('read', async tx => {
    const rows = await tx.all<{ key: string }>(sql`select key from settings order by key`)
    return rows.map(row => row.key)
  })

// On PostgreSQL the suite is run by `test/postgres/store.test.ts`.
const tested = onPostgres() ? 'postgres' : 'sqlite'
for (const [name, open] of Object.entries(stores).filter(([name]) => name === tested)) {
  suite(`the ${name} store`, () => {
    test('gives numbers out once each, to a crowd too', async () => {
      await using opened = await open()
      const take = () => opened.store.transaction('write', tx => takeNumbers(tx, 'a', 2))
      const numbers = await Promise.all(Array.from({ length: 50 }, take))
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        numbers.map((_, index) => index * 2),
      )
    })

    test('makes rows of values in the order of the columns, as the reader does', async () => {
      await using opened = await open()
      const { store } = opened
      await write(store, 'first', 'one')
      await write(store, 'second')
      const query = sql`select key, length(value) as size, null as absent from settings order by key`
      const read = (values: readonly unknown[]) => ({ values: [...values] })
      const [all, found, absent] = await store.transaction('read', async tx => [
        await tx.all(query, read),
        await tx.get(query, read),
        await tx.get(sql`select key from settings where key = 'third'`, read),
      ])
      assert.deepEqual(all, [{ values: ['first', 3, null] }, { values: ['second', 0, null] }])
      assert.deepEqual(found, { values: ['first', 3, null] })
      assert.equal(absent, undefined)
    })

    test('writes what was gathered with its transaction: nothing of one that fails', async () => {
      await using opened = await open()
      const { store } = opened
      const write = async (tx: Tx, items: readonly string[]) => {
        for (const key of items) await put(tx, key)
      }
      const batchWrite = (key: string, fails = false) =>
        store.transaction('write', async tx => {
          await tx.batchWrite(write, [key])
          if (fails) throw new Error('refused')
        })
      const done = await Promise.allSettled([batchWrite('first'), batchWrite('failed', true), batchWrite('last')])
      assert.deepEqual(
        done.map(one => one.status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await keys(store), ['first', 'last'])
    })

    test('keeps nothing of a transaction that fails, and all of the others', async () => {
      await using opened = await open()
      const { store } = opened
      const refused = new Error('refused')
      const [first, failed, broken, last] = await Promise.allSettled([
        write(store, 'first'),
        store.transaction('write', async tx => {
          await put(tx, 'failed')
          throw refused
        }),
        store.transaction('write', async tx => {
          await put(tx, 'broken')
          await tx.run(sql`insert into nowhere values (1)`)
        }),
        write(store, 'last'),
      ])
      assert.deepEqual([first.status, last.status], ['fulfilled', 'fulfilled'])
      assert.equal(failed.status === 'rejected' && failed.reason, refused)
      assert.match(String(broken.status === 'rejected' && broken.reason), /nowhere/)
      assert.deepEqual(await keys(store), ['first', 'last'])
    })

    test('keeps nothing of a transaction that went on after a statement had failed', async () => {
      await using opened = await open()
      if (opened.store.shared === undefined) return
      const work = opened.store.transaction('write', async tx => {
        await put(tx, 'before')
        await tx.run(sql`insert into nowhere values (1)`).catch(() => undefined)
      })
      await assert.rejects(work, { message: 'The store could not write.' })
      assert.deepEqual(await keys(opened.store), [])
    })

    test('refuses a transaction that is over, however it ended, to whoever kept it', async () => {
      await using opened = await open()
      const kept: Tx[] = []
      const keep = async (tx: Tx) => void kept.push(tx)
      const fail = (tx: Tx) => keep(tx).then(() => Promise.reject(new Error('refused')))
      opened.store.beforeCommit(keep)
      for (const mode of ['read', 'write', 'alone'] as const) {
        await opened.store.transaction(mode, keep)
        await assert.rejects(opened.store.transaction(mode, fail), /refused/)
      }
      assert.ok(kept.length >= 8, String(kept.length))
      const query = sql`select 1 as one`
      for (const tx of kept) {
        const uses = [
          () => tx.all(query),
          () => tx.get(query),
          () => tx.run(query),
          () => tx.autonomous(query),
          () => tx.once('name', async () => 1),
          () => tx.advisoryLock('name'),
          () => tx.batchWrite(async () => undefined, [1]),
          async () => tx.afterCommit(() => undefined),
        ]
        for (const use of uses) await assert.rejects(use, { name: 'TransactionOver', message: /is over/ })
      }
    })

    test('keeps what was read in memory until a transaction says that it has changed', async () => {
      await using opened = await open()
      const { store } = opened
      let loads = 0
      const load = (tx: Tx) => async () => {
        loads++
        return tx.get<{ value: string }>(sql`select value from settings where key = 'a'`)
      }
      const readIn = (tx: Tx) => tx.cached('a', load(tx))
      const read = async () => (await store.transaction('read', readIn))?.value
      const change = (value: string, outcome?: Error) =>
        store.transaction('write', async tx => {
          tx.dropCache()
          await tx.run(sql`update settings set value = ${value} where key = 'a'`)
          const seen = await readIn(tx)
          assert.equal(seen?.value, value)
          if (outcome !== undefined) throw outcome
        })
      assert.equal(await read(), undefined)
      await write(store, 'a', 'first')
      assert.deepEqual([await read(), await read(), loads], ['first', 'first', 2])
      await change('second')
      assert.deepEqual([await read(), await read(), loads], ['second', 'second', 4])
      await assert.rejects(change('never', new Error('refused')), /refused/)
      assert.deepEqual([await read(), await read()], ['second', 'second'])
      failpoints.arm('group:before-commit', 'throw')
      await assert.rejects(change('never'), /could not write/).finally(() => failpoints.disarm())
      assert.deepEqual([await read(), await read()], ['second', 'second'])
    })

    test('keeps nothing that is older than what a caller was answered, however many read meanwhile', async () => {
      await using opened = await open()
      const { store } = opened
      const read = async () => {
        const load = (tx: Tx) => () => tx.get<{ value: string }>(sql`select value from settings where key = 'a'`)
        return Number((await store.transaction('read', tx => tx.cached('a', load(tx))))?.value)
      }
      await write(store, 'a', '0')
      let answered = 0
      const over = new AbortController()
      const readers = Array.from({ length: 8 }, async () => {
        while (!over.signal.aborted) {
          const atLeast = answered
          const seen = await read()
          assert.ok(seen >= atLeast, `${seen} was read after ${atLeast} had been answered`)
        }
      })
      for (let value = 1; value <= 60; value++) {
        const refused = value % 3 === 0
        const work = store.transaction('write', async tx => {
          tx.dropCache()
          await tx.run(sql`update settings set value = ${String(value)} where key = 'a'`)
          if (refused) throw new Error('refused')
        })
        if (refused) await assert.rejects(work, /refused/)
        else await work.then(() => (answered = value))
      }
      over.abort()
      await Promise.all(readers)
      assert.equal(await read(), 59)
    })

    test('answers after the commit, and in between runs what waits for it', async () => {
      await using opened = await open()
      const { store } = opened
      const events: string[] = []
      store.beforeCommit(async () => void events.push('commit'))
      const member = (mode: 'read' | 'write', label: string) =>
        store
          .transaction(mode, async tx => {
            tx.afterCommit(() => events.push(`${label} is durable`))
            if (label === 'fails') throw new Error(label)
          })
          .then(
            () => events.push(`${label} is answered`),
            () => events.push(`${label} is refused`),
          )
      await member('write', 'writes')
      await member('write', 'fails')
      const order = ['commit', 'writes is durable', 'writes is answered', 'fails is refused']
      assert.deepEqual([...new Set(events)], order)
    })

    test('passes on when something falls due once that is durable, and not at all when the transaction fails', async () => {
      await using opened = await open()
      const { store } = opened
      const heard: unknown[] = []
      store.beforeCommit(async () => void heard.push('commit'))
      store.onDue((at, elsewhere) => heard.push([at, elsewhere]))
      await store.transaction('write', async tx => {
        tx.notifyDue(20)
        tx.notifyDue(10, true)
      })
      const failing = store.transaction('write', async tx => {
        tx.notifyDue(5)
        throw new Error('no')
      })
      await assert.rejects(failing, /no/)
      assert.deepEqual(
        heard.filter((one, index) => one !== 'commit' || index === 0),
        ['commit', [20, false], [10, true]],
      )
    })

    test('fails a writer whose commit fails, keeps nothing of it, and goes on afterwards', async () => {
      await using opened = await open()
      const { store } = opened
      let fails = true
      store.beforeCommit(async () => {
        if (fails) throw new Error('the disk is full')
      })
      const failure: unknown = await write(store, 'a').catch((reason: unknown) => reason)
      assert.ok(failure instanceof StoreError)
      assert.equal(failure.message, 'The store could not write.')
      assert.equal((failure.cause as Error).message, 'the disk is full')
      assert.deepEqual(await keys(store), [])
      fails = false
      await write(store, 'b')
      assert.deepEqual(await keys(store), ['b'])
    })

    test('lets a hook write with the commit', async () => {
      await using opened = await open()
      opened.store.beforeCommit(tx => put(tx, 'by the hook').then(() => undefined))
      await write(opened.store, 'a')
      assert.deepEqual(await keys(opened.store), ['a', 'by the hook'])
    })

    test('writes nothing in a read transaction', async () => {
      await using opened = await open()
      const attempt = opened.store.transaction('read', tx => put(tx, 'a'))
      await assert.rejects(attempt, /A read transaction tried to write/)
    })

    test('takes many different statements', async () => {
      await using opened = await open()
      const found = await opened.store.transaction('read', async tx => {
        let sum = 0
        for (let round = 0; round < 2; round++) {
          for (let index = 0; index < 700; index++) {
            const row = await tx.get<{ value: number }>(sql(['select cast(', ` as bigint) + ${index} as value`], 1))
            sum += row?.value ?? 0
          }
        }
        return sum
      })
      assert.equal(found, 2 * (700 + (699 * 700) / 2))
    })

    test('is alone in a transaction that asks for it', async () => {
      await using opened = await open()
      const { store } = opened
      const seen: number[] = []
      const alone = store.transaction('alone', async tx => {
        for (let look = 0; look < 5; look++) {
          const row = await tx.get<{ count: number }>(sql`select count(*) as count from settings`)
          seen.push(Number(row?.count))
        }
      })
      await Promise.all([alone, ...Array.from({ length: 20 }, (_, index) => write(store, String(index)))])
      assert.equal(new Set(seen).size, 1, seen.join())
    })

    test('closes when what is under way is over, and refuses what comes later', async () => {
      const opened = await open()
      const { store } = opened
      const results = Promise.all([write(store, 'a'), write(store, 'b')])
      await store.close()
      await results
      await store.close()
      await assert.rejects(write(store, 'c'), { name: 'StoreError', message: 'The store is closed.' })
      await opened[Symbol.asyncDispose]()
    })

    test('finds rows by a list of texts or numbers, through an index, with one text for every length', async () => {
      await using opened = await open()
      const odd = ['a', 'A', '7', '', '"', '\\', '{', '}', ',', 'NULL', "it's", '测试 😀', '\n']
      await opened.store.transaction('write', async tx => {
        for (const [index, key] of odd.entries()) {
          await put(tx, key)
          await tx.run(sql`insert into reactivations values (${index}, 'account', 0)`)
        }
      })
      await opened.store.transaction('read', async tx => {
        const byText = (values: string[]) =>
          sql`select key as found from settings where ${tx.dialect.oneOf(sql`key`, values)} order by key`
        const byNumber = (values: number[]) =>
          sql`select instance_seq as found from reactivations where ${tx.dialect.oneOf(sql`instance_seq`, values)} order by 1`
        const find = async (query: Sql) => (await tx.all<{ found: unknown }>(query)).map(row => row.found)
        assert.deepEqual(await find(byText(odd)), odd.toSorted())
        for (const key of odd) assert.deepEqual(await find(byText([key, 'missing'])), [key])
        assert.deepEqual(await find(byNumber([...odd.keys(), 2 ** 40])), [...odd.keys()])
        assert.deepEqual([await find(byText([])), await find(byNumber([]))], [[], []])
        assert.deepEqual([byText([]).sql, byText([]).text], [byText(odd).sql, byText(odd).text])
        const plans = opened.store.shared === undefined ? sql(['explain query plan ']) : sql(['explain '])
        for (const query of [byText(['a']), byNumber([1])]) {
          const plan = JSON.stringify(await tx.all(sql`${plans}${query}`))
          assert.match(plan, /SEARCH \w+ USING .*(INDEX|PRIMARY KEY)|Index Cond: \(\w+ = ANY/)
        }
      })
    })

    test('finds an entry of a JSON column by key, or key and value, whatever characters they hold', async () => {
      await using opened = await open()
      const odd = [
        'a',
        'a"b',
        '"',
        '\\',
        'a\\"b',
        ':',
        ',',
        '":"',
        '{',
        "it's",
        '%',
        '*',
        '',
        ' ',
        '测试 😀',
        '__proto__',
        '\n',
      ]
      const entries = odd.flatMap(key => odd.map(value => ({ key, value })))
      const json = ({ key, value }: { key: string; value: string }) =>
        JSON.stringify(
          Object.fromEntries([
            ['z,', `:${key}`],
            [key, value],
            ['zz', key],
          ]),
        )
      await opened.store.transaction('write', async tx => {
        for (const [index, entry] of entries.entries()) await put(tx, String(index), json(entry))
      })
      await opened.store.transaction('read', async tx => {
        const found = async (key: string, value: string | undefined) => {
          const fits = tx.dialect.hasEntry(sql`settings.value`, key, value)
          const rows = await tx.all<{ key: string }>(
            sql`select key from settings where ${fits} order by cast(key as integer)`,
          )
          return rows.map(row => entries[Number(row.key)])
        }
        for (const key of odd)
          assert.deepEqual(
            await found(key, undefined),
            entries.filter(one => one.key === key),
            key,
          )
        for (const { key, value } of entries) assert.deepEqual(await found(key, value), [{ key, value }])
      })
    })

    test('matches patterns and parts case-sensitively, with no sign special but the star', async () => {
      await using opened = await open()
      const values = ['web-1', 'Web-1', 'web_1', 'web%1', 'web[1]', 'web?1', 'web\\1', 'my web-1', '测试-1']
      await opened.store.transaction('write', async tx => {
        for (const value of values) await put(tx, value)
      })
      await opened.store.transaction('read', async tx => {
        const select = async (fits: Parameters<typeof sql>[1]) => {
          const rows = await tx.all<{ key: string }>(sql`select key from settings where ${fits}`)
          return rows.map(row => row.key).sort()
        }
        const matching = (pattern: string) => select(tx.dialect.matches(sql`key`, pattern))
        for (const value of values) assert.deepEqual(await matching(value), [value])
        assert.deepEqual(await matching('web_*'), ['web_1'])
        assert.deepEqual(await matching('*b-1'), ['Web-1', 'my web-1', 'web-1'])
        assert.deepEqual(await matching('*'), values.toSorted())
        assert.deepEqual(await select(tx.dialect.contains(sql`key`, 'eb%')), ['web%1'])
      })
    })
  })
}
