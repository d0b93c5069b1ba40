import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { batchRules, singleRules } from '../../../../test/support/batch-rules.ts'
import { callBatch, expectCourse, region, shutDownInGuest, stoppedMode } from '../../../../test/support/batch.ts'
import { expectError } from '../../../../test/support/client.ts'

const expired = 'The prePaid instance has been expired.'
const inArrears = 'The postPaid instance has been expired.Please ensure your account have enough balance.'

batchRules('StartInstances', {
  needs: 'Stopped',
  gives: 'Starting',
  cases: [
    {
      because: 'its subscription has expired',
      error: [403, 'InstanceExpired', expired],
      instance: { chargeType: 'PrePaid', locks: ['financial'] },
    },
    {
      because: 'its account is in arrears',
      error: [403, 'InstanceExpired', inArrears],
      instance: { locks: ['financial'] },
    },
    {
      because: 'it waits to be reclaimed',
      error: [403, 'InstanceExpiredOrInArrears'],
      instance: { spot: true, locks: ['Recycling'] },
    },
  ],
})

singleRules('StartInstance', {
  needs: 'Stopped',
  gives: 'Starting',
  cases: [
    {
      because: 'it is still being created',
      error: [403, 'InstanceNotReady', 'The specified instance is not ready for use.'],
      instance: { status: 'Pending' },
    },
    {
      because: 'its subscription has expired',
      error: [403, 'InstanceExpired', expired],
      instance: { chargeType: 'PrePaid', locks: ['financial'] },
    },
    {
      because: 'its account is in arrears',
      error: [403, 'InstanceExpired', inArrears],
      instance: { locks: ['financial'] },
    },
    {
      because: 'the key of its disk is gone',
      error: [403, 'InvalidParameter.KMSKeyId.NotFound', 'The specified KMSKeyId does not exist.'],
      instance: { kmsKey: 'key-of-old' },
    },
  ],
})

suite('starting an instance', () => {
  for (const [action, id] of [
    ['StartInstances', 'InstanceId.1'],
    ['StartInstance', 'InstanceId'],
  ] as const) {
    test(`${action} brings an instance to Running`, async () => {
      await using server = await createTestApp()
      const instance = await server.instance({ status: 'Stopped' })
      await server.client.call(action, { RegionId: region, [id]: instance })
      await expectCourse(server, instance, [
        [2.6, 'Starting'],
        [3.4, 'Running'],
      ])
    })
  }

  for (const mode of ['KeepCharging', 'StopCharging'] as const) {
    test(`an instance that was stopped with ${mode} shows no mode from its start on`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: 'Stopped', stoppedMode: mode })
      assert.equal(await stoppedMode(server, id), mode)
      await callBatch(server.client, 'StartInstances', [id])
      assert.equal(await stoppedMode(server, id), 'Not-applicable')
    })
  }

  test('an instance whose guest shut down by itself starts again', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await shutDownInGuest(server, id)
    await callBatch(server.client, 'StartInstances', [id])
    await expectCourse(server, id, [[4, 'Running']])
  })

  test('a guest that is not running cannot shut down by itself', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Starting' })
    assert.equal(await shutDownInGuest(server, id), false)
    assert.equal(await server.status(id), 'Starting')
  })

  test('StartInstances does not know the options of a stop and is not disturbed by them', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    await callBatch(server.client, 'StartInstances', [id], { ForceStop: true, StoppedMode: 'StopCharging' })
    assert.equal(await server.status(id), 'Starting')
  })

  test('the option of StartInstance for local disks is accepted and must be a boolean', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped', type: 'ecs.i2.xlarge' })
    await expectError(server.client.call('StartInstance', { InstanceId: id, InitLocalDisk: 'x' }), 'InvalidParameter')
    await server.client.call('StartInstance', { InstanceId: id, InitLocalDisk: true })
    assert.equal(await server.status(id), 'Starting')
  })
})
