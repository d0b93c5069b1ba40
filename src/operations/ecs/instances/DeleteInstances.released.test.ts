import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import {
  callBatch,
  expectCourse,
  expectNoChange,
  region,
  release,
  snapshot,
  wrongStatus,
} from '../../../../test/support/batch.ts'
import { expectError, instanceIds } from '../../../../test/support/client.ts'
import { putJobs } from '../../../store/tables/instances/jobs.ts'

suite('a released instance', () => {
  for (const action of ['StopInstances', 'StartInstances', 'RebootInstances', 'DeleteInstances'] as const) {
    test(`does not exist for ${action}`, async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await release(server, id)
      const call = () => server.client.call(action, { RegionId: region, ...instanceIds([id]) })
      await expectNoChange(server, () => expectError(call(), 'InvalidInstanceIds.NotFound', { status: 404 }))
      await server.advance(3600)
      assert.equal(await server.describe(id), undefined)
    })
  }

  // The instance is the first of its server.
  const putStartJob = ({ app: { store, clock } }: TestApp, instanceId: string) => {
    const dueAt = clock.now() + 1_000
    const payload = { orderedAt: clock.now(), force: false, forceAt: dueAt, requestId: 'a request' }
    return store.transaction('write', tx =>
      putJobs(tx, [{ kind: 'start', instanceSeq: 1, instanceId, dueAt, hostId: null, payload }]),
    )
  }

  test('takes its jobs with it', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    await putStartJob(server, id)
    await release(server, id)
    assert.deepEqual((await snapshot(server)).jobs, [])
  })

  test('is not brought back by a job that comes too late', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await release(server, id)
    await putStartJob(server, id)
    await server.advance(10)
    const { instances, jobs } = await snapshot(server)
    assert.deepEqual([instances, jobs], [[], []])
  })

  test('does not give its id to another', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await release(server, id)
    await assert.rejects(server.instance({ id }), /existed/)
  })

  test('is refused to a stop, start and restart while its guest is shutting down', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await release(server, id, { ForceStop: false })
    await expectNoChange(server, async () => {
      for (const action of ['StopInstances', 'StartInstances', 'RebootInstances'] as const) {
        await expectError(callBatch(server.client, action, [id]), 'InvalidOperation.Conflict', { status: 409 })
      }
      await expectError(
        callBatch(server.client, 'StopInstances', [id], { ForceStop: true }),
        'InvalidOperation.Conflict',
      )
      await expectError(release(server, id), 'IncorrectInstanceStatus', {
        message: wrongStatus('Stopping', 'Running,Stopped'),
      })
    })
    await expectCourse(server, id, [[4, undefined]])
  })

  test('was not Stopping: a stop under way is finished first', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await callBatch(server.client, 'StopInstances', [id])
    await expectNoChange(server, () => expectError(release(server, id), 'IncorrectInstanceStatus', { status: 403 }))
    await expectCourse(server, id, [[5, 'Stopped']])
    await release(server, id)
    assert.equal(await server.describe(id), undefined)
  })
})
