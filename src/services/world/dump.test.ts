import assert from 'node:assert/strict'
import { test } from 'node:test'
import sql, { raw } from 'sql-template-tag'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { control } from '../../../test/support/control.ts'
import { instanceIds } from '../../../test/support/client.ts'
import { claimHost, deleteOtherHosts } from '../../store/tables/hosts/hosts.ts'
import { insertImportedImage } from '../../store/tables/images.ts'
import { tables } from '../../store/tables/every-table.ts'

const here = { id: 'here', address: '', vcpus: 1, memoryMiB: 1, seenUntil: 0 }
const image = {
  id: 'm-imported01',
  hostId: here.id,
  name: 'mine',
  osName: 'Debian 12',
  osType: 'linux',
  sizeGiB: 3,
} as const

/** A world in which every table has something. */
async function liveIn(server: TestApp): Promise<string[]> {
  // Nothing listens there: what it is to get stays.
  await server.app.webhooks.add({ url: 'http://127.0.0.1:1/' })
  const imported = { ...image, kernelCommandLine: undefined, hasInitrd: false, createdAt: 0 }
  const ids = await server.seed({
    accounts: [{ id: '20001', balance: -3.5, accessKeys: [{ id: 'other', secret: 's' }] }],
    kmsKeys: [{ id: 'key', region: 'cn-hangzhou' }],
    stock: [{ zone: 'cn-hangzhou-h', type: 'ecs.g7.large', available: 2 }],
    eips: [{ region: 'cn-hangzhou' }],
    traffic: [{ region: 'cn-hangzhou', month: '2026-09', gib: 1.5 }],
    instances: [
      { count: 4, region: 'cn-hangzhou', tags: { env: 'dev' }, publicIp: true },
      { region: 'cn-hangzhou', chargeType: 'PrePaid' },
      { region: 'cn-hangzhou', zone: 'cn-hangzhou-h', spot: { priceLimit: 0.1, duration: 1 } },
    ],
    spotPrices: [{ zone: 'cn-hangzhou-h', type: 'ecs.g7.large', factor: 0.3 }],
  })
  // What was stopped for arrears is to come back.
  const [debtor] = await server.seed({ instances: [{ region: 'cn-hangzhou', account: '20001' }] })
  await control(server, 'POST', `/instances/${debtor}/system-events`, { type: 'AccountUnbalanced.Stop' })
  await server.advance(0)
  await control(server, 'PUT', '/accounts/20001', { balance: 1 })
  const region = { RegionId: 'cn-hangzhou' }
  await control(server, 'POST', '/faults', { instanceId: ids[2], staleSeconds: 5 })
  await server.client.call('StopInstances', { ...region, ...instanceIds(ids.slice(0, 3)), StoppedMode: 'StopCharging' })
  await server.client.call('DeleteInstances', {
    ...region,
    'InstanceId.1': ids[3] ?? '',
    Force: true,
    ClientToken: 'once',
  })
  const planned = { type: 'SystemMaintenance.Reboot', notBefore: { in: 'P30D' } }
  assert.equal((await control(server, 'POST', `/instances/${ids[0]}/system-events`, planned)).status, 200)
  await server.app.store.transaction('write', async tx => {
    await claimHost(tx, here, { holder: 'nobody', now: 0 })
    await insertImportedImage(tx, imported)
  })
  return ids
}

test('the list of tables is all there are, so that no table can be left out of an export', async () => {
  await using server = await createTestApp({ store: 'memory:' })
  const found = await server.app.store.transaction('read', tx =>
    tx.all<{ name: string }>(sql`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`),
  )
  assert.deepEqual(found.map(row => row.name).sort(), tables.map(({ name }) => name).sort())
})

test('export, reset and import is an identity for every field of every table', async () => {
  await using server = await createTestApp()
  await liveIn(server)
  const before = await control(server, 'GET', '/state')
  for (const { name, columns, stateColumns } of tables) {
    assert.ok(before.body.tables[name].rows.length > 0, `${name} has something`)
    const rows = await server.app.store.transaction('read', tx => tx.all(sql`select * from ${raw(name)} limit 1`))
    assert.deepEqual(columns, Object.keys(rows[0] as object), `${name} is declared as it is`)
    assert.deepEqual(before.body.tables[name].columns, stateColumns)
  }
  assert.equal((await control(server, 'POST', '/reset')).status, 200)
  const empty = await control(server, 'GET', '/state')
  assert.equal(empty.body.tables.instances.rows.length, 0)
  assert.equal((await control(server, 'PUT', '/state', before.body)).status, 200)
  assert.deepEqual((await control(server, 'GET', '/state')).body, before.body)
})

test('what was in flight when a state was exported goes on where it is imported', async () => {
  await using server = await createTestApp()
  const ids = await liveIn(server)
  const { body: state } = await control(server, 'GET', '/state')
  await using other = await createTestApp()
  await control(other, 'PUT', '/state', state)
  assert.equal(await other.status(ids[0] ?? ''), 'Stopping')
  await other.advance(10)
  assert.equal(await other.status(ids[0] ?? ''), 'Stopped')
  assert.equal(await server.status(ids[0] ?? ''), 'Stopping')
})

test('a reset leaves a new server’s default account and no instance', async () => {
  await using server = await createTestApp()
  await liveIn(server)
  await control(server, 'POST', '/reset')
  const answer = await server.client.call('DescribeInstances', { RegionId: 'cn-hangzhou' })
  assert.equal(answer['TotalCount'], 0)
  await server.advance(60)
  // A reset leaves hosts, and where there are any, over a store of several servers, no machine is simulated.
  await server.app.store.transaction('write', tx => deleteOtherHosts(tx, null))
  assert.ok(await server.instance())
})

test('a state that does not fit is refused, and then nothing has changed', async () => {
  await using server = await createTestApp()
  await liveIn(server)
  const { body: state } = await control(server, 'GET', '/state')
  const { nonces, ...rest } = state.tables
  const wrong: unknown[] = [
    { ...state, schema: state.schema + 1 },
    { ...state, tables: rest },
    { ...state, tables: { ...state.tables, instances: { columns: ['id'], rows: [['i-x']] } } },
    { ...state, tables: { ...state.tables, accounts: { ...state.tables.accounts, rows: [['1']] } } },
  ]
  assert.ok(nonces)
  for (const document of wrong) assert.equal((await control(server, 'PUT', '/state', document)).status, 400)
  assert.deepEqual((await control(server, 'GET', '/state')).body.tables.instances, state.tables.instances)
})

test('a state of thousands of instances goes out and in again', async () => {
  await using server = await createTestApp()
  await server.seed({ instances: [{ count: 3000, region: 'cn-hangzhou' }] })
  const { body: state } = await control(server, 'GET', '/state')
  assert.ok(JSON.stringify(state).length > 2 * 1024 * 1024)
  await control(server, 'POST', '/reset')
  assert.equal((await control(server, 'PUT', '/state', state)).status, 200)
  const answer = await server.client.call('DescribeInstances', { RegionId: 'cn-hangzhou' })
  assert.equal(answer['TotalCount'], 3000)
})

test('numbers of events go on after a reset and an import, so that a reader who resumes misses nothing', async () => {
  await using server = await createTestApp()
  await server.instance()
  const { body: state } = await control(server, 'GET', '/state')
  for (let times = 0; times < 3; times++) await server.instance()
  const seen = (await control(server, 'GET', '/events')).body.events.at(-1).seq
  const afterwards = async () => {
    await server.instance()
    return (await control(server, 'GET', `/events?after=${seen}`)).body.events.length
  }
  await control(server, 'POST', '/reset')
  assert.equal(await afterwards(), 1)
  await control(server, 'PUT', '/state', state)
  assert.equal(await afterwards(), 1)
})
