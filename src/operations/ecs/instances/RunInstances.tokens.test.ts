import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { tempFolder } from '../../../../test/support/temp.ts'

const order = {
  RegionId: 'cn-hangzhou',
  ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
  InstanceType: 'ecs.g7.large',
  InstanceName: 'web-[1,2]',
  Amount: 2,
}

async function run({ client }: Pick<TestApp, 'client'>, params: Params = {}): Promise<string[]> {
  return (await client.call('RunInstances', { ...order, ...params }))['InstanceIdSets'].InstanceIdSet
}

async function total({ client }: TestApp): Promise<number> {
  return (await client.call('DescribeInstances', { RegionId: order.RegionId }))['TotalCount']
}

test('a repeat with the same ClientToken gets the first answer and makes nothing', async () => {
  await using server = await createTestApp()
  const ids = await run(server, { ClientToken: 'token-1' })
  const parallel = await Promise.all([1, 2, 3].map(() => run(server, { ClientToken: 'token-1' })))
  assert.deepEqual(parallel, [ids, ids, ids])
  assert.equal(await total(server), 2)
  await server.advance(60)
  assert.deepEqual(await run(server, { ClientToken: 'token-1' }), ids)
  assert.equal(await total(server), 2)
})

test('calls that arrive together with one ClientToken make instances once', async () => {
  await using server = await createTestApp()
  const answers = await Promise.all(Array.from({ length: 8 }, () => run(server, { ClientToken: 'token-1' })))
  assert.equal(new Set(answers.map(String)).size, 1)
  assert.equal(await total(server), 2)
})

test('another token, or none, is an order of its own', async () => {
  await using server = await createTestApp()
  const orders = [
    { ClientToken: 'token-1' },
    { ClientToken: 'token-2' },
    {},
    {},
    { ClientToken: '' },
    { ClientToken: '' },
  ]
  const ids: string[] = []
  for (const params of orders) ids.push(...(await run(server, params)))
  assert.equal(new Set(ids).size, 12)
})

test('a token that comes back with other parameters is refused', async () => {
  await using server = await createTestApp()
  const ids = await run(server, { ClientToken: 'token-1' })
  for (const params of [
    { Amount: 3 },
    { InstanceType: 'ecs.g7.xlarge' },
    { 'Tag.1.Key': 'a' },
    { RegionId: 'cn-beijing' },
  ]) {
    const call = run(server, { ...params, ClientToken: 'token-1' })
    const message = 'The request is retried with updated parameters.'
    await expectError(call, 'IdempotentParameterMismatch', { status: 400, message })
  }
  assert.equal(await total(server), 2)
  assert.deepEqual(await run(server, { ClientToken: 'token-1' }), ids)
  // What is sent but means nothing is no difference.
  assert.deepEqual(await run(server, { ClientToken: 'token-1', HostName: '', Unknown: 'x', DryRun: false }), ids)
})

test('a token is remembered across a restart', async () => {
  using folder = tempFolder()
  const config = { store: `sqlite:${folder.path}/store.db` }
  let ids: string[] = []
  {
    await using server = await createTestApp(config)
    ids = await run(server, { ClientToken: 'token-1' })
  }
  await using server = await createTestApp(config)
  assert.deepEqual(await run(server, { ClientToken: 'token-1' }), ids)
  await expectError(run(server, { Amount: 1, ClientToken: 'token-1' }), 'IdempotentParameterMismatch')
  assert.equal(await total(server), 2)
  await server.advance(60)
  for (const id of ids) assert.equal(await server.status(id), 'Running')
})

test('a refused order leaves its token free', async () => {
  await using server = await createTestApp()
  await expectError(
    run(server, { InstanceType: 'ecs.none.large', ClientToken: 'token-1' }),
    'InvalidInstanceType.ValueNotSupported',
  )
  assert.equal((await run(server, { ClientToken: 'token-1' })).length, 2)
})

test('a token belongs to one account', async () => {
  await using server = await createTestApp()
  await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [{ id: 'other', secret: 'secret' }] }] })
  const ids = await run(server, { ClientToken: 'token-1' })
  const others = await run({ client: server.clientFor('other', 'secret') }, { ClientToken: 'token-1', Amount: 1 })
  assert.equal(others.length, 1)
  assert.ok(!ids.includes(others[0] ?? ''))
})

test('the first answer stands even when the order could not be given any more', async () => {
  await using server = await createTestApp()
  const ids = await run(server, { ClientToken: 'token-1' })
  await server.seed({ accounts: [{ id: '1000000000000001', balance: -1 }] })
  assert.deepEqual(await run(server, { ClientToken: 'token-1' }), ids)
  await expectError(run(server), 'Account.Arrearage')
})

test('a token is 1 to 64 ASCII characters', async () => {
  await using server = await createTestApp()
  for (const ClientToken of ['x', 'x'.repeat(64), `~!@#$%^&*() "'`]) {
    assert.equal((await run(server, { ClientToken })).length, 2)
  }
  for (const ClientToken of ['x'.repeat(65), 'tökén', 'a\nb']) {
    await expectError(run(server, { ClientToken }), 'InvalidClientToken.ValueNotSupported', { status: 400 })
  }
})
