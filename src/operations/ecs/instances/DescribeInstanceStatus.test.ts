import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, instanceIds, type Params } from '../../../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }

function call({ client }: TestApp, params: Params = {}) {
  return client.call('DescribeInstanceStatus', { ...region, ...params })
}

/** The ids that a query shows, in its order. */
async function ids(server: TestApp, params: Params = {}): Promise<string[]> {
  const { InstanceStatuses } = await call(server, params)
  return InstanceStatuses.InstanceStatus.map(one => one['InstanceId'])
}

test('each of the five statuses shows', async () => {
  await using server = await createTestApp()
  const statuses = ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped'] as const
  const made = await server.seed({ instances: statuses.map(status => ({ status, region: 'cn-hangzhou' })) })
  const { RequestId, ...answer } = await call(server)
  assert.match(RequestId, /^[0-9A-F-]{36}$/)
  assert.deepEqual(answer, {
    TotalCount: 5,
    PageNumber: 1,
    PageSize: 10,
    InstanceStatuses: {
      InstanceStatus: made.map((InstanceId, index) => ({ InstanceId, Status: statuses[index] })).reverse(),
    },
  })
})

test('ids, wherever they stand, pick instances; unknown ones are just absent', async () => {
  await using server = await createTestApp()
  const made = await server.seed({ instances: [{ count: 4, region: 'cn-hangzhou' }] })
  const [first = '', second = '', third = ''] = made
  const [elsewhere = ''] = await server.seed({ instances: [{ region: 'cn-beijing' }] })
  const params = {
    ...instanceIds([second, 'i-bp1unknown000', elsewhere]),
    'InstanceId.9': first,
    'InstanceId.10': first,
  }
  assert.deepEqual(await ids(server, params), [second, first])
  assert.equal((await call(server, params))['TotalCount'], 2)
  assert.deepEqual(await ids(server, { 'InstanceId.1': '', 'InstanceId.2': third }), [third])
  const answer = await call(server, instanceIds(['i-bp1unknown000']))
  assert.deepEqual([answer['TotalCount'], answer['InstanceStatuses']], [0, { InstanceStatus: [] }])
})

test('100 ids are looked up at once, more are refused', async () => {
  await using server = await createTestApp()
  const made = await server.seed({ instances: [{ count: 101, region: 'cn-hangzhou' }] })
  assert.equal((await call(server, instanceIds(made.slice(1))))['TotalCount'], 100)
  const message = 'Instance ids cannot be more than 100.'
  const many = call(server, instanceIds(made))
  await expectError(many, 'InvalidParameter.TooManyInstanceIds', { status: 403, message })
})

test('ids of the wrong form are refused', async () => {
  await using server = await createTestApp()
  for (const id of ['i-!', 'bp1unknown000', 'i-BP1UNKNOWN000', 'i-short', `i-${'x'.repeat(33)}`, 'i-bp1unknown000 ']) {
    const message = 'The specified instanceIds is not valid.'
    await expectError(call(server, instanceIds([id])), 'Abs.InvalidInstanceIds.MalFormed', { status: 403, message })
  }
})

test('a zone picks its instances, and must be one of the region', async () => {
  await using server = await createTestApp()
  const inG = await server.instance({ zone: 'cn-hangzhou-g' })
  const inH = await server.instance({ zone: 'cn-hangzhou-h' })
  assert.deepEqual(await ids(server, { ZoneId: 'cn-hangzhou-h' }), [inH])
  assert.deepEqual(await ids(server, { ZoneId: 'cn-hangzhou-h', 'InstanceId.1': inG }), [])
  assert.deepEqual(await ids(server, { ZoneId: 'cn-hangzhou-b' }), [])
  for (const ZoneId of ['cn-beijing-h', 'cn-hangzhou-x', 'nowhere']) {
    const message = 'The ZoneId provided does not exist in our records.'
    await expectError(call(server, { ZoneId }), 'InvalidZoneId.NotFound', { status: 404, message })
  }
})

test('there are no clusters', async () => {
  await using server = await createTestApp()
  await server.instance()
  assert.deepEqual(await ids(server, { ClusterId: 'c-1' }), [])
})

test('pages have 10 instances unless told otherwise, and 1 to 50', async () => {
  await using server = await createTestApp()
  const made = await server.seed({ instances: [{ count: 58, region: 'cn-hangzhou' }] })
  const newestFirst = made.reverse()
  assert.deepEqual(await ids(server), newestFirst.slice(0, 10))
  const seen: string[] = []
  for (const PageNumber of [1, 2, 3]) {
    const { TotalCount, ...answer } = await call(server, { PageNumber, PageSize: 25 })
    assert.deepEqual([TotalCount, answer['PageNumber'], answer['PageSize']], [58, PageNumber, 25])
    seen.push(...(await ids(server, { PageNumber, PageSize: 25 })))
  }
  assert.deepEqual(seen, newestFirst)
  assert.deepEqual(await ids(server, { PageNumber: 4, PageSize: 25 }), [])
  assert.equal((await ids(server, { PageSize: 50 })).length, 50)
  assert.equal((await call(server, { PageSize: 1 }))['TotalCount'], 58)
  for (const params of [{ PageSize: 0 }, { PageSize: 51 }, { PageNumber: 0 }]) {
    const [name = ''] = Object.keys(params)
    const message = `The specified parameter "${name}" is not valid.`
    await expectError(call(server, params), 'InvalidParameter', { status: 400, message })
  }
})

test('other accounts and RAM users without permission see nothing', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const secret = 'secret'
  await server.seed({
    accounts: [
      { id: '2000000000000002', accessKeys: [{ id: 'other', secret }] },
      { id: '1000000000000001', accessKeys: [{ id: 'nobody', secret, policy: [] }] },
    ],
  })
  for (const key of ['other', 'nobody']) {
    const answer = await server.clientFor(key, secret).call('DescribeInstanceStatus', { ...region, 'InstanceId.1': id })
    assert.deepEqual([answer['TotalCount'], answer['InstanceStatuses']], [0, { InstanceStatus: [] }])
  }
})
