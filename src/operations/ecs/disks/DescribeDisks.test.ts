import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { region, unknownId } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

async function disks({ client }: TestApp, params: Params = {}) {
  return (await client.call('DescribeDisks', { RegionId: region, ...params }))['Disks'].Disk
}

async function runWithDisks({ client }: TestApp, params: Params = {}): Promise<string> {
  const { InstanceIdSets } = await client.call('RunInstances', {
    RegionId: region,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
    'SystemDisk.Category': 'cloud_essd',
    'DataDisk.1.Size': 100,
    'DataDisk.1.DiskName': 'data-1',
    'DataDisk.2.Size': 200,
    'DataDisk.2.Category': 'cloud_ssd',
    'DataDisk.2.DeleteWithInstance': false,
    ...params,
  })
  return InstanceIdSets.InstanceIdSet[0]
}

suite('DescribeDisks', () => {
  test('shows the disks of an instance, the system disk first', async () => {
    await using server = await createTestApp({}, { startAt: Date.UTC(2026, 0, 2, 3, 4, 5) })
    const id = await runWithDisks(server)
    await server.instance()
    const found = await disks(server, { InstanceId: id })
    assert.deepEqual(
      found.map(one => [one['Type'], one['Category'], one['Size'], one['Device'], one['DeleteWithInstance']]),
      [
        ['system', 'cloud_essd', 40, '/dev/xvda', true],
        ['data', 'cloud_efficiency', 100, '/dev/xvdb', true],
        ['data', 'cloud_ssd', 200, '/dev/xvdc', false],
      ],
    )
    for (const one of found) {
      assert.deepEqual([one['InstanceId'], one['Status'], one['ZoneId']], [id, 'In_use', 'cn-hangzhou-b'])
      assert.equal(one['CreationTime'], '2026-01-02T03:04:05Z')
      assert.match(one['DiskId'], /^d-bp1[a-z0-9]{17}$/)
    }
  })

  test('filters by what a disk is and where it is', async () => {
    await using server = await createTestApp()
    const id = await runWithDisks(server)
    const other = await server.instance({ zone: 'cn-hangzhou-h' })
    const [system, first, second] = (await disks(server, { InstanceId: id })).map(one => one['DiskId'])
    const [otherSystem] = (await disks(server, { InstanceId: other })).map(one => one['DiskId'])
    for (const [params, expected] of [
      [{}, [otherSystem, system, first, second]],
      [{ DiskType: 'system' }, [otherSystem, system]],
      [{ DiskType: 'data' }, [first, second]],
      [{ DiskIds: JSON.stringify([second, system, 'd-nothing']) }, [system, second]],
      [{ DiskIds: '[]' }, []],
      [{ ZoneId: 'cn-hangzhou-h' }, [otherSystem]],
      [{ Category: 'cloud_ssd' }, [second]],
      [{ Category: 'local_ssd_pro' }, []],
      [{ DiskName: 'data-1' }, [first]],
      [{ DeleteWithInstance: false }, [second]],
      [{ Status: 'In_use', DiskType: 'data' }, [first, second]],
      [{ Status: 'Available' }, []],
      [{ Encrypted: true }, []],
      [{ DiskChargeType: 'PrePaid' }, []],
      [{ 'Tag.1.Key': 'env' }, []],
      [{ InstanceId: unknownId }, []],
      [{ RegionId: 'cn-beijing' }, []],
    ] as const) {
      const found = await disks(server, params)
      assert.deepEqual(
        found.map(one => one['DiskId']),
        expected,
        JSON.stringify(params),
      )
    }
  })

  test('pages by number and by token', async () => {
    await using server = await createTestApp()
    await server.seed({ instances: [{ region, count: 15 }] })
    await runWithDisks(server)
    const all = (await disks(server, { PageSize: 100 })).map(one => one['DiskId'])
    assert.equal(all.length, 18)
    const second = await server.client.call('DescribeDisks', { RegionId: region, PageNumber: 2, PageSize: 2 })
    assert.deepEqual([second['TotalCount'], second['PageNumber'], second['PageSize']], [18, 2, 2])
    assert.deepEqual(
      second['Disks'].Disk.map(one => one['DiskId']),
      all.slice(2, 4),
    )
    const seen: string[] = []
    let NextToken = ''
    do {
      const page = await server.client.call('DescribeDisks', { RegionId: region, MaxResults: 1, NextToken })
      seen.push(...page['Disks'].Disk.map(one => one['DiskId']))
      NextToken = page['NextToken']
    } while (NextToken !== '')
    assert.deepEqual(seen, all)
    await expectError(disks(server, { NextToken: 'abc' }), 'InvalidParameter', { status: 400 })
  })

  test('belong to one account', async () => {
    await using server = await createTestApp()
    await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [{ id: 'other', secret: 's' }] }] })
    const id = await server.instance()
    const client = server.clientFor('other', 's')
    const answer = await client.call('DescribeDisks', { RegionId: region, InstanceId: id })
    assert.deepEqual([answer['TotalCount'], answer['Disks']], [0, { Disk: [] }])
    const one = { RegionId: region, InstanceId: id }
    for (const action of ['DescribeInstanceAttribute', 'DescribeUserData', 'ModifyInstanceAttribute']) {
      await expectError(client.call(action, one), 'InvalidInstanceId.NotFound', { status: 404 })
    }
  })
})
