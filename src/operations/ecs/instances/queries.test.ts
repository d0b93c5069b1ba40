import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { region } from '../../../../test/support/batch.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'

const call = <Action extends string>({ client }: TestApp, action: Action, params: Params) =>
  client.call(action, { RegionId: region, ...params })

suite('DescribeImages', () => {
  const images = async (server: TestApp, params: Params = {}) =>
    (await call(server, 'DescribeImages', { PageSize: 100, ...params }))['Images'].Image

  test('every image shown can be run', async () => {
    await using server = await createTestApp()
    const all = await images(server)
    assert.ok(all.length >= 10)
    for (const image of all) {
      const InstanceType = image['Architecture'] === 'arm64' ? 'ecs.g8y.large' : 'ecs.g7.large'
      await call(server, 'RunInstances', { ImageId: image['ImageId'], InstanceType })
    }
  })

  test('filters and pages', async () => {
    await using server = await createTestApp()
    const all = await images(server)
    const count = async (params: Params) => (await images(server, params)).length
    assert.equal(await count({ OSType: 'windows' }), all.filter(one => one['OSType'] === 'windows').length)
    assert.equal((await count({ Architecture: 'arm64' })) + (await count({ Architecture: 'x86_64' })), all.length)
    assert.equal(await count({ InstanceType: 'ecs.g8y.large' }), await count({ Architecture: 'arm64' }))
    assert.equal(await count({ ImageOwnerAlias: 'system', ImageName: '*ubuntu*' }), 3)
    for (const none of [
      { ImageOwnerAlias: 'self' },
      { Status: 'Creating' },
      { IsPublic: true },
      { 'Tag.1.Key': 'k' },
    ]) {
      assert.equal(await count(none as Params), 0)
    }
    const page = await call(server, 'DescribeImages', { PageNumber: 2, PageSize: 5 })
    assert.equal(page['TotalCount'], all.length)
    assert.deepEqual(page['Images'].Image, all.slice(5, 10))
    await expectError(images(server, { InstanceType: 'ecs.none' }), 'InvalidInstanceType.ValueNotSupported')
  })

  test('any public image and any custom image is found by its id', async () => {
    await using server = await createTestApp()
    const ImageId = 'centos_8_5_x64_20G_alibase_20220428.vhd,m-bp1example0001,nonsense'
    const found = await images(server, { ImageId })
    assert.deepEqual(
      found.map(one => [one['ImageOwnerAlias'], one['CreationTime']]),
      [
        ['system', '2022-04-28T00:00:00Z'],
        ['self', ''],
      ],
    )
  })
})

suite('DescribeSecurityGroups', () => {
  test('shows the group that instances are in, and how many', async () => {
    await using server = await createTestApp()
    await server.instance()
    const instance = await server.describe(await server.instance())
    const groups = async (params: Params = {}) =>
      (await call(server, 'DescribeSecurityGroups', params))['SecurityGroups'].SecurityGroup
    const [group, ...more] = await groups()
    assert.deepEqual(more, [])
    assert.deepEqual([group.SecurityGroupId], instance?.['SecurityGroupIds'].SecurityGroupId)
    assert.deepEqual([group.VpcId, group.EcsCount], [instance?.['VpcAttributes'].VpcId, 2])
    const { SecurityGroupId, VpcId } = group
    const ids = JSON.stringify([SecurityGroupId])
    assert.equal((await groups({ SecurityGroupId, VpcId, SecurityGroupIds: ids, NetworkType: 'vpc' })).length, 1)
    for (const params of [{ SecurityGroupId: 'sg-1' }, { VpcId: 'vpc-1' }, { SecurityGroupIds: '[]' }]) {
      assert.deepEqual(await groups(params as Params), [])
    }
  })
})

suite('DescribeAvailableResource', () => {
  const zones = async (server: TestApp, params: Params) =>
    (await call(server, 'DescribeAvailableResource', params))['AvailableZones'].AvailableZone
  const values = (zone: Awaited<ReturnType<typeof zones>>[number]) =>
    zone['AvailableResources'].AvailableResource[0].SupportedResources.SupportedResource.map(one => one['Value'])

  test('lists what zones have', async () => {
    await using server = await createTestApp()
    const all = await zones(server, { DestinationResource: 'Zone' })
    assert.equal(all.length, (await call(server, 'DescribeZones', {}))['Zones'].Zone.length)
    const one = { ZoneId: 'cn-hangzhou-h' }
    const [byShape] = await zones(server, { DestinationResource: 'InstanceType', ...one, Cores: 2, Memory: 8 })
    assert.ok(values(byShape).includes('ecs.g7.large') && !values(byShape).includes('ecs.g7.xlarge'))
    const [disk] = await zones(server, { DestinationResource: 'SystemDisk', ...one, InstanceType: 'ecs.g7.large' })
    assert.ok(values(disk).includes('cloud_essd'))
    for (const none of [{ ZoneId: 'nowhere' }, { InstanceType: 'ecs.none' }, { NetworkCategory: 'classic' }]) {
      assert.deepEqual(await zones(server, { DestinationResource: 'InstanceType', ...(none as Params) }), [])
    }
    await expectError(zones(server, { DestinationResource: 'ddh' }), 'NotImplemented', { status: 501 })
  })

  test('a type whose stock is used up is sold out in its zone', async () => {
    await using server = await createTestApp()
    await server.seed({ stock: [{ zone: 'cn-hangzhou-h', type: 'ecs.g7.large', available: 0 }] })
    const shown = await zones(server, { DestinationResource: 'InstanceType', InstanceType: 'ecs.g7.large' })
    for (const zone of shown) {
      const sold = zone['ZoneId'] === 'cn-hangzhou-h'
      assert.deepEqual(
        [zone['Status'], zone['StatusCategory']],
        sold ? ['SoldOut', 'WithoutStock'] : ['Available', 'WithStock'],
      )
    }
  })
})

suite('reading one instance', () => {
  test('DescribeInstanceAttribute says what DescribeInstances says', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ locks: ['financial'], publicIp: true })
    const { RequestId: _, ...one } = await server.client.call('DescribeInstanceAttribute', { InstanceId: id })
    const shown = await server.describe(id)
    for (const name of ['InstanceId', 'Status', 'StoppedMode', 'VpcAttributes', 'PublicIpAddress', 'Memory'] as const) {
      assert.deepEqual(one[name], shown?.[name])
    }
    assert.deepEqual(one['OperationLocks'], { LockReason: [{ LockReason: 'financial' }] })
  })

  test('DescribeInstanceRamRole shows the role an instance was made with', async () => {
    await using server = await createTestApp()
    const { InstanceIdSets } = await call(server, 'RunInstances', {
      ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
      InstanceType: 'ecs.g7.large',
      RamRoleName: 'web',
    })
    const [id] = InstanceIdSets.InstanceIdSet
    const InstanceIds = JSON.stringify([id, await server.instance()])
    const answer = await call(server, 'DescribeInstanceRamRole', { InstanceIds })
    assert.equal(answer['TotalCount'], 2)
    const roles: Record<string, string>[] = answer['InstanceRamRoleSets'].InstanceRamRoleSet
    assert.equal(roles.find(one => one['InstanceId'] === id)?.['RamRoleName'], 'web')
    await expectError(
      call(server, 'DescribeInstanceRamRole', { InstanceIds: '["i-bp1unknown0000000001"]' }),
      'InvalidInstanceId.NotFound',
    )
    await expectError(call(server, 'DescribeInstanceRamRole', {}), 'MissingParameter')
  })

  test('DescribeInstanceAttachmentAttributes knows the instance, but no private pool', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const read = (ids: readonly string[]) =>
      call(server, 'DescribeInstanceAttachmentAttributes', { InstanceIds: JSON.stringify(ids) })
    const [one] = (await read([id]))['Instances'].Instance
    const none = { PrivatePoolOptionsId: '', PrivatePoolOptionsMatchCriteria: 'None' }
    assert.deepEqual(one, { InstanceId: id, ...none })
    await expectError(read([id, 'i-bp1unknown0000000001']), 'InvalidInstanceIds.NotFound', { status: 404 })
  })
})
