import assert from 'node:assert/strict'
import { test } from 'node:test'
import sql from 'sql-template-tag'
import { changeKey } from '../../src/services/keys/keys.ts'
import type { Store, Tx } from '../../src/store/store.ts'
import { beginSystemEvent, listDueSystemEvents } from '../../src/store/tables/system-events.ts'
import { control } from '../support/control.ts'
import { createKey, kmsOf } from '../support/kms.ts'
import { until } from '../support/raw.ts'
import { planEvent } from '../support/system-events.ts'
import { createServers } from './servers.ts'

/** Runs `work` in a transaction that commits only when somebody else waits for one of its rows. */
async function holdingUp<T>(store: Store, work: (tx: Tx) => Promise<unknown>, other: () => Promise<T>): Promise<T> {
  const waiting = sql`
    select 1 as one from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  let answer: Promise<T> | undefined
  await store.transaction('write', async tx => {
    await work(tx)
    answer ??= other()
    let over = false
    const settled = () => void (over = true)
    answer.then(settled, settled)
    // Not in this transaction, which would see the same all the time.
    await until(async () => over || (await store.transaction('read', one => one.all(waiting))).length > 0)
  })
  return answer as Promise<T>
}

test('two servers that change one key at once both have their way', async () => {
  await using pair = await createServers(2)
  const KeyId = await createKey(pair.first, { Tags: '[]' })
  const ref = { accountId: pair.first.app.seeding.defaultAccountId, regionId: 'cn-hangzhou', id: KeyId }
  await holdingUp(
    pair.first.app.store,
    tx => changeKey(tx, ref, key => ({ ...key, tags: { ...key.tags, first: '1' } }), pair.first.app.clock.now()),
    () => kmsOf(pair.second).call('TagResource', { KeyId, Tags: '[{"TagKey":"second","TagValue":"2"}]' }),
  )
  const { Tags } = await kmsOf(pair.first).call('ListResourceTags', { KeyId })
  assert.deepEqual(Tags.Tag.map((tag: { TagKey: string }) => tag.TagKey).sort(), ['first', 'second'])
})

test('a system event that another server has just begun is not canceled', async () => {
  await using pair = await createServers(2)
  const id = await pair.first.instance()
  const event = await planEvent(pair.first, id, 'SystemMaintenance.Reboot')
  const { app } = pair.first
  const answer = await holdingUp(
    app.store,
    async tx => {
      const [due] = await listDueSystemEvents(tx, app.clock.now() + 30 * 60_000, 1)
      if (due !== undefined) await beginSystemEvent(tx, due, app.clock.now())
    },
    () => control(pair.second, 'DELETE', `/instances/${id}/system-events/${event}`),
  )
  assert.deepEqual(answer, {
    status: 409,
    body: { error: `${event} is Executing; only what is Scheduled can be canceled.` },
  })
})

test('what a virtual clock was moved to at one server holds for the next call at another', async () => {
  await using pair = await createServers(2)
  const id = await pair.first.instance()
  const begin = pair.first.app.clock.now()
  for (const server of [pair.first, pair.second, pair.first, pair.second]) {
    await control(server, 'POST', '/clock', { advance: 'PT10M' })
  }
  assert.equal(pair.second.app.clock.now() - begin, 40 * 60_000)
  await pair.first.client.call('StopInstances', { RegionId: 'cn-hangzhou', 'InstanceId.1': id })
  const { events } = (await control(pair.second, 'GET', '/events')).body
  assert.equal(Date.parse(events.at(-1).at) - begin, 40 * 60_000)
})
