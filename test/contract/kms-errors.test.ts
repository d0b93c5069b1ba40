import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../support/app.ts'
import { expectError, instanceIds } from '../support/client.ts'
import { control } from '../support/control.ts'
import { createKey, ecsTag, kmsOf } from '../support/kms.ts'

const RegionId = 'cn-hangzhou'
const daySeconds = 86_400

type ErrorOf = readonly [status: number, code: string, message: string]

/** What becomes of a key that encrypts disks, and what ECS makes of it. */
interface Cause {
  readonly because: string
  spoil(server: TestApp, KeyId: string): Promise<unknown>
  /** Makes it good again; absent where nothing can. */
  repair?(server: TestApp, KeyId: string): Promise<unknown>
  readonly plural: ErrorOf
  readonly single: ErrorOf
  /** Where StartInstance has a code of its own. */
  readonly startInstance?: ErrorOf
}

const changeKey = (server: TestApp, KeyId: string, body: object) =>
  control(server, 'PUT', `/kms-keys/${RegionId}/${KeyId}`, body)
const changeAccount = (server: TestApp, body: object) => control(server, 'PUT', '/accounts/1000000000000001', body)

const notEnabled = {
  plural: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be enabled.'],
  single: [403, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be enabled.'],
} as const

const both = (...error: ErrorOf) => ({ plural: error, single: error })

const causes: readonly Cause[] = [
  {
    because: 'its key is disabled',
    spoil: (server, KeyId) => kmsOf(server).call('DisableKey', { KeyId }),
    repair: (server, KeyId) => kmsOf(server).call('EnableKey', { KeyId }),
    ...notEnabled,
  },
  {
    because: 'the deletion of its key is scheduled',
    spoil: (server, KeyId) => kmsOf(server).call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }),
    repair: (server, KeyId) => kmsOf(server).call('CancelKeyDeletion', { KeyId }),
    ...notEnabled,
  },
  {
    because: 'its key has lost its imported material',
    spoil: (server, KeyId) => changeKey(server, KeyId, { state: 'PendingImport' }),
    repair: (server, KeyId) => changeKey(server, KeyId, { state: 'Enabled' }),
    ...notEnabled,
  },
  {
    because: 'its key has been deleted',
    async spoil(server, KeyId) {
      await kmsOf(server).call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
      await server.advance(7 * daySeconds)
    },
    ...both(403, 'InvalidOperation.KMSKeyIdNotFound', 'The specified KMSKeyId not found, {KeyId}.'),
    startInstance: [403, 'InvalidParameter.KMSKeyId.NotFound', 'The specified KMSKeyId does not exist.'],
  },
  {
    because: 'its key has lost the tag of ECS',
    spoil: (server, KeyId) => kmsOf(server).call('UntagResource', { KeyId, TagKeys: '["acs:ecs:disk-encryption"]' }),
    repair: (server, KeyId) => kmsOf(server).call('TagResource', { KeyId, Tags: ecsTag }),
    plural: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be added ECS tag'],
    single: [403, 'InvalidParameter.KMSKeyId.CMKUnauthorized', 'The CMK needs to be added ECS tag'],
  },
  {
    because: 'the tag of ECS has another value',
    spoil: (server, KeyId) => kmsOf(server).call('TagResource', { KeyId, Tags: ecsTag.replace('"true"', '"false"') }),
    repair: (server, KeyId) => kmsOf(server).call('TagResource', { KeyId, Tags: ecsTag }),
    plural: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be added ECS tag'],
    single: [403, 'InvalidParameter.KMSKeyId.CMKUnauthorized', 'The CMK needs to be added ECS tag'],
  },
  {
    because: "ECS's role may not use its key",
    spoil: (server, KeyId) => changeKey(server, KeyId, { ecsAuthorized: false }),
    repair: (server, KeyId) => changeKey(server, KeyId, { ecsAuthorized: true }),
    plural: [400, 'InvalidParameter.KMSKeyId.KMSUnauthorized', 'ECS service account have no right to access your KMS.'],
    single: [403, 'InvalidParameter.KMSKeyId.KMSUnauthorized', 'ECS service have no right to access your KMS.'],
  },
  {
    because: 'KMS is not activated',
    spoil: server => changeAccount(server, { kms: 'not-activated' }),
    repair: server => kmsOf(server).call('OpenKmsService'),
    ...both(
      400,
      'InvalidParameter.Encrypted.KmsNotEnable',
      'Failed to perform this operation because KMS is not activated.',
    ),
  },
  {
    because: 'KMS is closed',
    spoil: server => changeAccount(server, { kms: 'closed' }),
    repair: server => kmsOf(server).call('OpenKmsService'),
    ...both(403, 'InvalidOperation.KMSServiceNotOpen', 'KMS service is currently not open.'),
  },
]

const operations = [
  { plural: 'StopInstances', single: 'StopInstance', from: 'Running', to: 'Stopping' },
  { plural: 'StartInstances', single: 'StartInstance', from: 'Stopped', to: 'Starting' },
  { plural: 'RebootInstances', single: 'RebootInstance', from: 'Running', to: 'Stopping' },
] as const

async function run(server: TestApp, params: Record<string, string | boolean>): Promise<string> {
  const { InstanceIdSets } = await server.client.call('RunInstances', {
    RegionId,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
    ...params,
  })
  return InstanceIdSets.InstanceIdSet[0]
}

/** A key, two instances whose disks it encrypts (one the system disk, one a data disk), and one without. */
async function givenDisks(server: TestApp, from: 'Running' | 'Stopped') {
  const KeyId = await createKey(server)
  const encrypted = [
    await run(server, { 'SystemDisk.Encrypted': true, 'SystemDisk.KMSKeyId': KeyId }),
    await run(server, { 'DataDisk.1.Size': '40', 'DataDisk.1.Encrypted': true, 'DataDisk.1.KMSKeyId': KeyId }),
  ] as const
  const plain = await run(server, { 'SystemDisk.Encrypted': true })
  await server.advance(60)
  const ids = [...encrypted, plain]
  if (from === 'Stopped') await server.client.call('StopInstances', { RegionId, ...instanceIds(ids) })
  await server.advance(60)
  return { KeyId, encrypted, plain, ids }
}

for (const { plural, single, from, to } of operations) {
  suite(`${plural} and ${single}`, () => {
    for (const cause of causes) {
      test(`refuse an instance because ${cause.because}, and take it once that is over`, async () => {
        await using server = await createTestApp()
        const { KeyId, encrypted, plain, ids } = await givenDisks(server, from)
        const batch = { RegionId, ...instanceIds(ids) }
        const [status, code, text] = cause.plural
        const message = text.replace('{KeyId}', KeyId)
        const statuses = () => Promise.all(ids.map(id => server.status(id)))
        await cause.spoil(server, KeyId)

        await expectError(server.client.call(plural, batch), code, { status, message })
        await expectError(server.client.call(plural, { ...batch, DryRun: true }), code, { status, message })
        const own = single === 'StartInstance' ? (cause.startInstance ?? cause.single) : cause.single
        for (const InstanceId of encrypted) {
          for (const DryRun of [false, true]) {
            await expectError(server.client.call(single, { InstanceId, DryRun }), own[1], {
              status: own[0],
              message: own[2].replace('{KeyId}', KeyId),
            })
          }
        }
        assert.deepEqual(await statuses(), [from, from, from])

        const answer = await server.client.call(plural, { ...batch, BatchOptimization: 'SuccessFirst' })
        assert.deepEqual(answer['InstanceResponses'].InstanceResponse, [
          ...encrypted.map(InstanceId => ({
            Code: code,
            Message: message,
            InstanceId,
            PreviousStatus: from,
            CurrentStatus: from,
          })),
          { Code: '200', Message: 'success', InstanceId: plain, PreviousStatus: from, CurrentStatus: to },
        ])
        assert.deepEqual(await statuses(), [from, from, to])

        if (cause.repair === undefined) return
        await cause.repair(server, KeyId)
        await server.client.call(plural, { RegionId, ...instanceIds([encrypted[0]]) })
        await server.client.call(single, { InstanceId: encrypted[1] })
        assert.deepEqual((await statuses()).slice(0, 2), [to, to])
      })
    }
  })
}

test('RunInstances refuses a key of each bad state with its own codes, and makes nothing', async () => {
  const codes = [
    [403, 'InvalidParameter.KMSKeyId.CMKNotEnabled'],
    [403, 'InvalidParameter.KMSKeyId.CMKNotEnabled'],
    [403, 'InvalidParameter.KMSKeyId.CMKNotEnabled'],
    [404, 'InvalidParameter.KMSKeyId.NotFound'],
    [403, 'InvalidParameter.KMSKeyId.CMKUnauthorized'],
    [403, 'InvalidParameter.KMSKeyId.CMKUnauthorized'],
    [403, 'InvalidParameter.KMSKeyId.KMSUnauthorized'],
    [400, 'InvalidParameter.Encrypted.KmsNotEnable'],
    [400, 'InvalidParameter.Encrypted.KmsNotEnable'],
  ] as const
  for (const [index, cause] of causes.entries()) {
    await using server = await createTestApp()
    const KeyId = await createKey(server)
    await cause.spoil(server, KeyId)
    const [status, code] = codes[index] ?? assert.fail(cause.because)
    for (const disk of ['SystemDisk', 'DataDisk.1']) {
      const params = {
        [`${disk}.Size`]: '40',
        [`${disk}.Encrypted`]: true,
        [`${disk}.KMSKeyId`]: KeyId,
      }
      await expectError(run(server, params), code, { status })
      await expectError(run(server, { ...params, DryRun: true }), code, { status })
    }
    assert.equal((await server.client.call('DescribeInstances', { RegionId }))['TotalCount'], 0)
  }
})

test("ECS's own key is there wherever KMS is open, and stops and starts never ask for it", async () => {
  await using server = await createTestApp()
  await expectError(run(server, { 'SystemDisk.KMSKeyId': 'alias/acs/ecs' }), 'InvalidParameter.EncryptedIllegal')
  const ids = [
    await run(server, { 'SystemDisk.Encrypted': true }),
    await run(server, { 'SystemDisk.Encrypted': true, 'SystemDisk.KMSKeyId': 'alias/acs/ecs' }),
  ]
  const { Disks } = await server.client.call('DescribeDisks', { RegionId, Encrypted: true })
  assert.deepEqual(
    Disks.Disk.map((disk: Record<string, unknown>) => disk['KMSKeyId']),
    ['', ''],
  )
  await server.advance(60)
  await changeAccount(server, { kms: 'closed' })
  await expectError(run(server, { 'SystemDisk.Encrypted': true }), 'InvalidParameter.Encrypted.KmsNotEnable')
  await server.client.call('StopInstances', { RegionId, ...instanceIds(ids) })
})
