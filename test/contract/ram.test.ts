import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../support/app.ts'
import { expectError, instanceIds, type TestClient } from '../support/client.ts'
import { kmsOf } from '../support/kms.ts'

test('a policy for one region counts for operations that name an instance and no region', async () => {
  await using server = await createTestApp()
  const policy = [
    { effect: 'Allow' as const, action: 'ecs:*', resource: 'acs:ecs:cn-hangzhou:*:instance/*' },
    { effect: 'Deny' as const, action: 'ecs:DeleteInstance', resource: 'acs:ecs:cn-hangzhou:*:instance/*' },
  ]
  await server.seed({ accounts: [{ id: '1000000000000001', accessKeys: [{ id: 'ram', secret: 'r', policy }] }] })
  const user = server.clientFor('ram', 'r')
  const here = await server.instance()
  const [there = ''] = await server.seed({ instances: [{ region: 'cn-beijing' }] })
  await expectError(user.call('StopInstance', { InstanceId: there }), 'Forbidden.RAM', { status: 403 })
  const denied = await expectError(user.call('DeleteInstance', { InstanceId: here, Force: true }), 'Forbidden.RAM')
  assert.equal(denied.body['AccessDeniedDetail'].NoPermissionType, 'ExplicitDeny')
  assert.equal(denied.body['AccessDeniedDetail'].AuthResource, `acs:ecs:cn-hangzhou:1000000000000001:instance/${here}`)
  await user.call('StopInstance', { InstanceId: here })
  assert.equal(await server.status(here), 'Stopping')
})

/** A RAM user who may do everything but on these resources. */
async function userDenied(server: TestApp, ...resource: string[]): Promise<TestClient> {
  const policy = [
    { effect: 'Allow' as const, action: '*' },
    { effect: 'Deny' as const, action: '*', resource },
  ]
  await server.seed({ accounts: [{ id: '1000000000000001', accessKeys: [{ id: 'ram', secret: 'r', policy }] }] })
  return server.clientFor('ram', 'r')
}

test('one denied instance of a SuccessFirst batch denies it whole', async () => {
  await using server = await createTestApp()
  const ids = [await server.instance(), await server.instance()]
  const user = await userDenied(server, `acs:ecs:*:*:instance/${ids[1]}`)
  const batch = { RegionId: 'cn-hangzhou', BatchOptimization: 'SuccessFirst', ...instanceIds(ids) }
  for (const action of ['StopInstances', 'RebootInstances', 'StartInstances']) {
    await expectError(user.call(action, batch), 'Forbidden.RAM', { status: 403 })
  }
  assert.deepEqual(await Promise.all(ids.map(id => server.status(id))), ['Running', 'Running'])
})

test('an id in a list is the same resource with spaces around it', async () => {
  await using server = await createTestApp()
  await server.seed({ eips: [{ id: 'eip-bp1denied00000000001', region: 'cn-hangzhou' }] })
  const user = await userDenied(server, 'acs:vpc:*:*:eip/eip-bp1denied00000000001')
  for (const AllocationId of [
    'eip-bp1denied00000000001',
    ' eip-bp1denied00000000001 ',
    'eip-1, eip-bp1denied00000000001',
  ]) {
    const call = user.call('DescribeEipAddresses', { RegionId: 'cn-hangzhou', AllocationId })
    await expectError(call, 'Forbidden.RAM', { status: 403 })
  }
})

test('a list that is too long for the operation is looked up all the same', async () => {
  await using server = await createTestApp()
  const InstanceId = Array.from({ length: 1500 }, (_, index) => `i-bp1none${index}`).join(',')
  const call = { RegionId: 'cn-hangzhou', InstanceId }
  const user = await userDenied(server, 'acs:ecs:*:*:instance/i-bp1none1499')
  await expectError(user.call('DescribeInstanceAutoRenewAttribute', call), 'Forbidden.RAM')
  const other = await userDenied(server, 'acs:ecs:*:*:instance/i-bp1none1500')
  await expectError(other.call('DescribeInstanceAutoRenewAttribute', call), 'InvalidParameter.ToManyInstanceIds')
})

test('what can be tagged but is not here is asked for by its type', async () => {
  await using server = await createTestApp()
  const user = await userDenied(server, 'acs:ecs:cn-hangzhou:*:snapshot/*')
  const tag = { RegionId: 'cn-hangzhou', 'ResourceId.1': 's-bp1', 'Tag.1.Key': 'env' }
  const denied = await expectError(user.call('TagResources', { ...tag, ResourceType: 'snapshot' }), 'Forbidden.RAM')
  assert.equal(denied.body['AccessDeniedDetail'].AuthResource, 'acs:ecs:cn-hangzhou:1000000000000001:snapshot/s-bp1')
  await expectError(user.call('TagResources', { ...tag, ResourceType: 'volume' }), 'NotImplemented')
})

test('two keys of one id are both asked for unless the call says which it means', async () => {
  await using server = await createTestApp()
  const regions = ['cn-beijing', 'cn-hangzhou']
  await server.seed({
    accounts: [{ id: '1000000000000001', kms: 'open' }],
    kmsKeys: regions.map(region => ({ id: 'twin', region })),
  })
  for (const denied of regions) {
    const kms = kmsOf(server, await userDenied(server, `acs:kms:${denied}:*`))
    await expectError(kms.call('DisableKey', { KeyId: 'twin' }), 'Forbidden.NoPermission')
    for (const region of regions) {
      for (const call of [{ RegionId: region }, { KeyId: `acs:kms:${region}:1000000000000001:key/twin` }]) {
        const answer = kms.call('DescribeKey', { KeyId: 'twin', ...call })
        if (region === denied) await expectError(answer, 'Forbidden.NoPermission')
        else assert.equal((await answer)['KeyMetadata'].KeyState, 'Enabled')
      }
    }
  }
})
