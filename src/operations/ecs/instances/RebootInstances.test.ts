import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { batchRules, type RefusalCase, singleRules } from '../../../../test/support/batch-rules.ts'
import {
  accepted,
  callBatch,
  expectCourse,
  expectNoChange,
  release,
  stoppedMode,
} from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const reboot = (server: TestApp, id: string, params: Params = {}) =>
  callBatch(server.client, 'RebootInstances', [id], params)

const inArrears: RefusalCase = {
  because: 'its account is in arrears',
  error: [403, 'InstanceExpiredOrInArrears'],
  instance: { locks: ['financial'] },
}
const beingCreated: RefusalCase = {
  because: 'it is Pending',
  error: [403, 'IncorrectInstanceStatus'],
  instance: { status: 'Pending' },
}

batchRules('RebootInstances', { needs: 'Running', gives: 'Stopping', cases: [inArrears] })
singleRules('RebootInstance', { needs: 'Running', gives: 'Stopping', cases: [inArrears, beingCreated] })

suite('restarting an instance', () => {
  test('a restart goes through Stopping and Starting back to Running', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await reboot(server, id)
    await expectCourse(server, id, [
      [2.6, 'Stopping'],
      [3.4, 'Starting'],
      [7, 'Running'],
    ])
  })

  test('ForceReboot cuts the power instead of asking the guest', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await reboot(server, id, { ForceReboot: true })
    await expectCourse(server, id, [
      [0.8, 'Stopping'],
      [1.2, 'Starting'],
      [5, 'Running'],
    ])
  })

  test('RebootInstance calls the same thing ForceStop', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await server.client.call('RebootInstance', { InstanceId: id, ForceStop: true })
    await expectCourse(server, id, [
      [0.8, 'Stopping'],
      [1.2, 'Starting'],
      [5, 'Running'],
    ])
  })

  test('RebootInstances does not know ForceStop: the guest is asked', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await reboot(server, id, { ForceStop: true })
    await expectCourse(server, id, [[2, 'Stopping']])
  })

  test('a guest that ignores the request is forced after 10 minutes and comes back', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: { shutdown: 'ignore' } })
    await reboot(server, id)
    await expectCourse(server, id, [
      [599, 'Stopping'],
      [602, 'Starting'],
      [606, 'Running'],
    ])
  })

  for (const [phase, seconds] of [
    ['Stopping', 1],
    ['Starting', 3.4],
  ] as const) {
    for (const [action, force] of [
      ['StopInstances', 'ForceStop'],
      ['StartInstances', 'ForceStop'],
      ['RebootInstances', 'ForceReboot'],
    ] as const) {
      test(`${action} is in conflict with a restart that is ${phase}`, async () => {
        await using server = await createTestApp()
        const id = await server.instance()
        await reboot(server, id)
        await expectCourse(server, id, [[seconds, phase]])
        await expectNoChange(server, async () => {
          for (const params of [{}, { [force]: true }]) {
            const call = callBatch(server.client, action, [id], params)
            await expectError(call, 'InvalidOperation.Conflict', { status: 409 })
          }
        })
      })
    }
  }

  test('an instance that restarts is not released', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await reboot(server, id)
    await expectError(release(server, id), 'IncorrectInstanceStatus', { status: 403 })
    await expectCourse(server, id, [[7, 'Running']])
  })

  test('an instance that restarts has no stop mode, whatever its last stop was', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
    await callBatch(server.client, 'StartInstances', [id])
    await server.advance(4)
    await reboot(server, id)
    assert.equal(await server.status(id), 'Stopping')
    assert.equal(await stoppedMode(server, id), 'Not-applicable')
  })

  test('once it is over, the instance may be stopped', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await reboot(server, id)
    await server.advance(7)
    assert.deepEqual(await callBatch(server.client, 'StopInstances', [id]), [accepted(id, 'Running', 'Stopping')])
  })

  test('of a stop and a restart that race exactly one wins', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const calls = [callBatch(server.client, 'StopInstances', [id]), reboot(server, id)]
    const results = await Promise.allSettled(calls)
    assert.deepEqual(results.map(result => result.status).sort(), ['fulfilled', 'rejected'])
  })
})
