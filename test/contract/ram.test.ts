import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../support/app.ts'
import { expectError } from '../support/client.ts'

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
