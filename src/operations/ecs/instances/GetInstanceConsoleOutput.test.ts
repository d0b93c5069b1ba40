import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }

test('a simulated machine has said nothing on its console', async () => {
  await using server = await createTestApp()
  const InstanceId = await server.instance()
  const answer = await server.client.call('GetInstanceConsoleOutput', { ...region, InstanceId })
  assert.deepEqual([answer['InstanceId'], answer['ConsoleOutput']], [InstanceId, ''])
})

test('the console of an instance that is not there, or in another region, is refused', async () => {
  await using server = await createTestApp()
  const InstanceId = await server.instance()
  for (const params of [
    { ...region, InstanceId: 'i-bp1nowhere0000000001' },
    { RegionId: 'cn-beijing', InstanceId },
  ]) {
    await expectError(server.client.call('GetInstanceConsoleOutput', params), 'InvalidInstanceId.NotFound')
  }
})
