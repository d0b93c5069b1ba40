import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'
import { createKey, kmsOf } from '../../../../test/support/kms.ts'

const startAt = Date.UTC(2026, 0, 1)

test('a new key is enabled, symmetric, and told as DescribeKey tells it', async () => {
  await using server = await createTestApp({}, { startAt })
  const kms = kmsOf(server)
  const { KeyMetadata: made } = await kms.call('CreateKey', { Description: 'payroll' })
  assert.match(made.KeyId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  const { PrimaryKeyVersion, ...rest } = made
  assert.match(PrimaryKeyVersion, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.deepEqual(rest, {
    KeyId: made.KeyId,
    Arn: `acs:kms:cn-hangzhou:1000000000000001:key/${made.KeyId}`,
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT/DECRYPT',
    KeySpec: 'Aliyun_AES_256',
    Origin: 'Aliyun_KMS',
    ProtectionLevel: 'SOFTWARE',
    CreationDate: '2026-01-01T00:00:00Z',
    Creator: '1000000000000001',
    Description: 'payroll',
    DeleteDate: '',
    MaterialExpireTime: '',
    LastRotationDate: '2026-01-01T00:00:00Z',
    AutomaticRotation: 'Disabled',
  })
  const { KeyMetadata: told } = await kms.call('DescribeKey', { KeyId: made.KeyId })
  assert.deepEqual(told, { ...made, DeletionProtection: 'Disabled' })
})

test('an external key waits for its material', async () => {
  await using server = await createTestApp()
  const { KeyMetadata } = await kmsOf(server).call('CreateKey', { Origin: 'EXTERNAL', ProtectionLevel: 'HSM' })
  assert.deepEqual(
    [KeyMetadata.KeyState, KeyMetadata.Origin, KeyMetadata.ProtectionLevel],
    ['PendingImport', 'EXTERNAL', 'HSM'],
  )
})

test('an asymmetric key signs unless told otherwise, and has no versions', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  for (const [KeySpec, usage] of [
    ['RSA_2048', 'SIGN/VERIFY'],
    ['EC_P256', 'SIGN/VERIFY'],
    ['Aliyun_SM4', 'ENCRYPT/DECRYPT'],
  ] as const) {
    const { KeyMetadata } = await kms.call('CreateKey', { KeySpec })
    assert.equal(KeyMetadata.KeyUsage, usage)
    assert.equal('PrimaryKeyVersion' in KeyMetadata, KeySpec === 'Aliyun_SM4')
  }
  const { KeyMetadata } = await kms.call('CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT/DECRYPT' })
  assert.equal(KeyMetadata.KeyUsage, 'ENCRYPT/DECRYPT')
})

test('a rotating key gets a new version in its interval, and is suspended while it is not enabled', async () => {
  await using server = await createTestApp({}, { startAt })
  const kms = kmsOf(server)
  const { KeyMetadata: made } = await kms.call('CreateKey', { EnableAutomaticRotation: true, RotationInterval: '7d' })
  const rotation = async () => {
    const { KeyMetadata: key } = await kms.call('DescribeKey', { KeyId: made.KeyId })
    return [key.AutomaticRotation, key.RotationInterval, key.LastRotationDate, key.NextRotationDate]
  }
  assert.deepEqual(await rotation(), ['Enabled', '604800s', '2026-01-01T00:00:00Z', '2026-01-08T00:00:00Z'])
  await server.advance(8 * 86_400)
  assert.deepEqual(await rotation(), ['Enabled', '604800s', '2026-01-08T00:00:00Z', '2026-01-15T00:00:00Z'])
  const { KeyMetadata: later } = await kms.call('DescribeKey', { KeyId: made.KeyId })
  assert.notEqual(later.PrimaryKeyVersion, made.PrimaryKeyVersion)
  await kms.call('DisableKey', { KeyId: made.KeyId })
  assert.equal((await rotation())[0], 'Suspended')
})

const refusals: readonly [why: string, params: Record<string, string>, code: string, message: string][] = [
  ['a curve that cannot encrypt', { KeySpec: 'EC_P256', KeyUsage: 'ENCRYPT/DECRYPT' }, 'InvalidParameter', 'KeyUsage'],
  ['a symmetric key that signs', { KeyUsage: 'SIGN/VERIFY' }, 'InvalidParameter', 'KeyUsage'],
  ['an external asymmetric key', { KeySpec: 'RSA_2048', Origin: 'EXTERNAL' }, 'InvalidParameter', 'Origin'],
  ['rotation without interval', { EnableAutomaticRotation: 'true' }, 'MissingParameter', 'RotationInterval'],
  [
    'rotation every day',
    { EnableAutomaticRotation: 'true', RotationInterval: '1d' },
    'InvalidParameter',
    'RotationInterval',
  ],
  [
    'rotation of an external key',
    { EnableAutomaticRotation: 'true', RotationInterval: '7d', Origin: 'EXTERNAL' },
    'InvalidParameter',
    'EnableAutomaticRotation',
  ],
  ["tags with the cloud's prefix", { Tags: '[{"TagKey":"acs:x","TagValue":"y"}]' }, 'InvalidParameter', 'Tags'],
  ['tags that are no tags', { Tags: '[null]' }, 'InvalidParameter', 'Tags'],
]

for (const [why, params, code, name] of refusals) {
  test(`${why}: ${code}`, async () => {
    await using server = await createTestApp()
    await expectError(kmsOf(server).call('CreateKey', params), code, { status: 400, message: new RegExp(`"${name}"`) })
    assert.equal((await kmsOf(server).call('ListKeys'))['TotalCount'], 0)
  })
}

test('keys are listed by page in the order of their ids', async () => {
  await using server = await createTestApp()
  const made: string[] = []
  for (let count = 0; count < 5; count++) made.push(await createKey(server))
  const listed: string[] = []
  for (const PageNumber of [1, 2, 3, 4]) {
    const page = await kmsOf(server).call('ListKeys', { PageNumber, PageSize: 2 })
    assert.deepEqual([page['TotalCount'], page['PageNumber'], page['PageSize']], [5, PageNumber, 2])
    listed.push(...page['Keys'].Key.map((key: { KeyId: string }) => key.KeyId))
  }
  assert.deepEqual(listed, made.toSorted())
  await expectError(kmsOf(server).call('ListKeys', { PageSize: 101 }), 'InvalidParameter')
})
