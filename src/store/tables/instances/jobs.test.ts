import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteJobs, keepOwn, leaseJobs, listDueJobs, type NewJob, putJobs } from './jobs.ts'
import { SqliteStore } from '../../sqlite.ts'

const start: NewJob = {
  kind: 'start',
  instanceSeq: 1,
  instanceId: 'i-bp1jobs000000000001',
  dueAt: 10,
  hostId: null,
  payload: { orderedAt: 1, force: false, forceAt: 1, requestId: 'first' },
}

for (const [what, next] of Object.entries({
  'of another kind': { ...start, kind: 'stop' },
  'of another request': { ...start, payload: { ...start.payload, requestId: 'second' } },
  'ordered later': { ...start, payload: { ...start.payload, orderedAt: 2 } },
} satisfies Record<string, NewJob>)) {
  test(`a worker whose lease was over has no say in a later job of the instance that is ${what}`, async () => {
    const store = new SqliteStore(undefined)
    const [own, others] = await store.transaction('write', async tx => {
      const lease = async () => leaseJobs(tx, await listDueJobs(tx, { until: 10, wallNow: 0, limit: 1 }), 30_000)
      await putJobs(tx, [start])
      const claimed = await lease()
      // Another worker took it over and finished it; the next order has been claimed as often.
      await deleteJobs(tx, [1])
      await putJobs(tx, [next])
      const later = await lease()
      assert.equal(later[0]?.revision, claimed[0]?.revision)
      return [await keepOwn(tx, claimed), await keepOwn(tx, later)]
    })
    assert.deepEqual([own?.size, others?.size], [0, 1])
    await store.close()
  })
}
