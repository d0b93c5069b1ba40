import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'
import { allocateEip, describeEip, getEip, vpcOf } from '../../../../test/support/eips.ts'

const bind = (server: TestApp, eip: string, instance: string, params = {}) =>
  vpcOf(server).call('AssociateEipAddress', { AllocationId: eip, InstanceId: instance, ...params })
const unbind = (server: TestApp, eip: string, params = {}) =>
  vpcOf(server).call('UnassociateEipAddress', { AllocationId: eip, ...params })
const release = (server: TestApp, eip: string) => vpcOf(server).call('ReleaseEipAddress', { AllocationId: eip })
const status = async (server: TestApp, eip: string) => (await describeEip(server, eip))?.['Status']

test('an EIP and its instance show each other until they are parted', async () => {
  await using server = await createTestApp()
  const [instance, eip] = [await server.instance(), await allocateEip(server, { Bandwidth: 7 })]
  await bind(server, eip, instance)
  const shown = await getEip(server, eip)
  assert.deepEqual(
    [shown['Status'], shown['InstanceId'], shown['InstanceType'], shown['InstanceRegionId']],
    ['InUse', instance, 'EcsInstance', 'cn-hangzhou'],
  )
  assert.deepEqual((await server.describe(instance))?.['EipAddress'], {
    AllocationId: eip,
    IpAddress: shown['IpAddress'],
    InternetChargeType: 'PayByBandwidth',
    Bandwidth: 7,
    IsSupportUnassociate: true,
  })
  await unbind(server, eip, { InstanceId: instance })
  assert.equal(await status(server, eip), 'Available')
  assert.equal((await server.describe(instance))?.['EipAddress'].IpAddress, '')
})

suite('an EIP is bound to', () => {
  for (const fields of [
    { status: 'Running' },
    { status: 'Stopped' },
    { status: 'Stopped', stoppedMode: 'StopCharging' },
  ] as const) {
    test(`an instance that is ${Object.values(fields).join(', ')}`, async () => {
      await using server = await createTestApp()
      const [instance, eip] = [await server.instance(fields), await allocateEip(server)]
      await bind(server, eip, instance)
      assert.equal(await status(server, eip), 'InUse')
    })
  }

  const refusals: readonly [what: string, fields: Parameters<TestApp['instance']>[0], code: string][] = [
    ['one that is Stopping', { status: 'Stopping', guest: { shutdown: 'ignore' } }, 'IncorrectInstanceStatus'],
    ['one in the classic network', { network: 'classic' }, 'OperationDenied'],
    ['one in another region', { region: 'cn-beijing', zone: 'cn-beijing-h' }, 'InvalidParameter.Mismatch'],
    ['one with a static public address', { publicIp: true }, 'EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP'],
    [
      'one that an economical stop has taken its static public address from',
      { publicIp: true, status: 'Stopped', stoppedMode: 'StopCharging' },
      'EIP_CAN_NOT_ASSOCIATE_WITH_PUBLIC_IP',
    ],
    ['one that has an EIP', { eip: true }, 'InvalidAssociation.Duplicated'],
  ]
  for (const [what, fields, code] of refusals) {
    test(`no instance: ${what}`, async () => {
      await using server = await createTestApp()
      const [instance, eip] = [await server.instance(fields), await allocateEip(server)]
      await expectError(bind(server, eip, instance), code, { status: 400 })
      assert.equal(await status(server, eip), 'Available')
    })
  }
})

test('an EIP that an instance has is neither bound again nor released', async () => {
  await using server = await createTestApp()
  const [instance, other, eip] = [await server.instance(), await server.instance(), await allocateEip(server)]
  await bind(server, eip, instance)
  await expectError(bind(server, eip, other), 'IncorrectEipStatus', { status: 400 })
  await expectError(bind(server, eip, instance), 'IncorrectEipStatus', { status: 400 })
  await expectError(release(server, eip), 'IncorrectEipStatus', { status: 400 })
})

test('what is not there, or is another account’s, is not found', async () => {
  await using server = await createTestApp()
  const other = { id: '2000000000000002', accessKeys: [{ id: 'other', secret: 'other-secret' }] }
  await server.seed({ accounts: [other] })
  const [instance, eip] = [await server.instance(), await allocateEip(server)]
  await expectError(bind(server, 'eip-bp1unknown', instance), 'InvalidAllocationId.NotFound', { status: 404 })
  await expectError(bind(server, eip, 'i-bp1unknown0'), 'InvalidInstanId.NotFound', { status: 404 })
  await expectError(bind(server, eip, instance, { RegionId: 'cn-beijing' }), 'InvalidAllocationId.NotFound')
  const stranger = vpcOf(server, server.clientFor('other', 'other-secret'))
  for (const action of [
    'AssociateEipAddress',
    'UnassociateEipAddress',
    'ReleaseEipAddress',
    'ModifyEipAddressAttribute',
  ]) {
    const call = stranger.call(action, { AllocationId: eip, InstanceId: instance })
    await expectError(call, 'InvalidAllocationId.NotFound', { status: 404 })
  }
})

test('resources that could have an EIP but are not here are refused', async () => {
  await using server = await createTestApp()
  const [instance, eip] = [await server.instance(), await allocateEip(server)]
  await expectError(bind(server, eip, instance, { InstanceType: 'Nat' }), 'NotImplemented', { status: 501 })
  await expectError(bind(server, eip, instance, { InstanceType: 'Toaster' }), 'InvalidInstanceType.ValueNotSupported')
})

suite('an EIP is taken from its instance', () => {
  test('only if it has one, and it is the one that was named', async () => {
    await using server = await createTestApp()
    const [instance, other, eip] = [await server.instance(), await server.instance(), await allocateEip(server)]
    await expectError(unbind(server, eip), 'IncorrectEipStatus', { status: 400 })
    await bind(server, eip, instance)
    await expectError(unbind(server, eip, { InstanceId: other }), 'InvalidBindingStatus', { status: 400 })
    await expectError(unbind(server, eip, { InstanceId: 'i-bp1unknown0' }), 'InvalidInstanceId.NotFound', {
      status: 400,
    })
    await unbind(server, eip)
    assert.equal(await status(server, eip), 'Available')
  })

  test('only while the instance is Running or Stopped', async () => {
    await using server = await createTestApp()
    const [instance, eip] = [await server.instance(), await allocateEip(server)]
    await bind(server, eip, instance)
    await server.client.call('StopInstance', { InstanceId: instance })
    await expectError(unbind(server, eip), 'IncorrectInstanceStatus', { status: 400 })
    await server.advance(60)
    await unbind(server, eip)
  })
})

suite('the release of an instance sets its EIP free', () => {
  const ways: readonly [string, (server: TestApp, id: string) => Promise<unknown>][] = [
    ['at once', (server, id) => server.client.call('DeleteInstance', { InstanceId: id, Force: true })],
    [
      'after its guest has shut down',
      (server, id) => server.client.call('DeleteInstance', { InstanceId: id, Force: true, ForceStop: false }),
    ],
    [
      'when its time has come',
      (server, id) => {
        const AutoReleaseTime = new Date(server.app.clock.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z')
        return server.client.call('ModifyInstanceAutoReleaseTime', { InstanceId: id, AutoReleaseTime })
      },
    ],
  ]
  for (const [when, remove] of ways) {
    test(when, async () => {
      await using server = await createTestApp()
      const [instance, eip] = [await server.instance(), await allocateEip(server)]
      await bind(server, eip, instance)
      await remove(server, instance)
      await server.advance(2 * 3_600)
      assert.equal(await server.status(instance), undefined)
      const shown = await describeEip(server, eip)
      assert.deepEqual([shown?.['Status'], shown?.['InstanceId']], ['Available', ''])
      await release(server, eip)
      assert.equal(await describeEip(server, eip), undefined)
    })
  }
})

test('an economical stop keeps the EIP', async () => {
  await using server = await createTestApp()
  const [instance, eip] = [await server.instance(), await allocateEip(server)]
  await bind(server, eip, instance)
  const before = (await server.describe(instance))?.['EipAddress']
  await server.client.call('StopInstance', { InstanceId: instance, StoppedMode: 'StopCharging' })
  await server.advance(60)
  assert.deepEqual((await server.describe(instance))?.['EipAddress'], before)
  await server.client.call('StartInstance', { InstanceId: instance })
  await server.advance(60)
  assert.deepEqual((await server.describe(instance))?.['EipAddress'], before)
})
