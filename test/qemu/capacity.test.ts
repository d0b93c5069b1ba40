import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageId, smallType } from '../support/cloud.ts'
import { createQemuCloud, runningPids, skip } from '../support/qemu.ts'
import { ecs } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'
/** Room for two of the small type. */
const host = { vcpus: 2, memoryMiB: 1024 }
const economically = { forceStop: true, stoppedMode: 'StopCharging' }
const noStock = { code: 'OperationDenied.NoStock' }

test('what a stop keeps is kept, what an economical stop gives back is for others', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true, host })
  const [first = '', second = ''] = await cloud.run('', { amount: 2 })
  await assert.rejects(cloud.run(), noStock)

  await cloud.stop(first, { forceStop: true, stoppedMode: 'KeepCharging' })
  await cloud.becomes(first, 'Stopped')
  await assert.rejects(cloud.run(), noStock)
  await cloud.start(first)
  await cloud.becomes(first, 'Running')

  await cloud.stop(second, economically)
  await cloud.becomes(second, 'Stopped')
  assert.equal((await cloud.describe(second))?.stoppedMode, 'StopCharging')
  const [third = ''] = await cloud.run()
  await assert.rejects(cloud.start(second), noStock)
  assert.equal(await cloud.status(second), 'Stopped')
  assert.equal(runningPids(cloud.folder).length, 2)

  await cloud.remove(third)
  await cloud.start(second)
  await cloud.becomes(second, 'Running')
})

test('memory is stock as well, and as many as there is room for are made when fewer will do', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true, host: { vcpus: 64, memoryMiB: 1_600 } })
  const order = { regionId, imageId, instanceType: smallType, amount: 5 }
  await assert.rejects(cloud.sdk.runInstances(new ecs.RunInstancesRequest({ ...order, minAmount: 4 })), noStock)
  const { body } = await cloud.sdk.runInstances(new ecs.RunInstancesRequest({ ...order, minAmount: 2 }))
  const ids = body?.instanceIdSets?.instanceIdSet ?? []
  assert.equal(ids.length, 3)
  for (const id of ids) await cloud.becomes(id, 'Running')
})
