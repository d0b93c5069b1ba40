import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../../test/support/app.ts'
import { expectError, signedForm } from '../../../../test/support/client.ts'
import { createKey, kmsOf } from '../../../../test/support/kms.ts'
import { callV1, key, send, targetWith } from '../../../../test/support/raw.ts'
import { childText, parseXml } from '../../../../test/support/xml.ts'

const Version = '2016-01-20'

test('the region is the one in the call, or else in the host, or else cn-hangzhou', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const create = async (params: Record<string, string>, host: string) => {
    const target = targetWith(signedForm(key, 'GET', 'CreateKey', params, { Version }))
    const answer = await send(port, { target, headers: { host } })
    return answer.json()['KeyMetadata'].Arn.split(':')[2]
  }
  assert.equal(await create({}, `127.0.0.1:${port}`), 'cn-hangzhou')
  assert.equal(await create({}, `localhost:${port}`), 'cn-hangzhou')
  assert.equal(await create({}, 'kms.cn-beijing.aliyuncs.com'), 'cn-beijing')
  assert.equal(await create({}, `kms-vpc.cn-beijing.localhost:${port}`), 'cn-beijing')
  assert.equal(await create({ RegionId: 'cn-shanghai' }, 'kms.cn-beijing.aliyuncs.com'), 'cn-shanghai')
})

test('a key is found in its region only, or anywhere by a call that names none', async () => {
  await using server = await createTestApp()
  const kms = kmsOf(server)
  const KeyId = await createKey(server, { RegionId: 'cn-beijing' })
  const arn = `acs:kms:cn-beijing:1000000000000001:key/${KeyId}`
  for (const params of [{ KeyId }, { KeyId, RegionId: 'cn-beijing' }, { KeyId: arn }]) {
    assert.equal((await kms.call('DescribeKey', params))['KeyMetadata'].Arn, arn)
  }
  for (const params of [
    { KeyId, RegionId: 'cn-hangzhou' },
    { KeyId: arn, RegionId: 'cn-hangzhou' },
    { KeyId: arn.replace('cn-beijing', 'cn-hangzhou') },
    { KeyId: arn.replace('1000000000000001', '1000000000000002') },
    { KeyId: 'key-none' },
  ]) {
    await expectError(kms.call('DescribeKey', params), 'Forbidden.KeyNotFound', { status: 404 })
  }
})

test('there are no aliases', async () => {
  await using server = await createTestApp()
  await expectError(kmsOf(server).call('DescribeKey', { KeyId: 'alias/payroll' }), 'Forbidden.AliasNotFound', {
    status: 404,
    message: 'The specified Alias is not found.',
  })
})

test("another account's keys are not there", async () => {
  await using server = await createTestApp()
  const KeyId = await createKey(server)
  await server.seed({ accounts: [{ id: '1000000000000002', accessKeys: [{ id: 'other', secret: 'other-secret' }] }] })
  const other = kmsOf(server, server.clientFor('other', 'other-secret'))
  assert.equal((await other.call('ListKeys'))['TotalCount'], 0)
  await expectError(other.call('DisableKey', { KeyId }), 'Forbidden.KeyNotFound')
})

test('a RAM user may touch the keys that the policy names', async () => {
  await using server = await createTestApp()
  const [open, shut] = [await createKey(server), await createKey(server)]
  const policy = [{ effect: 'Allow' as const, action: 'kms:*', resource: `acs:kms:*:*:key/${open}` }]
  await server.seed({
    accounts: [{ id: '1000000000000001', accessKeys: [{ id: 'user', secret: 'user-secret', policy }] }],
  })
  const user = kmsOf(server, server.clientFor('user', 'user-secret'))
  await user.call('DisableKey', { KeyId: open })
  const { body } = await expectError(user.call('DisableKey', { KeyId: shut }), 'Forbidden.NoPermission', {
    status: 403,
  })
  assert.equal(body['AccessDeniedDetail'].AuthResource, `acs:kms:cn-hangzhou:1000000000000001:key/${shut}`)
  await expectError(user.call('ListKeys'), 'Forbidden.NoPermission')
})

test('answers are JSON unless XML is asked for, and then their root is KMS, of errors too', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const plain = await callV1(port, 'ListKeys', {}, { Version, Format: undefined })
  assert.equal(plain.json()['TotalCount'], 0)
  const missing = await callV1(port, 'DescribeKey', { KeyId: 'none' }, { Version, Format: undefined })
  assert.equal(missing.json()['Code'], 'Forbidden.KeyNotFound')
  const xml = await callV1(port, 'DescribeKey', { KeyId: 'none' }, { Version, Format: 'XML' })
  const root = parseXml(xml.body)
  assert.deepEqual([root.name, childText(root, 'Code')], ['KMS', 'Forbidden.KeyNotFound'])
})
