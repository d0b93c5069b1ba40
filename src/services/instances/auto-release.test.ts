import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { expectError } from '../../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }

async function runUntil(server: TestApp, minutes: number, more: Record<string, string> = {}): Promise<string> {
  const at = new Date(server.app.clock.now() + minutes * 60_000).toISOString().replace(/:\d\d\.\d+Z$/, ':00Z')
  const answer = await server.client.call('RunInstances', {
    ...region,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
    AutoReleaseTime: at,
    ...more,
  })
  return answer['InstanceIdSets'].InstanceIdSet[0]
}

test('an instance is released when its AutoReleaseTime comes, running or stopped, protected or not', async () => {
  await using server = await createTestApp()
  const running = await runUntil(server, 60, { DeletionProtection: 'true' })
  const stopped = await runUntil(server, 60)
  const kept = await runUntil(server, 120)
  await server.advance(10)
  await server.client.call('StopInstance', { InstanceId: stopped })
  await server.advance(58 * 60)
  assert.deepEqual([await server.status(running), await server.status(stopped)], ['Running', 'Stopped'])
  await server.advance(2 * 60)
  assert.deepEqual([await server.status(running), await server.status(stopped)], [undefined, undefined])
  assert.equal(await server.status(kept), 'Running')
  await expectError(server.client.call('StartInstance', { InstanceId: stopped }), 'InvalidInstanceId.NotFound')
})

test('a release in the middle of a stop leaves no job, and says why', async () => {
  await using server = await createTestApp()
  const id = await runUntil(server, 40)
  await server.advance(10)
  await server.app.store.transaction('write', tx =>
    server.app.services.instances.setGuest(tx, id, { shutdown: 'ignore' }),
  )
  await server.advance(35 * 60)
  await server.client.call('StopInstance', { InstanceId: id })
  assert.equal(await server.app.engine.advanceUntilIdle(), 1)
  assert.equal(await server.status(id), undefined)
  const response = await fetch(`${server.app.endpoint}/_localyun/instances/${id}`)
  const { timeline } = (await response.json()) as any
  assert.deepEqual([timeline.at(-1).state, timeline.at(-1).reason], ['Deleted', 'its AutoReleaseTime has come'])
})

test('the clock stops at each release on the way, and an auto clock goes there by itself', async () => {
  await using server = await createTestApp({ clock: 'auto' })
  const id = await runUntil(server, 300)
  while ((await server.status(id)) !== undefined);
  assert.ok(server.app.clock.now() - Date.now() > 290 * 60_000)
})
