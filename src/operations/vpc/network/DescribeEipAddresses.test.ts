import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'
import { allocateEip, describeEip, getEip, vpcOf } from '../../../../test/support/eips.ts'

const region = 'cn-hangzhou'

async function names(server: TestApp, params: Record<string, string | number> = {}): Promise<string[]> {
  const answer = await vpcOf(server).call('DescribeEipAddresses', params)
  return answer['EipAddresses'].EipAddress.map(eip => eip['Name'])
}

test('EIPs are found by each of their properties, newest first', async () => {
  await using server = await createTestApp()
  const instance = await server.instance()
  await server.seed({
    eips: [
      { region, name: 'first', tags: { env: 'dev' }, id: 'eip-bp1first0' },
      { region, name: 'second', instance },
      { region: 'cn-beijing', name: 'elsewhere' },
    ],
  })
  const first = await getEip(server, 'eip-bp1first0')
  assert.deepEqual(await names(server), ['second', 'first'])
  assert.deepEqual(await names(server, { RegionId: 'cn-beijing' }), ['elsewhere'])
  const alone: Record<string, string>[] = [
    { AllocationId: `eip-bp1unknown,eip-bp1first0` },
    { EipAddress: first['IpAddress'] },
    { EipName: 'first' },
    { Status: 'Available' },
    { 'Tag.1.Key': 'env' },
    { 'Tag.1.Key': 'env', 'Tag.1.Value': 'dev' },
  ]
  for (const filter of alone) assert.deepEqual(await names(server, filter), ['first'], JSON.stringify(filter))
  const bound: Record<string, string>[] = [
    { Status: 'InUse' },
    { AssociatedInstanceType: 'EcsInstance' },
    { AssociatedInstanceType: 'EcsInstance', AssociatedInstanceId: instance },
  ]
  for (const filter of bound) assert.deepEqual(await names(server, filter), ['second'], JSON.stringify(filter))
  const none: Record<string, string>[] = [
    { Status: 'Associating' },
    { AssociatedInstanceType: 'Nat' },
    { ChargeType: 'PrePaid' },
    { LockReason: 'financial' },
    { ISP: 'BGP_PRO' },
    { 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' },
  ]
  for (const filter of none) assert.deepEqual(await names(server, filter), [], JSON.stringify(filter))
})

test('pages count what there is in all', async () => {
  await using server = await createTestApp()
  for (let index = 0; index < 3; index++) await allocateEip(server)
  const page = await vpcOf(server).call('DescribeEipAddresses', { PageSize: 2, PageNumber: 2 })
  assert.deepEqual([page['TotalCount'], page['EipAddresses'].EipAddress.length], [3, 1])
})

test('more than fifty ids are too many', async () => {
  await using server = await createTestApp()
  const ids = Array.from({ length: 51 }, (_, index) => `eip-bp1example${index}`).join(',')
  await expectError(names(server, { AllocationId: ids }), 'InvalidParameter', { status: 400 })
})

test('the older operations of ECS see the same EIPs, by the permissions of VPC', async () => {
  await using server = await createTestApp()
  const policy = [{ effect: 'Allow' as const, action: ['vpc:*'] }]
  await server.seed({ accounts: [{ id: '1000000000000001', accessKeys: [{ id: 'user', secret: 'secret', policy }] }] })
  const user = server.clientFor('user', 'secret')
  const instance = await server.instance()
  const { AllocationId } = await user.call('AllocateEipAddress', { RegionId: region, Bandwidth: 3 })
  await user.call('AssociateEipAddress', { AllocationId, InstanceId: instance })
  assert.equal((await describeEip(server, AllocationId))?.['InstanceId'], instance)
  await user.call('ModifyEipAddressAttribute', { AllocationId, Bandwidth: 4 })
  const [eip] = (await user.call('DescribeEipAddresses', { RegionId: region }))['EipAddresses'].EipAddress
  assert.deepEqual([eip.Bandwidth, eip.Status, eip.Name], ['4', 'InUse', undefined])
  await user.call('UnassociateEipAddress', { AllocationId, InstanceId: instance })
  await user.call('ReleaseEipAddress', { AllocationId })
  assert.equal(await describeEip(server, AllocationId), undefined)
})
