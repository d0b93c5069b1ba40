import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { type AnswerTo, expectError, type Params } from '../../../../test/support/client.ts'

async function types({ client }: TestApp, params: Params = {}) {
  return (await client.call('DescribeInstanceTypes', params))['InstanceTypes'].InstanceType
}

test('all types are listed at once', async () => {
  await using server = await createTestApp()
  const answer = await server.client.call('DescribeInstanceTypes')
  const ids = answer['InstanceTypes'].InstanceType.map(type => type['InstanceTypeId'])
  assert.ok(ids.length > 100)
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(answer['NextToken'], '')
})

test('a type has its figures, as numbers and in the units of the API', async () => {
  await using server = await createTestApp()
  const [type] = await types(server, { 'InstanceTypes.1': 'ecs.g7.large' })
  assert.deepEqual(type, {
    InstanceTypeId: 'ecs.g7.large',
    InstanceTypeFamily: 'ecs.g7',
    InstanceFamilyLevel: 'EnterpriseLevel',
    InstanceCategory: 'General-purpose',
    CpuCoreCount: 2,
    MemorySize: 8,
    CpuArchitecture: 'X86',
    GPUAmount: 0,
    GPUSpec: '',
    EniQuantity: 3,
    EniPrivateIpAddressQuantity: 6,
    InstanceBandwidthRx: 2_048_000,
    InstanceBandwidthTx: 2_048_000,
    InstancePpsRx: 1_100_000,
    InstancePpsTx: 1_100_000,
    DiskQuantity: 9,
    BaselineCredit: 0,
    InitialCredit: 0,
    NvmeSupport: 'unsupported',
  })
})

test('local disks and CPU credits show where a type has them, and only there', async () => {
  await using server = await createTestApp()
  const all = await types(server)
  const local = all.filter(type => 'LocalStorageCategory' in type)
  assert.ok(local.length > 0 && local.length < all.length)
  for (const type of local) {
    assert.ok(['local_hdd_pro', 'local_ssd_pro'].includes(type['LocalStorageCategory']))
    assert.ok(type['LocalStorageAmount'] > 0 && type['LocalStorageCapacity'] > 0)
  }
  const burstable = all.filter(type => type['BaselineCredit'] > 0)
  assert.deepEqual([...new Set(burstable.map(type => type['InstanceFamilyLevel']))], ['CreditEntryLevel'])
  assert.ok(burstable.every(type => type['InitialCredit'] > 0))
})

test('types are found by id, up to 10 of them; unknown ones are just absent', async () => {
  await using server = await createTestApp()
  const ids = async (params: Params) => (await types(server, params)).map(type => type['InstanceTypeId'])
  const params = {
    'InstanceTypes.1': 'ecs.g7.large',
    'InstanceTypes.2': 'ecs.none.large',
    'InstanceTypes.5': 'ecs.c7.large',
  }
  assert.deepEqual(new Set(await ids(params)), new Set(['ecs.c7.large', 'ecs.g7.large']))
  const many = Object.fromEntries(
    Array.from({ length: 11 }, (_, index) => [`InstanceTypes.${index + 1}`, `ecs.g${index}`]),
  )
  const message = 'The specified parameter "InstanceTypes" is not valid.'
  await expectError(types(server, many), 'InvalidParameter', { status: 400, message })
})

type InstanceType = AnswerTo<'DescribeInstanceTypes'>['InstanceTypes']['InstanceType'][number]

/** A parameter, the field it looks at, and the condition on it. */
const equal: [parameter: string, field: keyof InstanceType, value: string][] = [
  ['InstanceTypeFamily', 'InstanceTypeFamily', 'ecs.g7'],
  ['InstanceFamilyLevel', 'InstanceFamilyLevel', 'CreditEntryLevel'],
  ['InstanceCategory', 'InstanceCategory', 'General-purpose'],
  ['CpuArchitecture', 'CpuArchitecture', 'ARM'],
  ['LocalStorageCategory', 'LocalStorageCategory', 'local_ssd_pro'],
]
const bounds: [parameter: string, field: (type: InstanceType) => number][] = [
  ['MinimumCpuCoreCount', type => type['CpuCoreCount']],
  ['MaximumCpuCoreCount', type => type['CpuCoreCount']],
  ['MinimumMemorySize', type => type['MemorySize']],
  ['MaximumMemorySize', type => type['MemorySize']],
  ['MinimumGPUAmount', type => type['GPUAmount']],
  ['MaximumGPUAmount', type => type['GPUAmount']],
  ['MinimumLocalStorageAmount', type => type['LocalStorageAmount'] ?? 0],
  ['MaximumLocalStorageAmount', type => type['LocalStorageAmount'] ?? 0],
  ['MinimumLocalStorageCapacity', type => (type['LocalStorageAmount'] ?? 0) * (type['LocalStorageCapacity'] ?? 0)],
  ['MaximumLocalStorageCapacity', type => (type['LocalStorageAmount'] ?? 0) * (type['LocalStorageCapacity'] ?? 0)],
  ['MinimumEniQuantity', type => type['EniQuantity']],
  ['MinimumEniPrivateIpAddressQuantity', type => type['EniPrivateIpAddressQuantity']],
  ['MinimumInstanceBandwidthRx', type => type['InstanceBandwidthRx']],
  ['MinimumInstanceBandwidthTx', type => type['InstanceBandwidthTx']],
  ['MinimumInstancePpsRx', type => type['InstancePpsRx']],
  ['MinimumInstancePpsTx', type => type['InstancePpsTx']],
  ['MinimumDiskQuantity', type => type['DiskQuantity']],
  ['MinimumBaselineCredit', type => type['BaselineCredit']],
  ['MinimumInitialCredit', type => type['InitialCredit']],
]

suite('a query shows the types that fit, all of them and no others', () => {
  for (const [parameter, field, value] of equal) {
    test(parameter, async () => {
      await using server = await createTestApp()
      const all = await types(server)
      const expected = all.filter(type => type[field] === value)
      assert.ok(expected.length > 0 && expected.length < all.length, `${expected.length} of ${all.length}`)
      assert.deepEqual(await types(server, { [parameter]: value }), expected)
    })
  }

  test('GPUSpec', async () => {
    await using server = await createTestApp()
    const all = await types(server)
    const spec = all.find(type => type['GPUAmount'] > 0)?.['GPUSpec'] ?? ''
    assert.notEqual(spec, '')
    assert.deepEqual(
      await types(server, { GPUSpec: spec }),
      all.filter(type => type['GPUSpec'] === spec),
    )
  })

  for (const [parameter, field] of bounds) {
    test(parameter, async () => {
      await using server = await createTestApp()
      const all = await types(server)
      const values = [...new Set(all.map(field))].sort((a, b) => a - b)
      const bound = values[Math.ceil(values.length / 2)] ?? 0
      const fits = (value: number) => (parameter.startsWith('Minimum') ? value >= bound : value <= bound)
      const expected = all.filter(type => fits(field(type)))
      assert.ok(expected.length > 0 && expected.length <= all.length)
      assert.ok(expected.some(type => field(type) === bound))
      assert.deepEqual(await types(server, { [parameter]: bound }), expected)
    })
  }

  test('several conditions together', async () => {
    await using server = await createTestApp()
    const params = { InstanceTypeFamily: 'ecs.g7', MinimumCpuCoreCount: 4, MaximumMemorySize: 32.5 }
    const found = await types(server, params)
    assert.deepEqual(
      found.map(type => type['InstanceTypeId']),
      ['ecs.g7.xlarge', 'ecs.g7.2xlarge'],
    )
  })
})

test('NextToken leads through all types without loss or repeat', async () => {
  await using server = await createTestApp()
  const all = await types(server)
  const seen: InstanceType[] = []
  let token = ''
  do {
    const params = { MaxResults: 97, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await server.client.call('DescribeInstanceTypes', params)
    seen.push(...answer['InstanceTypes'].InstanceType)
    token = answer['NextToken']
  } while (token !== '')
  assert.deepEqual(seen, all)
  for (const params of [{ MaxResults: 0 }, { MaxResults: 1601 }, { NextToken: 'x' }]) {
    await expectError(types(server, params), 'InvalidParameter', { status: 400 })
  }
})
