import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { control } from '../../../../test/support/control.ts'
import { CallError, expectError } from '../../../../test/support/client.ts'
import { createKey, kmsOf } from '../../../../test/support/kms.ts'

const startAt = Date.UTC(2026, 0, 1)
const daySeconds = 86_400

async function stateOf(server: TestApp, KeyId: string) {
  return (await kmsOf(server).call('DescribeKey', { KeyId }))['KeyMetadata'].KeyState
}

/** Brings a new key into a state through the API. */
const keyIn: Readonly<Record<string, (server: TestApp) => Promise<string>>> = {
  Enabled: server => createKey(server),
  Disabled: server => after(server, 'DisableKey'),
  PendingDeletion: server => after(server, 'ScheduleKeyDeletion'),
  PendingImport: server => createKey(server, { Origin: 'EXTERNAL' }),
}

async function after(server: TestApp, action: string): Promise<string> {
  const KeyId = await createKey(server)
  await kmsOf(server).call(action, { KeyId })
  return KeyId
}

const modified = 'Rejected.StateModifiedFailed'
const pending = 'Rejected.PendingDeletion'
/** Help page "Impact of CMK status on API operations": the state that follows, or the code. */
const table: Readonly<Record<string, readonly string[]>> = {
  //                    Enabled            Disabled           PendingDeletion    PendingImport
  EnableKey: ['Enabled', 'Enabled', modified, modified],
  DisableKey: ['Disabled', 'Disabled', modified, modified],
  ScheduleKeyDeletion: ['PendingDeletion', 'PendingDeletion', modified, 'PendingDeletion'],
  CancelKeyDeletion: [modified, modified, 'Enabled', modified],
  TagResource: ['Enabled', 'Disabled', pending, 'PendingImport'],
  UntagResource: ['Enabled', 'Disabled', pending, 'PendingImport'],
  ListResourceTags: ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'],
  SetDeletionProtection: ['Enabled', 'Disabled', pending, 'PendingImport'],
}
const more: Readonly<Record<string, Record<string, string>>> = {
  TagResource: { Tags: '[{"TagKey":"team","TagValue":"pay"}]' },
  UntagResource: { TagKeys: '["team"]' },
}

for (const [action, results] of Object.entries(table)) {
  test(`${action} in each state of a key, as the help page says`, async () => {
    await using server = await createTestApp()
    for (const [index, state] of ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'].entries()) {
      const KeyId = (await keyIn[state]?.(server)) ?? assert.fail(state)
      const params =
        action === 'SetDeletionProtection'
          ? {
              ProtectedResourceArn: `acs:kms:cn-hangzhou:1000000000000001:key/${KeyId}`,
              EnableDeletionProtection: true,
            }
          : { KeyId, ...more[action] }
      const outcome = await kmsOf(server)
        .call(action, params)
        .then(
          () => stateOf(server, KeyId),
          (reason: unknown) => {
            assert.ok(reason instanceof CallError, String(reason))
            assert.equal(reason.status, 409)
            return reason.code
          },
        )
      assert.equal(outcome, results[index], `${action} of a key that is ${state}`)
      if (results[index]?.startsWith('Rejected') === true) assert.equal(await stateOf(server, KeyId), state)
    }
  })
}

test('a key is gone when its waiting period is over, not a moment before, and its id with it', async () => {
  await using server = await createTestApp({}, { startAt })
  const kms = kmsOf(server)
  const KeyId = await createKey(server)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.equal((await kms.call('DescribeKey', { KeyId }))['KeyMetadata'].DeleteDate, '2026-01-08T00:00:00Z')
  await server.advance(7 * daySeconds - 1)
  assert.equal(await stateOf(server, KeyId), 'PendingDeletion')
  await server.advance(1)
  for (const action of ['DescribeKey', 'CancelKeyDeletion', 'EnableKey', 'ListResourceTags']) {
    await expectError(kms.call(action, { KeyId }), 'Forbidden.KeyNotFound', {
      status: 404,
      message: 'The specified Key is not found.',
    })
  }
  assert.equal((await kms.call('ListKeys'))['TotalCount'], 0)
})

test('a deletion that is taken back leaves no date, and the key stays', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  const KeyId = await createKey(server)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await kms.call('CancelKeyDeletion', { KeyId })
  await server.advance(8 * daySeconds)
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
  assert.deepEqual([KeyMetadata.KeyState, KeyMetadata.DeleteDate], ['Enabled', ''])
})

test('the waiting period is 7 to 366 days', async () => {
  await using server = await createTestApp()
  const KeyId = await createKey(server)
  for (const PendingWindowInDays of [6, 367]) {
    const call = kmsOf(server).call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays })
    await expectError(call, 'InvalidParameter', { message: /"PendingWindowInDays"/ })
  }
  assert.equal(await stateOf(server, KeyId), 'Enabled')
})

test('a protected key is not deleted until its protection is switched off', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  const KeyId = await createKey(server)
  const ProtectedResourceArn = `acs:kms:cn-hangzhou:1000000000000001:key/${KeyId}`
  const shown = async () => {
    const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
    return [KeyMetadata.DeletionProtection, KeyMetadata.DeletionProtectionDescription]
  }
  await kms.call('SetDeletionProtection', {
    ProtectedResourceArn,
    EnableDeletionProtection: true,
    DeletionProtectionDescription: 'in use',
  })
  assert.deepEqual(await shown(), ['Enabled', 'in use'])
  await expectError(kms.call('ScheduleKeyDeletion', { KeyId }), 'Rejected.StateModifiedFailed', { status: 409 })
  assert.equal(await stateOf(server, KeyId), 'Enabled')
  await kms.call('SetDeletionProtection', { ProtectedResourceArn, EnableDeletionProtection: false })
  assert.deepEqual(await shown(), ['Disabled', undefined])
  await kms.call('ScheduleKeyDeletion', { KeyId })
  assert.equal(await stateOf(server, KeyId), 'PendingDeletion')
})

test('a key has at most 20 tags; a tag that is there gets the new value', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  const KeyId = await createKey(server)
  const tags = (first: number, count: number, value: string) =>
    JSON.stringify(Array.from({ length: count }, (_, index) => ({ TagKey: `k${first + index}`, TagValue: value })))
  await kms.call('TagResource', { KeyId, Tags: tags(1, 19, 'a') })
  await kms.call('TagResource', { KeyId, Tags: tags(1, 1, 'b') })
  await expectError(kms.call('TagResource', { KeyId, Tags: tags(20, 1, 'a') }), 'Rejected.LimitExceeded')
  const listed = (await kms.call('ListResourceTags', { KeyId }))['Tags'].Tag
  assert.equal(listed.length, 20)
  assert.deepEqual(
    listed.find((tag: { TagKey: string }) => tag.TagKey === 'k1'),
    { KeyId, TagKey: 'k1', TagValue: 'b' },
  )
  await kms.call('UntagResource', { KeyId, TagKeys: '["k1","unknown"]' })
  assert.equal((await kms.call('ListResourceTags', { KeyId }))['Tags'].Tag.length, 19)
})

test('the control API puts a key into any state, takes its tag and its authorisation', async () => {
  await using server = await createTestApp({}, { startAt })
  const KeyId = await createKey(server)
  const put = (body: unknown) => control(server, 'PUT', `/kms-keys/cn-hangzhou/${KeyId}`, body)
  const { status, body } = await put({ state: 'PendingDeletion', ecsTag: false, ecsAuthorized: false })
  assert.deepEqual(
    [status, body],
    [
      200,
      {
        id: KeyId,
        account: '1000000000000001',
        region: 'cn-hangzhou',
        state: 'PendingDeletion',
        ecsTag: false,
        ecsAuthorized: false,
      },
    ],
  )
  const { KeyMetadata } = await kmsOf(server).call('DescribeKey', { KeyId })
  assert.deepEqual([KeyMetadata.KeyState, KeyMetadata.DeleteDate], ['PendingDeletion', '2026-01-31T00:00:00Z'])
  assert.deepEqual((await kmsOf(server).call('ListResourceTags', { KeyId }))['Tags'].Tag, [])
  assert.equal((await put({ ecsTag: true })).body.state, 'PendingDeletion')
  assert.deepEqual((await kmsOf(server).call('ListResourceTags', { KeyId }))['Tags'].Tag, [
    { KeyId, TagKey: 'acs:ecs:disk-encryption', TagValue: 'true' },
  ])
  assert.equal((await put({ state: 'Sleeping' })).status, 400)
  assert.equal((await control(server, 'PUT', '/kms-keys/cn-beijing/none', {})).status, 404)
})

test('KMS that is not open refuses everything until it is opened, which works once', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  const KeyId = await createKey(server)
  await expectError(kms.call('OpenKmsService'), 'Forbidden.Opened', {
    status: 400,
    message: 'Your kms service has been opened.',
  })
  for (const state of ['not-activated', 'closed']) {
    await control(server, 'PUT', '/accounts/1000000000000001', { kms: state })
    for (const [action, params] of Object.entries({ CreateKey: {}, ListKeys: {}, DisableKey: { KeyId } })) {
      await expectError(kms.call(action, params), 'Forbidden.KmsServiceNotEnabled', { status: 403 })
    }
    await kms.call('OpenKmsService')
    assert.equal(await stateOf(server, KeyId), 'Enabled')
  }
})
