import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { singleRules } from '../../../../test/support/batch-rules.ts'
import { account, expectCourse, stoppedMode } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const stop = (server: TestApp, id: string, params: Params = {}) =>
  server.client.call('StopInstance', { InstanceId: id, ...params })

singleRules('StopInstance', {
  needs: 'Running',
  gives: 'Stopping',
  cases: [
    {
      because: 'it is Pending',
      error: [403, 'IncorrectInstanceStatus'],
      instance: { status: 'Pending' },
    },
    {
      because: 'its account is in arrears',
      error: [403, 'InstanceExpiredOrInArrears'],
      instance: { locks: ['financial'] },
    },
    {
      because: 'it belongs to another cloud product',
      error: [
        403,
        'OperationDenied.SystemInstanceNotSupport',
        'The system instance does not support the StopInstance operation because it is managed by another cloud product.',
      ],
      instance: { managed: true },
    },
    {
      because: 'KMS is not activated and its disk is encrypted',
      error: [400, 'InvalidParameter.Encrypted.KmsNotEnable'],
      world: { accounts: [{ id: account, kms: 'not-activated' }] },
      instance: { kmsKey: 'key-payments' },
    },
    {
      because: 'KMS is closed and its disk is encrypted',
      error: [403, 'InvalidOperation.KMSServiceNotOpen'],
      world: { accounts: [{ id: account, kms: 'closed' }] },
      instance: { kmsKey: 'key-payments' },
    },
    {
      because: 'the key of its disk is gone',
      error: [403, 'InvalidOperation.KMSKeyIdNotFound', 'The specified KMSKeyId not found, key-of-old.'],
      instance: { kmsKey: 'key-of-old' },
    },
  ],
})

suite('stopping one instance', () => {
  test('StopInstance brings an instance to Stopped, as StopInstances does', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await stop(server, id)
    await expectCourse(server, id, [
      [2.6, 'Stopping'],
      [3.4, 'Stopped'],
    ])
  })

  test('ForceStop cuts the power', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await stop(server, id, { ForceStop: true })
    await expectCourse(server, id, [
      [0.8, 'Stopping'],
      [1.2, 'Stopped'],
    ])
  })

  test('ForceStop also ends a stop that hangs', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await stop(server, id)
    await server.advance(60)
    await stop(server, id, { ForceStop: true })
    await expectCourse(server, id, [[2, 'Stopped']])
  })

  for (const [params, mode] of [
    [{}, 'KeepCharging'],
    [{ StoppedMode: 'KeepCharging' }, 'KeepCharging'],
    [{ StoppedMode: 'StopCharging' }, 'StopCharging'],
  ] as const) {
    test(`with ${JSON.stringify(params)} an instance is stopped in ${mode}`, async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await stop(server, id, params)
      await server.advance(5)
      assert.equal(await stoppedMode(server, id), mode)
    })
  }

  test('the obsolete ConfirmStop is accepted and asks for nothing', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ type: 'ecs.i2.xlarge' })
    await stop(server, id, { ConfirmStop: false })
    assert.equal(await server.status(id), 'Stopping')
  })

  for (const [kind, seed, code] of [
    ['a subscription instance', { chargeType: 'PrePaid' }, 'InvalidInstanceId.NotSupport'],
    ['an instance of the classic network', { network: 'classic' }, 'InvalidInstanceId.NotSupport'],
    ['an instance with local disks', { type: 'ecs.i2.xlarge' }, 'InvalidInstanceId.NotSupport'],
    ['a spot instance', { spot: true }, 'InvalidInstanceId.NotSupport'],
    ['an instance without the option', {}, 'HibernationConfigured.NotEnabled'],
  ] as const) {
    test(`${kind} cannot hibernate`, async () => {
      await using server = await createTestApp()
      const id = await server.instance(seed)
      await expectError(stop(server, id, { Hibernate: true }), code, { status: 403 })
      assert.equal(await server.status(id), 'Running')
    })
  }
})
