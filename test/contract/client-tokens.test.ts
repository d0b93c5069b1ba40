import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operations } from '../../src/operations/index.ts'
import { products } from '../../src/protocol/operation.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type Params } from '../support/client.ts'
import { control } from '../support/control.ts'
import { callV1, expectRefusal } from '../support/raw.ts'

const [running, stopped, prepaid, other] = [
  'i-bp1example00000000001',
  'i-bp1example00000000003',
  'i-bp1example00000000004',
  'i-bp1example00000000005',
]
const [free, bound] = ['eip-bp1example00000000001', 'eip-bp1example00000000002']
const eip = (id: string, instance: string) => ({ AllocationId: id, InstanceId: instance })

/** What the examples speak of. */
async function createWorld(): Promise<TestApp> {
  const server = await createTestApp({}, { startAt: Date.UTC(2026, 0, 2, 3, 4, 5) })
  await server.seed({
    instances: [
      { id: running, region: 'cn-hangzhou' },
      { id: stopped, region: 'cn-hangzhou', status: 'Stopped' },
      { id: prepaid, region: 'cn-hangzhou', chargeType: 'PrePaid' },
      { id: other, region: 'cn-hangzhou', status: 'Stopped' },
    ],
    eips: [
      { id: free, region: 'cn-hangzhou' },
      { id: bound, region: 'cn-hangzhou', instance: stopped },
    ],
  })
  return server
}

interface Case {
  /** Changes the example into another call. */
  readonly otherwise: Params
  /** Takes back what the example changes; it is then made again. Absent: what is made or bought is so once per token. */
  readonly undo?: readonly [action: string, Params]
}

const cases: Readonly<Record<string, Case>> = {
  RunInstances: { otherwise: { Amount: 3 } },
  CreateInstance: { otherwise: { InstanceName: 'another' } },
  RenewInstance: { otherwise: { Period: 2 } },
  AllocateEipAddress: { otherwise: { Bandwidth: 7 } },
  DeleteInstances: { otherwise: { 'InstanceId.1': other } },
  ModifyInstanceChargeType: {
    otherwise: { Period: 2 },
    undo: ['ModifyInstanceChargeType', { InstanceIds: `["${running}"]`, InstanceChargeType: 'PostPaid' }],
  },
  ModifyInstanceSpec: {
    otherwise: { InstanceType: 'ecs.g7.xlarge' },
    undo: ['ModifyInstanceSpec', { InstanceId: stopped, InstanceType: 'ecs.g7.large' }],
  },
  ModifyInstanceNetworkSpec: {
    otherwise: { InternetMaxBandwidthOut: 6 },
    undo: ['ModifyInstanceNetworkSpec', { InstanceId: running, InternetMaxBandwidthOut: 0 }],
  },
  AssociateEipAddress: { otherwise: eip(free, other), undo: ['UnassociateEipAddress', eip(free, running)] },
  UnassociateEipAddress: { otherwise: eip(bound, other), undo: ['AssociateEipAddress', eip(bound, stopped)] },
}

/** All that calls could change. */
async function stateOf(server: TestApp): Promise<unknown> {
  const { nonces: _, ...tables } = (await control(server, 'GET', '/state')).body.tables
  return tables
}

const idempotent = operations.filter(one => one.idempotent !== undefined && 'ClientToken' in one.params)

test('the operations that have a ClientToken are those that do something with it, and each is tried here', () => {
  const label = (one: (typeof operations)[number]) => `${one.product} ${one.action}`
  assert.deepEqual(operations.filter(one => 'ClientToken' in one.params).map(label), idempotent.map(label))
  assert.deepEqual([...new Set(idempotent.map(one => one.action))].sort(), Object.keys(cases).sort())
})

for (const { product, action, idempotent: kind, examples } of idempotent) {
  const Version = products[product]
  const { otherwise, undo } = cases[action] ?? assert.fail(`${action} is not tried`)
  const call = (server: TestApp, params: Params, name = action) => callV1(server.app.port, name, params, { Version })
  const asked = { RegionId: 'cn-hangzhou', ...examples[0]?.params, ClientToken: 'token-1' }

  test(`${product} ${action}: a token that comes back gets the same answer and has no other effect`, async () => {
    await using server = await createWorld()
    const { RequestId: _, ...first } = (await call(server, asked)).json()
    const state = await stateOf(server)
    const { RequestId, ...again } = (await call(server, asked)).json()
    assert.match(RequestId, /^[0-9A-F-]{36}$/)
    assert.equal('Code' in first, false, JSON.stringify(first))
    assert.deepEqual(again, first)
    assert.deepEqual(await stateOf(server), state)
  })

  test(`${product} ${action}: a token that comes back with other parameters is refused`, async () => {
    await using server = await createWorld()
    await call(server, asked)
    const state = await stateOf(server)
    expectRefusal(await call(server, { ...asked, ...otherwise }), kind?.mismatch ?? '', 400)
    assert.deepEqual(await stateOf(server), state)
  })

  if (undo === undefined) continue

  test(`${product} ${action}: a token that comes back when its change holds no longer makes it again`, async () => {
    await using server = await createWorld()
    await call(server, asked)
    const changed = await stateOf(server)
    const undone = await call(server, { RegionId: 'cn-hangzhou', ...undo[1] }, undo[0])
    assert.equal(undone.status, 200, undone.body)
    assert.notDeepEqual(await stateOf(server), changed)
    const state = await stateOf(server)
    const again = await call(server, asked)
    assert.equal(again.status, 200, again.body)
    assert.notDeepEqual(await stateOf(server), state)
    // From now on it holds again.
    const { RequestId: _, ...answer } = again.json()
    const { RequestId: __, ...repeated } = (await call(server, asked)).json()
    assert.deepEqual(repeated, answer)
  })
}
