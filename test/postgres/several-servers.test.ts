import assert from 'node:assert/strict'
import { test } from 'node:test'
import sql from 'sql-template-tag'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createClient, instanceIds, signedForm } from '../support/client.ts'
import { control } from '../support/control.ts'
import { administer, emptyDatabase, testDatabase } from '../support/postgres.ts'
import { runServer } from '../support/process.ts'
import { key, until } from '../support/raw.ts'
import { startReceiver } from '../support/receiver.ts'
import { createServers } from './servers.ts'

const region = { RegionId: 'cn-hangzhou' }
const stop = (server: TestApp, ids: readonly string[], params = {}) =>
  server.client.call('StopInstances', { ...region, ...instanceIds(ids), ...params })

test('what one server did the other shows', async () => {
  await using pair = await createServers(2)
  const id = await pair.first.instance()
  await stop(pair.second, [id])
  assert.equal(await pair.first.status(id), 'Stopping')
})

test('a call cannot be replayed at another server, not even one that was refused', async () => {
  await using pair = await createServers(2)
  const send = async (server: TestApp, form: URLSearchParams) => {
    const response = await fetch(server.app.endpoint, { method: 'POST', body: form })
    return ((await response.json()) as Record<string, any>)['Code'] as string | undefined
  }
  const query = signedForm(key, 'POST', 'DescribeInstances', region)
  assert.deepEqual((await Promise.all([send(pair.first, query), send(pair.second, query)])).sort(), [
    'SignatureNonceUsed',
    undefined,
  ])
  const refused = signedForm(key, 'POST', 'StopInstance', { InstanceId: 'i-unknown00000000' })
  assert.equal(await send(pair.first, refused), 'InvalidInstanceId.NotFound')
  assert.equal(await send(pair.second, refused), 'SignatureNonceUsed')
})

test('a ClientToken that is used at two servers at once makes the instances once', async () => {
  await using pair = await createServers(2)
  const order = (server: TestApp) =>
    server.client.call('RunInstances', {
      ...region,
      ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd',
      InstanceType: 'ecs.g7.large',
      Amount: 2,
      ClientToken: 'once',
    })
  const answers = await Promise.all([...Array(8).keys()].map(index => order(index % 2 ? pair.first : pair.second)))
  const made = new Set(answers.map(answer => String(answer['InstanceIdSets'].InstanceIdSet)))
  assert.equal(made.size, 1)
  assert.equal((await pair.first.client.call('DescribeInstances', region))['TotalCount'], 2)
})

test('orders at two servers get different addresses, and an address that is asked for only one instance', async () => {
  await using pair = await createServers(2)
  const order = (server: TestApp, fields: object) =>
    server.client.call('RunInstances', {
      ...region,
      ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd',
      InstanceType: 'ecs.g7.large',
      ZoneId: 'cn-hangzhou-h',
      ...fields,
    })
  const wanted = { PrivateIpAddress: '10.0.0.6' }
  const isIn = async (fields: object) => {
    const { TotalCount } = await pair.first.client.call('DescribeInstances', { ...region, ...fields })
    return TotalCount
  }
  const place = await pair.first.instance()
  const [, base = ''] =
    /^(\d+\.\d+\.\d+)\.\d+$/.exec((await pair.first.get(place))['VpcAttributes'].PrivateIpAddress.IpAddress[0]) ?? []
  wanted.PrivateIpAddress = `${base}.20`
  const results = await Promise.allSettled([
    ...[...Array(6).keys()].map(index => order(index % 2 ? pair.first : pair.second, wanted)),
    ...[...Array(10).keys()].map(index => order(index % 2 ? pair.first : pair.second, { Amount: 3 })),
  ])
  const refused = results.flatMap(one => (one.status === 'rejected' ? [one.reason.code] : []))
  assert.ok(
    refused.every(code => code === 'InvalidIPAddress.AlreadyUsed'),
    refused.join(),
  )
  assert.equal(refused.length, 5 + (await isIn({ PrivateIpAddresses: JSON.stringify([wanted.PrivateIpAddress]) })) - 1)
  const rows = await pair.first.app.store.transaction('read', tx =>
    tx.all<{ ip: string }>(sql`select private_ip as ip from instances`),
  )
  assert.equal(new Set(rows.map(row => row.ip)).size, rows.length)
})

test('a virtual clock that is moved at one server has moved at the other, and its jobs are done once', async () => {
  await using pair = await createServers(2)
  const id = await pair.first.instance()
  await stop(pair.first, [id])
  await pair.second.advance(60)
  await until(() => pair.first.app.clock.now() === pair.second.app.clock.now())
  assert.equal(await pair.first.status(id), 'Stopped')
  const { events } = (await control(pair.first, 'GET', '/events')).body
  assert.deepEqual(
    events.map((one: any) => one.state),
    ['Created', 'Stopping', 'Stopped'],
  )
  await Promise.all([pair.first.advance(600), pair.second.advance(600)])
})

test('a fault rule strikes as often as it says at all servers together', async () => {
  await using pair = await createServers(2)
  await pair.first.instance()
  await control(pair.first, 'POST', '/faults', {
    action: 'DescribeInstances',
    error: { code: 'InternalError' },
    times: 5,
  })
  await until(() => !pair.second.app.faults.none)
  const calls = [...Array(20).keys()].map(index =>
    (index % 2 ? pair.first : pair.second).client.call('DescribeInstances', region),
  )
  const results = await Promise.allSettled(calls)
  assert.equal(results.filter(one => one.status === 'rejected').length, 5)
  const { faults } = (await control(pair.second, 'GET', '/faults')).body
  assert.deepEqual([faults[0].seen, faults[0].struck], [20, 5])
  await control(pair.second, 'DELETE', '/faults')
  await until(() => pair.first.app.faults.none)
})

test('only the nth call at all servers together is struck', async () => {
  await using pair = await createServers(2)
  await control(pair.first, 'POST', '/faults', {
    action: 'DescribeInstances',
    throttle: { retryAfterMs: 1 },
    nth: 7,
  })
  await until(() => !pair.second.app.faults.none)
  const codes: (string | undefined)[] = []
  for (let call = 1; call <= 10; call++) {
    const { client } = call % 2 === 0 ? pair.first : pair.second
    const answer = client.call('DescribeInstances', region)
    codes.push(
      await answer.then(
        () => undefined,
        (error: { code: string }) => error.code,
      ),
    )
  }
  assert.deepEqual(
    codes,
    Array.from({ length: 10 }, (_, at) => (at === 6 ? 'Throttling.User' : undefined)),
  )
})

test('a call that lost a race and is run again counts once for a fault rule', async () => {
  await using database = await emptyDatabase()
  await using server = await createTestApp({ store: database.url })
  const id = await server.instance()
  const rules = [
    { action: 'StopInstances', latencyMs: 1, nth: 9 },
    { action: 'StopInstances', stuck: true, nth: 1 },
    { action: 'RunInstances', revert: { reason: 'no' }, times: 1 },
  ]
  for (const rule of rules) assert.equal((await control(server, 'POST', '/faults', rule)).status, 200)
  // The first two jobs are lost to a deadlock, as the store sees it; what a sequence gave is not taken back.
  await administer(
    `create sequence losses;
     create function lose() returns trigger language plpgsql as $$ begin
       if nextval('losses') <= 2 then raise exception 'lost' using errcode = '40P01'; end if;
       return new;
     end $$;
     create trigger loses before insert on jobs for each row execute function lose()`,
    database.name,
  )
  await stop(server, [id])
  await administer("select setval('losses', 1)", database.name)
  await server.client.call('RunInstances', {
    ...region,
    ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd',
    InstanceType: 'ecs.g7.large',
    Amount: 2,
  })
  const { faults } = (await control(server, 'GET', '/faults')).body
  assert.deepEqual(
    faults.map(({ seen, struck }: { seen: number; struck: number }) => [seen, struck]),
    [
      [1, 0],
      [1, 1],
      [2, 1],
    ],
  )
  await server.advance(60)
  // The rule whose only turn it was still strikes.
  assert.equal(await server.status(id), 'Stopping')
})

test('a stream at one server tells what happens at the other', async () => {
  await using pair = await createServers(2)
  const id = await pair.first.instance()
  const hangUp = new AbortController()
  const headers = { accept: 'text/event-stream' }
  const response = await fetch(`${pair.second.app.endpoint}/_localyun/events`, { headers, signal: hangUp.signal })
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk as Uint8Array)
  })().catch(() => undefined)
  await stop(pair.first, [id])
  await until(() => text.includes('"state":"Stopping"'))
  hangUp.abort()
  await reading
})

test('a state goes from one kind of store to the other and back', async () => {
  await using pair = await createServers(1)
  await using embedded = await createTestApp({ store: 'memory:' })
  const ids = await embedded.seed({ instances: [{ count: 3, region: 'cn-hangzhou', tags: { env: 'dev' } }] })
  await stop(embedded, ids)
  const before = (await control(embedded, 'GET', '/state')).body
  assert.equal((await control(pair.first, 'PUT', '/state', before)).status, 200)
  assert.deepEqual((await control(pair.first, 'GET', '/state')).body, before)
  await pair.first.advance(60)
  assert.equal(await pair.first.status(ids[0] ?? ''), 'Stopped')
  const { body: events } = await control(pair.first, 'GET', '/events?after=6')
  assert.deepEqual(
    events.events.map((one: any) => [one.seq, one.state]),
    [7, 8, 9].map(seq => [seq, 'Stopped']),
  )
  const after = (await control(pair.first, 'GET', '/state')).body
  assert.equal((await control(embedded, 'PUT', '/state', after)).status, 200)
  assert.equal(await embedded.status(ids[0] ?? ''), 'Stopped')
})

test('batches in opposite order at two servers, with workers at work, end without a deadlock', async () => {
  await using pair = await createServers(2, {
    clock: 'real',
    timing: { pendingMs: 5, startMs: 5, stopMs: 5, forcedStopMs: 5, deallocateMs: 5 },
  })
  const ids = await pair.first.seed({ instances: [{ count: 20, region: 'cn-hangzhou' }] })
  const turn = async (server: TestApp, order: readonly string[], action: string) => {
    for (let round = 0; round < 12; round++) {
      const batch = { ...region, ...instanceIds(order), BatchOptimization: 'SuccessFirst' }
      await server.client.call(
        action,
        action === 'StopInstances' && round % 3 === 0 ? { ...batch, ForceStop: true } : batch,
      )
    }
  }
  const reversed = ids.toReversed()
  await Promise.all([
    turn(pair.first, ids, 'StopInstances'),
    turn(pair.second, reversed, 'StopInstances'),
    turn(pair.first, reversed, 'StartInstances'),
    turn(pair.second, ids, 'StartInstances'),
    turn(pair.second, ids, 'RebootInstances'),
  ])
  const { store } = pair.first.app
  await until(async () => {
    const row = await store.transaction('read', tx => tx.get<{ n: number }>(sql`select count(*) as n from jobs`))
    return row?.n === 0
  })
  const row = await store.transaction('read', tx =>
    tx.get<{ deadlocks: number }>(sql`select deadlocks from pg_stat_database where datname = current_database()`),
  )
  assert.equal(row?.deadlocks, 0)
  // Each instance's events tell one story: nothing was done twice, nothing was left out.
  const { events } = (await control(pair.first, 'GET', '/events?limit=1000')).body
  for (const id of ids) {
    const states = events.filter((one: any) => one.instanceId === id).map((one: any) => one.state)
    for (const [index, state] of states.entries()) {
      const before: string | undefined = states[index - 1]
      const fits = {
        Created: [undefined],
        Stopping: ['Running', 'Created'],
        Stopped: ['Stopping'],
        Starting: ['Stopped', 'Stopping'],
        Running: ['Starting'],
      }
      assert.ok(
        (fits[state as keyof typeof fits] as (string | undefined)[]).includes(before),
        `${id}: ${states.join()}`,
      )
    }
  }
})

test('a server that answers calls only leaves the rest to a worker, which answers none', async () => {
  const database = await testDatabase()
  const quick = {
    clock: 'real',
    timing: { pendingMs: 5, startMs: 5, stopMs: 20, forcedStopMs: 5, deallocateMs: 5 },
  } as const
  {
    await using api = await createTestApp({ store: database.url, role: 'api', ...quick })
    const id = await api.instance()
    await stop(api, [id])
    await until(async () => {
      const { store, clock } = api.app
      const row = await store.transaction('read', tx => tx.get<{ due: number }>(sql`select due_at as due from jobs`))
      return (row?.due ?? Infinity) < clock.now() - 100
    })
    assert.equal(await api.status(id), 'Stopping')
    await using worker = await createTestApp({ store: database.url, role: 'worker', ...quick })
    await until(async () => (await api.status(id)) === 'Stopped')
    const refused = await fetch(worker.app.endpoint)
    assert.equal(refused.status, 503)
    assert.match(await refused.text(), /<Code>ServiceUnavailable</)
    assert.equal((await control(worker, 'GET', '/health')).status, 200)
    const other = await api.instance()
    await stop(api, [other])
    await until(async () => (await api.status(other)) === 'Stopped', 1_500)
  }
  await database[Symbol.asyncDispose]()
})

test('kill -9 of a server in the middle of stops: another one finishes them', async () => {
  const database = await testDatabase()
  const args = ['--store', database.url, '--timing', 'stop=300ms']
  {
    await using first = await runServer(args)
    await using second = await runServer(args)
    const seeded = await fetch(`${first.endpoint}/_localyun/seed`, {
      method: 'POST',
      body: JSON.stringify({ instances: [{ count: 50, region: 'cn-hangzhou' }] }),
    })
    const { instanceIds: ids } = (await seeded.json()) as { instanceIds: string[] }
    const [one, two] = [first, second].map(({ endpoint }) => createClient({ endpoint, ...key }))
    await one?.call('StopInstances', { ...region, ...instanceIds(ids) })
    first.process.kill('SIGKILL')
    await until(async () => {
      const { TotalCount } = (await two?.call('DescribeInstances', { ...region, Status: 'Stopped' })) ?? {}
      return TotalCount === 50
    })
    assert.ok(!second.output().stderr.includes('ERROR'), second.output().stderr)
  }
  await database[Symbol.asyncDispose]()
})

test('a wrong address ends the start with one line and exit code 2, without the password', async () => {
  const { runLocalyun } = await import('../support/process.ts')
  await using running = runLocalyun(['serve', '--store', 'postgres://me:hush@127.0.0.1:1/state'])
  const { code, stderr } = await running.finished
  assert.equal(code, 2)
  assert.equal(
    stderr,
    'localyun: Cannot open the store postgres me@127.0.0.1:1/state: nothing listens there. Is PostgreSQL running, and are host and port right?\n',
  )
})

test('while the database is away calls get 503 and health says so; afterwards all is as it was', async () => {
  await using pair = await createServers(1)
  const { first, database } = pair
  const id = await first.instance()
  // A database that lets nobody in, and throws out who is in.
  await administer(`alter database ${database.name} allow_connections false`)
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database.name}'`)
  await until(async () => (await control(first, 'GET', '/health')).status === 503)
  assert.equal((await control(first, 'GET', '/live')).status, 200)
  await assert.rejects(stop(first, [id]), { code: 'ServiceUnavailable' })
  assert.deepEqual(await control(first, 'GET', '/events'), {
    status: 503,
    body: { error: 'The store is out of reach; try again.' },
  })
  await administer(`alter database ${database.name} allow_connections true`)
  await until(async () => (await control(first, 'GET', '/health')).status === 200)
  assert.equal(await first.status(id), 'Running')
  await stop(first, [id])
  await first.advance(60)
  assert.equal(await first.status(id), 'Stopped')
})

test('webhooks get what happens at any server, each instance’s events in order, from one of them at a time', async () => {
  await using pair = await createServers(2)
  await using receiver = await startReceiver()
  const ids = await pair.first.seed({ instances: [{ count: 10, region: 'cn-hangzhou' }] })
  await control(pair.second, 'POST', '/webhooks', { url: receiver.url })
  // The other server hears of it some milliseconds later.
  await until(async () => {
    await pair.first.instance()
    return receiver.received.length > 0
  })
  // Written by turns: Stopping here, Stopped there.
  const rounds = 6
  for (let round = 0; round < rounds; round++) {
    const [here, there] = round % 2 === 0 ? [pair.first, pair.second] : [pair.second, pair.first]
    const action = round % 2 === 0 ? 'StopInstances' : 'StartInstances'
    await here.client.call(action, { ...region, ...instanceIds(ids) })
    await there.advance(60)
  }
  const arrived = () => receiver.accepted().filter(line => ids.some(id => line.startsWith(id)))
  await until(() => arrived().length >= ids.length * rounds * 2, 10_000)
  for (const id of ids) {
    const states = receiver.accepted().flatMap(line => (line.startsWith(id) ? [line.slice(id.length + 1)] : []))
    const cycle = ['Stopping', 'Stopped', 'Starting', 'Running']
    assert.deepEqual(
      states,
      Array.from({ length: rounds * 2 }, (_, at) => cycle[at % 4]),
    )
  }
  const pending = async ({ app }: TestApp) => (await app.webhooks.list()).map(one => one.pending)
  await until(async () => (await pending(pair.first))[0] === 0)
  assert.deepEqual(await pending(pair.second), [0])
})

test('kill -9 of the server that sends webhooks: the other one sends what is left, in order', async () => {
  const database = await testDatabase()
  const args = ['--store', database.url, '--timing', 'stop=50ms']
  await using receiver = await startReceiver(() => 500)
  {
    await using first = await runServer(args)
    await using second = await runServer(args)
    const api = async (endpoint: string, path: string, body?: object) => {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      return (await (await fetch(`${endpoint}/_localyun/${path}`, sent)).json()) as Record<string, any>
    }
    const { instanceIds: ids } = (await api(first.endpoint, 'seed', {
      instances: [{ count: 20, region: 'cn-hangzhou' }],
    })) as { instanceIds: string[] }
    await api(first.endpoint, 'webhooks', { url: receiver.url })
    // It was added there, so that one sends.
    await createClient({ endpoint: first.endpoint, ...key }).call('StopInstances', { ...region, ...instanceIds(ids) })
    await until(() => receiver.received.length > 5)
    first.process.kill('SIGKILL')
    await first.finished
    receiver.judge = () => 204
    const backlog = async () => (await api(second.endpoint, 'webhooks'))['webhooks'][0].pending as number
    await until(async () => (await backlog()) === 0 && receiver.accepted().length >= 2 * ids.length, 30_000)
    for (const id of ids) {
      const states = receiver.accepted().flatMap(line => (line.startsWith(id) ? [line.slice(id.length + 1)] : []))
      assert.match(states.join(' '), /^(Stopping )+Stopped( Stopped)*$/)
    }
  }
  await database[Symbol.asyncDispose]()
})
