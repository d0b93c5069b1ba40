import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectNoChange, region, unknownId } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { lockReasons } from '../../../domain/instances/types.ts'

const start = Date.UTC(2026, 0, 2, 3, 4, 30)
const modify = ({ client }: TestApp, id: string, params: Params) =>
  client.call('ModifyInstanceAttribute', { InstanceId: id, ...params })

suite('ModifyInstanceAttribute', () => {
  test('changes what is given and nothing else', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ name: 'old' })
    const before = await server.describe(id)
    await modify(server, id, { InstanceName: 'new', Description: 'A server' })
    assert.deepEqual(await server.describe(id), { ...before, InstanceName: 'new', Description: 'A server' })
    await modify(server, id, { HostName: 'web-1', DeletionProtection: true, Password: 'Secret123' })
    const after = await server.describe(id)
    assert.deepEqual([after?.['HostName'], after?.['DeletionProtection']], ['web-1', true])
    await modify(server, id, { UserData: 'ZWNobyBoZWxsbw==' })
    const answer = await server.client.call('DescribeUserData', { RegionId: region, InstanceId: id })
    assert.equal(answer['UserData'], 'ZWNobyBoZWxsbw==')
    assert.deepEqual(await server.describe(id), after)
  })

  test('release protection can be switched off again', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    await modify(server, id, { DeletionProtection: true })
    await expectError(server.client.call('DeleteInstance', { InstanceId: id }), 'InvalidOperation.DeletionProtection')
    await modify(server, id, { DeletionProtection: 'False' })
    await server.client.call('DeleteInstance', { InstanceId: id })
    assert.equal(await server.describe(id), undefined)
  })

  test('the default security group is the only one there is', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const group = (await server.get(id))['SecurityGroupIds'].SecurityGroupId[0]
    await expectNoChange(server, async () => {
      await modify(server, id, { 'SecurityGroupIds.1': group })
      const twice = { 'SecurityGroupIds.1': group, 'SecurityGroupIds.2': group }
      await expectError(modify(server, id, twice), 'InvalidParameter', { status: 400 })
      await expectError(modify(server, id, { 'SecurityGroupIds.1': 'sg-1' }), 'InvalidSecurityGroupId.NotFound')
    })
  })

  test('the performance mode of a running burstable instance can be changed', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ type: 'ecs.t6-c1m1.large' })
    await modify(server, id, { CreditSpecification: 'Unlimited' })
    assert.equal((await server.describe(id))?.['CreditSpecification'], 'Unlimited')
    const stopped = await server.instance({ type: 'ecs.t6-c1m1.large', status: 'Stopped' })
    const unlimited = { CreditSpecification: 'Unlimited' }
    await expectError(modify(server, stopped, unlimited), 'InvalidInstanceStatus.NotRunning', { status: 400 })
    await expectError(modify(server, await server.instance(), unlimited), 'Credit.NotFound', { status: 404 })
  })

  test('bad values are refused, and then nothing has changed', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const good = { Description: 'A server' }
    await expectNoChange(server, async () => {
      for (const [params, code] of [
        [{ InstanceName: '1' }, 'InvalidInstanceName.Malformed'],
        [{ Description: 'http://x' }, 'InvalidDescription.Malformed'],
        [{ HostName: '-x' }, 'InvalidHostName.Malformed'],
        [{ Password: 'secret' }, 'InvalidPassword.Malformed'],
        [{ UserData: Buffer.alloc(32 * 1024 + 1).toString('base64') }, 'InvalidUserData.SizeExceeded'],
      ] as const) {
        await expectError(modify(server, id, { ...good, ...params }), code, { status: 400 })
      }
      await expectError(modify(server, unknownId, good), 'InvalidInstanceId.NotFound', { status: 404 })
    })
  })

  test('a security lock refuses it, the other locks do not', async () => {
    await using server = await createTestApp()
    for (const lock of lockReasons) {
      const id = await server.instance({ status: 'Stopped', locks: [lock] })
      const call = () => modify(server, id, { InstanceName: 'new' })
      if (lock === 'security') await expectError(call(), 'InstanceLockedForSecurity', { status: 403 })
      else await call()
      assert.equal((await server.describe(id))?.['InstanceName'] === 'new', lock !== 'security')
    }
  })

  test('while an instance boots its host name and password stay', async () => {
    await using server = await createTestApp()
    for (const status of ['Pending', 'Starting'] as const) {
      const id = await server.instance({ status })
      for (const params of [{ HostName: 'web-1' }, { Password: 'Secret123' }]) {
        await expectError(modify(server, id, params), 'IncorrectInstanceStatus', { status: 403 })
      }
      await modify(server, id, { InstanceName: 'new' })
    }
  })

  test('what depends on the kind of the instance', async () => {
    await using server = await createTestApp()
    const classic = await server.instance({ network: 'classic' })
    await expectError(modify(server, classic, { UserData: 'YQ==' }), 'InvalidUserData.NotSupported', { status: 400 })
    for (const kind of [{ chargeType: 'PrePaid' }, { spot: true }] as const) {
      const id = await server.instance(kind)
      await expectError(modify(server, id, { DeletionProtection: true }), 'ChargeTypeViolation', { status: 403 })
      await modify(server, id, { DeletionProtection: false })
    }
  })
})

suite('ModifyInstanceAutoReleaseTime', () => {
  const set = ({ client }: TestApp, id: string, AutoReleaseTime = '') =>
    client.call('ModifyInstanceAutoReleaseTime', { InstanceId: id, AutoReleaseTime })

  test('sets the start of a minute and takes it back', async () => {
    await using server = await createTestApp({}, { startAt: start })
    const id = await server.instance()
    const shown = async () => (await server.describe(id))?.['AutoReleaseTime']
    await set(server, id, '2026-01-02T04:04:59Z')
    assert.equal(await shown(), '2026-01-02T04:04Z')
    await set(server, id)
    assert.equal(await shown(), '')
  })

  test('is 30 minutes to 3 years ahead', async () => {
    await using server = await createTestApp({}, { startAt: start })
    const id = await server.instance()
    await set(server, id, '2026-01-02T03:34:30Z')
    await set(server, id, '2029-01-01T03:04:30Z')
    await expectNoChange(server, async () => {
      for (const time of ['2026-01-02T03:33:00Z', '2025-01-01T00:00:00Z', '2029-01-02T03:04:30Z', 'soon']) {
        await expectError(set(server, id, time), 'InvalidAutoReleaseTime.Malformed', { status: 400 })
      }
    })
  })

  test('is for pay-as-you-go instances that exist', async () => {
    await using server = await createTestApp({}, { startAt: start })
    const prepaid = await server.instance({ chargeType: 'PrePaid' })
    await expectError(set(server, prepaid, '2026-02-01T00:00:00Z'), 'ChargeTypeViolation', { status: 403 })
    await expectError(set(server, unknownId, '2026-02-01T00:00:00Z'), 'NoSuchResource', { status: 404 })
    const elsewhere = { InstanceId: await server.instance(), RegionId: 'cn-beijing' }
    await expectError(server.client.call('ModifyInstanceAutoReleaseTime', elsewhere), 'NoSuchResource')
  })

  test('decides when the instance goes', async () => {
    await using server = await createTestApp({}, { startAt: start })
    const id = await server.instance()
    const kept = await server.instance()
    for (const each of [id, kept]) await set(server, each, '2026-01-02T04:04:00Z')
    await set(server, kept)
    await server.advance(59 * 60)
    assert.equal(await server.status(id), 'Running')
    await server.advance(31)
    assert.deepEqual([await server.status(id), await server.status(kept)], [undefined, 'Running'])
  })
})
