import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { putBalance, stateOf } from '../../../../test/support/arrears.ts'
import { unknownId } from '../../../../test/support/batch.ts'
import { expectError } from '../../../../test/support/client.ts'
import { createSdk, ecs } from '../../../../test/support/sdk.ts'

const reactivate = (server: TestApp, InstanceId: string, more = {}) =>
  server.client.call('ReActivateInstances', { InstanceId, ...more })

test('an instance that is locked for arrears starts once the account is settled', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped', locks: ['financial'] })
  await putBalance(server, -1)
  await expectError(reactivate(server, id), 'InsufficientBalance', { status: 403 })
  await server.app.store.transaction('write', tx => server.app.services.arrears.setBalance(tx, '1000000000000001', 1))
  const again = await server.instance({ status: 'Stopped', locks: ['financial'] })
  await createSdk({ port: server.app.port }).reActivateInstances(
    new ecs.ReActivateInstancesRequest({ regionId: 'cn-hangzhou', instanceId: again }),
  )
  assert.equal(await stateOf(server, again), 'Starting Not-applicable')
})

const refusals = [
  { instance: { chargeType: 'PrePaid', status: 'Stopped' }, code: 'InvalidPayType.NotSupport', status: 404 },
  { instance: { locks: ['security', 'financial'], status: 'Stopped' }, code: 'InstanceLockedForSecurity', status: 403 },
  { instance: { locks: ['financial'] }, code: 'IncorrectInstanceStatus', status: 403 },
  { instance: { status: 'Stopped' }, code: 'ReopenInstance.InstanceStatusNotValid', status: 400 },
  {
    instance: { status: 'Stopped', locks: ['financial', 'refunded'] },
    code: 'InstanceExpiredOrInArrears',
    status: 403,
  },
] as const

for (const { instance, code, status } of refusals) {
  test(`${JSON.stringify(instance)} is refused with ${code}, and nothing changes`, async () => {
    await using server = await createTestApp()
    const locks = 'locks' in instance ? [...instance.locks] : []
    const id = await server.instance({ ...instance, locks })
    const before = await stateOf(server, id)
    await expectError(reactivate(server, id), code, { status })
    assert.equal(await stateOf(server, id), before)
  })
}

test('an instance that is not there, or elsewhere, is not found', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped', locks: ['financial'] })
  await expectError(reactivate(server, unknownId), 'InvalidInstanceId.NotFound', { status: 404 })
  await expectError(reactivate(server, id, { RegionId: 'cn-beijing' }), 'InvalidInstanceId.NotFound', { status: 404 })
})
