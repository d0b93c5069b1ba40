import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../support/app.ts'
import { expectError } from '../support/client.ts'
import { callV1, expectRefusal, until } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'

/** A switch for a store: broken, it refuses every commit, as on a disk that is full. */
function commitsOf({ app }: TestApp) {
  const commits = { broken: false }
  app.store.beforeCommit(async () => {
    if (commits.broken) throw new Error('the disk is full')
  })
  return commits
}

for (const kind of ['memory', 'sqlite']) {
  test(`${kind}: a dry run and a query still answer`, async () => {
    using folder = tempFolder()
    await using server = await createTestApp({ store: kind === 'memory' ? 'memory:' : `sqlite:${folder.path}/db` })
    const id = await server.instance()
    const commits = commitsOf(server)
    commits.broken = true
    const region = { RegionId: 'cn-hangzhou' }
    const batch = { ...region, 'InstanceId.1': id, DryRun: 'True' }
    await expectError(server.client.call('StopInstances', batch), 'DRYRUN.SUCCESS', { status: 400 })
    const single = { InstanceId: id, DryRun: true }
    await expectError(server.client.call('StopInstance', single), 'DryRunOperation', { status: 400 })
    const order = { ...region, ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd', InstanceType: 'ecs.g7.large' }
    await expectError(server.client.call('RunInstances', { ...order, DryRun: true }), 'DryRunOperation', {
      status: 400,
    })
    const { TotalCount } = await server.client.call('DescribeInstances', region)
    assert.equal(TotalCount, 1)
    await expectError(
      server.client.call('StopInstances', { ...batch, 'InstanceId.1': 'i-unknown0000' }),
      'InvalidInstanceIds.NotFound',
    )
  })

  test(`${kind}: a real stop fails without a trace, and works again once the store does`, async () => {
    using folder = tempFolder()
    await using server = await createTestApp({ store: kind === 'memory' ? 'memory:' : `sqlite:${folder.path}/db` })
    const id = await server.instance()
    const before = await server.describe(id)
    const commits = commitsOf(server)
    commits.broken = true
    const stop = () => server.client.call('StopInstances', { RegionId: 'cn-hangzhou', 'InstanceId.1': id })
    const message = 'The request processing has failed due to some unknown error.'
    const { body } = await expectError(stop(), 'InternalError', { status: 500, message })
    assert.deepEqual(Object.keys(body).sort(), ['Code', 'HostId', 'Message', 'Recommend', 'RequestId'])
    assert.deepEqual(await server.describe(id), before)
    commits.broken = false
    await server.advance(60)
    assert.deepEqual(await server.describe(id), before)
    await stop()
    await server.advance(60)
    assert.equal(await server.status(id), 'Stopped')
  })
}

test('an order for instances fails without a trace, and its ClientToken is still free', async () => {
  await using server = await createTestApp()
  const commits = commitsOf(server)
  const order = () =>
    server.client.call('RunInstances', {
      RegionId: 'cn-hangzhou',
      ImageId: 'ubuntu_22_04_x64_20G_alibase_20240530.vhd',
      InstanceType: 'ecs.g7.large',
      Amount: 3,
      ClientToken: 'order-1',
    })
  const total = async () => (await server.client.call('DescribeInstances', { RegionId: 'cn-hangzhou' }))['TotalCount']
  commits.broken = true
  await expectError(order(), 'InternalError', { status: 500 })
  assert.equal(await total(), 0)
  commits.broken = false
  await server.advance(60)
  assert.equal(await total(), 0)
  const { InstanceIdSets } = await order()
  assert.equal(InstanceIdSets.InstanceIdSet.length, 3)
  assert.equal(await total(), 3)
})

test('a query and a dry run that share a group with a failing stop are answered all the same', async () => {
  await using server = await createTestApp()
  const { store, port } = server.app
  const id = await server.instance()
  const commits = commitsOf(server)
  commits.broken = true
  let waiting = 0
  const transaction = store.transaction.bind(store)
  store.transaction = (mode, work) => {
    waiting++
    return transaction(mode, work)
  }
  // While this one has its turn, the calls below gather behind it.
  const gate = Promise.withResolvers<void>()
  const turn = store.transaction('read', () => gate.promise)
  const batch = { RegionId: 'cn-hangzhou', 'InstanceId.1': id }
  const calls = Promise.all([
    callV1(port, 'DescribeInstanceStatus', batch),
    callV1(port, 'StopInstances', batch),
    callV1(port, 'DescribeInstanceStatus', batch),
    callV1(port, 'StopInstances', { ...batch, DryRun: 'true' }),
  ])
  await until(() => waiting === 5)
  gate.resolve()
  await turn
  const [first, stop, last, dryRun] = await calls
  expectRefusal(stop, 'InternalError', 500)
  expectRefusal(dryRun, 'DRYRUN.SUCCESS', 400)
  for (const answer of [first, last]) {
    assert.deepEqual(
      answer.json()['InstanceStatuses']?.InstanceStatus,
      [{ InstanceId: id, Status: 'Running' }],
      answer.body,
    )
  }
})
