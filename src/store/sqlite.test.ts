import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import sql from 'sql-template-tag'
import { tempFolder } from '../../test/support/temp.ts'
import { takeNumbers } from './tables/world/counters.ts'
import { migrations } from './migrations.ts'
import { SqliteStore } from './sqlite.ts'
import { type Store, StoreError, type Tx } from './store.ts'

interface OpenStore extends Disposable {
  readonly store: SqliteStore
  /** How often the store has committed. */
  commits(): number
}

/** A store in memory that counts its commits, and fails them on demand. */
function openStore(options: { fails?: () => boolean } = {}): OpenStore {
  const store = new SqliteStore(undefined)
  let commits = 0
  store.beforeCommit(async () => {
    if (options.fails?.() === true) throw new Error('the disk is full')
    commits++
  })
  return { store, commits: () => commits, [Symbol.dispose]: () => void store.close() }
}

async function readNames(tx: Tx): Promise<string[]> {
  const rows = await tx.all<{ name: string }>(sql`select name from counters order by name`)
  return rows.map(row => row.name)
}

const names = (store: Store) => store.transaction('read', readNames)

const write = (store: Store, name: string) => store.transaction('write', tx => takeNumbers(tx, name, 1))

/** The reason that an opening fails. */
function refusalOf(path: string): string {
  try {
    void new SqliteStore(path).close()
  } catch (reason) {
    assert.ok(reason instanceof StoreError, String(reason))
    return reason.message
  }
  return assert.fail(`${path} was opened`)
}

test('calls that arrive together share one commit', async () => {
  using open = openStore()
  const numbers = await Promise.all(Array.from({ length: 50 }, () => write(open.store, 'a')))
  assert.deepEqual(numbers, [...numbers.keys()])
  assert.equal(open.commits(), 1)
  await write(open.store, 'a')
  assert.equal(open.commits(), 2)
})

test('a crowd is committed in groups, in the order it came', async () => {
  using open = openStore()
  const numbers = await Promise.all(Array.from({ length: 600 }, () => write(open.store, 'a')))
  assert.deepEqual(numbers, [...numbers.keys()])
  assert.equal(open.commits(), 3)
})

test('a group in which nobody writes commits nothing', async () => {
  using open = openStore()
  await Promise.all([names(open.store), names(open.store)])
  assert.equal(open.commits(), 0)
})

test('a member that fails leaves nothing of itself and does not hurt the others', async () => {
  using open = openStore()
  const { store } = open
  const refused = new Error('refused')
  const [first, failed, broken, last] = await Promise.allSettled([
    write(store, 'first'),
    store.transaction('write', async tx => {
      await takeNumbers(tx, 'failed', 1)
      throw refused
    }),
    store.transaction('write', async tx => {
      await takeNumbers(tx, 'broken', 1)
      await tx.run(sql`insert into nowhere values (1)`)
    }),
    write(store, 'last'),
  ])
  assert.deepEqual([first.status, last.status], ['fulfilled', 'fulfilled'])
  assert.equal(failed.status === 'rejected' && failed.reason, refused)
  assert.match(String(broken.status === 'rejected' && broken.reason), /no such table: nowhere/)
  assert.deepEqual(await names(store), ['first', 'last'])
  assert.equal(open.commits(), 1)
})

/** A transaction of a group, and how often it was run. */
interface Trial {
  runs: number
  readonly outcome: Promise<unknown>
}

function attempt(store: Store, work: (tx: Tx) => Promise<unknown>, mode: 'read' | 'write' | 'alone' = 'write'): Trial {
  const trial: Trial = {
    runs: 0,
    outcome: store.transaction(mode, tx => {
      trial.runs++
      return work(tx)
    }),
  }
  trial.outcome.catch(() => undefined)
  return trial
}

const refuse = (): never => {
  throw new Error('refused')
}

test('a member that fails after it has written has its group run again; what it did outside is done once', async () => {
  using open = openStore()
  const { store } = open
  const [outside, durable, batches]: [string[], string[], string[][]] = [[], [], []]
  const writeBatch = async (_: Tx, items: readonly string[]) => void batches.push([...items])
  const work = (name: string) => async (tx: Tx) => {
    const number = await tx.once('outside', async () => outside.push(name))
    await tx.batchWrite(writeBatch, [name])
    tx.afterCommit(() => durable.push(name))
    await takeNumbers(tx, name, 1)
    return number
  }
  const trials = [
    attempt(store, work('a')),
    attempt(store, async () => refuse()),
    attempt(store, readNames, 'read'),
    attempt(store, tx => work('failed')(tx).then(refuse)),
    attempt(store, work('b')),
  ]
  const [first, early, seen, late, last] = await Promise.allSettled(trials.map(trial => trial.outcome))
  assert.deepEqual(
    trials.map(trial => trial.runs),
    [2, 2, 2, 2, 1],
  )
  assert.deepEqual(outside, ['a', 'failed', 'b'])
  assert.deepEqual(
    [first, last],
    [
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 3 },
    ],
  )
  assert.deepEqual([early?.status, late?.status, seen], ['rejected', 'rejected', { status: 'fulfilled', value: ['a'] }])
  assert.deepEqual(durable, ['a', 'b'])
  // The reader had the first one's written before it; the first run of it was rolled back.
  assert.deepEqual(batches, [['a'], ['a'], ['b']])
  assert.deepEqual([await names(store), open.commits()], [['a', 'b'], 1])
})

test('nobody runs twice when nothing has been written before the one that fails, or that one has not written', async () => {
  using open = openStore()
  const { store } = open
  const trials = [
    attempt(store, readNames, 'read'),
    attempt(store, tx => takeNumbers(tx, 'failed', 1).then(refuse)),
    attempt(store, tx => takeNumbers(tx, 'a', 1)),
    attempt(store, tx => readNames(tx).then(refuse)),
    attempt(store, tx => takeNumbers(tx, 'b', 1)),
  ]
  await Promise.allSettled(trials.map(trial => trial.outcome))
  assert.deepEqual(
    trials.map(trial => trial.runs),
    [1, 1, 1, 1, 1],
  )
  assert.deepEqual([await names(store), open.commits()], [['a', 'b'], 1])
})

test('whatever fails in a group, however it writes: the others are there, it has left nothing', async () => {
  using open = openStore()
  const { store } = open
  const insert = (name: string) => sql`insert into counters (name, value) values (${name}, 1)`
  const failures: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
    returning: tx => tx.get(sql`${insert('1')} returning value`).then(refuse),
    listing: tx => tx.all(sql`${insert('2')} returning value`).then(refuse),
    autonomous: tx => tx.autonomous(insert('3')).then(refuse),
    constraint: async tx => {
      await tx.run(insert('4'))
      await tx.run(insert('4'))
    },
    update: tx => tx.run(sql`update counters set value = -1`).then(refuse),
    deletion: tx => tx.run(sql`delete from counters`).then(refuse),
    common: tx =>
      tx.run(sql`with one as (select '5' as name) insert into counters select name, 1 from one`).then(refuse),
  }
  const expected: string[] = []
  for (const [name, work] of Object.entries(failures)) {
    const others = [0, 1, 2].map(index => `${name} ${index}`)
    expected.push(...others)
    const [before = '', between = '', after = ''] = others
    const failed = [attempt(store, work), attempt(store, work)]
    await Promise.all([
      write(store, before),
      failed[0]?.outcome.catch(() => undefined),
      write(store, between),
      failed[1]?.outcome.catch(() => undefined),
      write(store, after),
    ])
    for (const { outcome } of failed) await assert.rejects(outcome, name === 'constraint' ? /UNIQUE/ : /refused/)
    assert.deepEqual(await names(store), expected.toSorted(), name)
  }
  const rows = await store.transaction('read', tx => tx.all(sql`select distinct value from counters`))
  assert.deepEqual(rows, [{ value: 1 }])
})

test('a member that catches the failure of a statement keeps what it wrote', async () => {
  using open = openStore()
  const insert = (tx: Tx, name: string) => tx.run(sql`insert into counters (name, value) values (${name}, 1)`)
  await Promise.all([
    write(open.store, 'a'),
    open.store.transaction('write', async tx => {
      await insert(tx, 'b')
      await insert(tx, 'b').catch(() => undefined)
      await insert(tx, 'c')
    }),
  ])
  assert.deepEqual(await names(open.store), ['a', 'b', 'c'])
})

test('a transaction that is alone shares its commit with nobody, and is not run again for anybody', async () => {
  using open = openStore()
  const { store } = open
  const trials = [
    attempt(store, tx => takeNumbers(tx, 'a', 1)),
    attempt(store, tx => takeNumbers(tx, 'alone', 1), 'alone'),
    attempt(store, tx => takeNumbers(tx, 'b', 1)),
    attempt(store, tx => takeNumbers(tx, 'failed', 1).then(refuse)),
  ]
  await Promise.allSettled(trials.map(trial => trial.outcome))
  assert.deepEqual(
    trials.map(trial => trial.runs),
    [1, 1, 2, 2],
  )
  assert.deepEqual([await names(store), open.commits()], [['a', 'alone', 'b'], 3])
})

test('nobody is answered before the commit; what waits for it runs in between', async () => {
  const store = new SqliteStore(undefined)
  const events: string[] = []
  store.beforeCommit(async () => {
    // Long enough for an answer that does not wait to slip through.
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
    events.push('commit')
  })
  const member = (mode: 'read' | 'write', name: string) =>
    store
      .transaction(mode, async tx => {
        events.push(`${name} works`)
        tx.afterCommit(() => events.push(`${name} is durable`))
        if (name === 'fails') throw new Error(name)
      })
      .then(
        () => events.push(`${name} is answered`),
        () => events.push(`${name} is refused`),
      )
  await Promise.all([member('write', 'writes'), member('read', 'reads'), member('write', 'fails')])
  assert.deepEqual(events, [
    'writes works',
    'reads works',
    'fails works',
    'commit',
    'writes is durable',
    'reads is durable',
    'writes is answered',
    'reads is answered',
    'fails is refused',
  ])
  await store.close()
})

test('a commit that fails fails every writer, keeps nothing, and runs nothing that waits for it', async () => {
  let fails = true
  using open = openStore({ fails: () => fails })
  const { store } = open
  const durable: string[] = []
  const writer = (name: string) =>
    store.transaction('write', async tx => {
      await takeNumbers(tx, name, 1)
      tx.afterCommit(() => durable.push(name))
    })
  const results = await Promise.allSettled([writer('a'), writer('b')])
  for (const result of results) {
    assert.ok(result.status === 'rejected' && result.reason instanceof StoreError)
    assert.equal(result.reason.message, 'The store could not write.')
    assert.equal((result.reason.cause as Error).message, 'the disk is full')
  }
  assert.deepEqual([await names(store), durable], [[], []])
  fails = false
  await writer('c')
  assert.deepEqual([await names(store), durable], [['c'], ['c']])
})

test('a reader in a group whose commit fails is answered, and sees nothing of that group', async () => {
  using open = openStore({ fails: () => true })
  const [, seen] = await Promise.allSettled([write(open.store, 'a'), names(open.store)])
  assert.deepEqual(seen, { status: 'fulfilled', value: [] })
})

test('a member sees what the group wrote before it', async () => {
  using open = openStore()
  const [, seen] = await Promise.all([write(open.store, 'a'), names(open.store), write(open.store, 'b')])
  assert.deepEqual(seen, ['a'])
})

test('what a group has gathered is written at once, and before anybody of it reads', async () => {
  using opened = openStore()
  const { store } = opened
  const portions: string[][] = []
  const put = async (tx: Tx, items: readonly string[]) => {
    portions.push([...items])
    for (const name of items) await takeNumbers(tx, name, 1)
  }
  const batchWrite = (name: string) => store.transaction('write', tx => tx.batchWrite(put, [name]))
  const [, , seen] = await Promise.all([
    batchWrite('a'),
    batchWrite('b'),
    names(store),
    batchWrite('c'),
    batchWrite('d'),
  ])
  assert.deepEqual(portions, [
    ['a', 'b'],
    ['c', 'd'],
  ])
  assert.deepEqual(seen, ['a', 'b'])
})

test('a hook before the commit may write with it', async () => {
  using open = openStore()
  open.store.beforeCommit(async tx => void (await takeNumbers(tx, 'by the hook', 1)))
  await write(open.store, 'a')
  assert.deepEqual(await names(open.store), ['a', 'by the hook'])
})

test('a read transaction writes nothing', async () => {
  using open = openStore()
  const attempt = (tx: Tx) => tx.run(sql`delete from counters`)
  await assert.rejects(open.store.transaction('read', attempt), /A read transaction tried to write/)
})

test('many different statements are no trouble', async () => {
  using open = openStore()
  const found = await open.store.transaction('read', async tx => {
    let sum = 0
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 700; index++) {
        const row = await tx.get<{ value: number }>(sql(['select ', ` + ${index} as value`], 1))
        sum += row?.value ?? 0
      }
    }
    return sum
  })
  assert.equal(found, 2 * (700 + (699 * 700) / 2))
})

test('closing waits for what is under way and refuses what comes later', async () => {
  const store = new SqliteStore(undefined)
  const results = Promise.all([write(store, 'a'), write(store, 'a')])
  await store.close()
  assert.deepEqual(await results, [0, 1])
  await store.close()
  await assert.rejects(write(store, 'a'), { name: 'StoreError', message: 'The store is closed.' })
})

test('a file keeps what was written, in a folder that is made for it', async () => {
  using folder = tempFolder()
  const path = `${folder.path}/new/folder/store.db`
  const first = new SqliteStore(path)
  assert.equal(first.description, `sqlite ${path}`)
  await write(first, 'kept')
  await first.close()
  const second = new SqliteStore(path)
  assert.deepEqual(await names(second), ['kept'])
  await second.close()
})

test('a file that is not a store is refused and left as it is', () => {
  using folder = tempFolder()
  const text = folder.write('notes.txt', 'These are notes.\n'.repeat(100))
  const foreign = `${folder.path}/other.db`
  const database = new DatabaseSync(foreign)
  database.exec('create table recipes (name text)')
  database.close()
  for (const path of [text, foreign]) {
    const before = readFileSync(path)
    assert.match(refusalOf(path), /: the file is not a localyun store\. Name another file, or move this one away\.$/)
    assert.deepEqual(readFileSync(path), before)
  }
})

test('a store of a newer version is refused and left as it is', async () => {
  using folder = tempFolder()
  const path = `${folder.path}/store.db`
  const store = new SqliteStore(path)
  await write(store, 'kept')
  await store.close()
  const setVersion = (version: number) => {
    const database = new DatabaseSync(path)
    database.exec(`PRAGMA user_version = ${version}`)
    database.close()
  }
  const known = migrations.length
  setVersion(known + 1)
  assert.match(refusalOf(path), new RegExp(`newer localyun \\(schema ${known + 1}; this one knows ${known}\\)\\.$`))
  setVersion(known)
  const again = new SqliteStore(path)
  assert.deepEqual(await names(again), ['kept'])
  await again.close()
})

test('a path that cannot be a file is refused with its reason', () => {
  using folder = tempFolder()
  mkdirSync(`${folder.path}/folder`)
  writeFileSync(`${folder.path}/file`, '')
  for (const path of [`${folder.path}/folder`, `${folder.path}/file/store.db`]) {
    assert.ok(refusalOf(path).startsWith(`Cannot open the store ${path}: `))
  }
})
