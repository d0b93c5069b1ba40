import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError, type Params } from '../../../../test/support/client.ts'
import { type DiskDetails } from '../../../store/tables/instances/instances.ts'
import { listInstances } from '../../../store/tables/instances/queries.ts'

const linux = 'aliyun_3_x64_20G_alibase_20240528.vhd'
const windows = 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'
const order = { RegionId: 'cn-hangzhou', ImageId: linux, InstanceType: 'ecs.g7.large' }
const kmsKeys = [{ id: 'key-good', region: 'cn-hangzhou' }]

function run({ client }: TestApp, params: Params) {
  return client.call('RunInstances', { ...order, ...params })
}

/** Disks don't show yet: as they are kept. */
async function disks(server: TestApp, params: Params): Promise<readonly DiskDetails[]> {
  const ids = (await run(server, params))['InstanceIdSets'].InstanceIdSet
  const filter = { accountId: '1000000000000001', regionId: order.RegionId, ids }
  const [instance] = await server.app.store.transaction('read', tx => listInstances(tx, filter, { limit: 1 }))
  return instance?.details.disks ?? []
}

test('an account that has not activated KMS encrypts with no key of its own', async () => {
  await using server = await createTestApp()
  await server.seed({ kmsKeys })
  for (const kms of ['not-activated', 'closed'] as const) {
    await server.seed({ accounts: [{ id: '1000000000000001', kms }] })
    await expectError(
      run(server, { 'SystemDisk.Encrypted': true, 'SystemDisk.KMSKeyId': 'key-good' }),
      'InvalidParameter.Encrypted.KmsNotEnable',
      { status: 400 },
    )
  }
})

test('disks are made as ordered, with the defaults of the real service', async () => {
  await using server = await createTestApp()
  await server.seed({ kmsKeys })
  const common = {
    id: '',
    name: '',
    description: '',
    encrypted: false,
    kmsKeyId: '',
    snapshotId: '',
    deleteWithInstance: true,
  }
  const withoutIds = (made: readonly DiskDetails[]) => made.map(disk => ({ ...disk, id: '' }))
  const plain = { kind: 'system', category: 'cloud_efficiency', sizeGiB: 40, performanceLevel: '', ...common }
  assert.deepEqual(withoutIds(await disks(server, {})), [plain])
  const large = { ImageId: 'ubuntu_22_04_x64_100G_alibase_20240530.vhd' }
  assert.deepEqual(withoutIds(await disks(server, large)), [{ ...plain, sizeGiB: 100 }])
  const made = await disks(server, {
    'SystemDisk.Category': 'cloud_essd',
    'SystemDisk.Size': 60,
    'SystemDisk.PerformanceLevel': 'PL2',
    'DataDisk.1.Category': 'cloud_essd',
    'DataDisk.1.Size': 100,
    'DataDisk.1.DiskName': 'data',
    'DataDisk.1.DeleteWithInstance': false,
    'DataDisk.2.Size': 20,
    'DataDisk.2.Encrypted': true,
    'DataDisk.2.KMSKeyId': 'key-good',
  })
  assert.deepEqual(withoutIds(made), [
    { ...plain, category: 'cloud_essd', sizeGiB: 60, performanceLevel: 'PL2' },
    {
      ...plain,
      kind: 'data',
      category: 'cloud_essd',
      sizeGiB: 100,
      performanceLevel: 'PL1',
      name: 'data',
      deleteWithInstance: false,
    },
    { ...plain, kind: 'data', sizeGiB: 20, encrypted: true, kmsKeyId: 'key-good' },
  ])
  assert.equal(new Set(made.map(disk => disk.id)).size, 3)
  for (const { id } of made) assert.match(id, /^d-bp1[a-z0-9]{17}$/)
})

test('an image says its system; a key pair is for Linux only', async () => {
  await using server = await createTestApp()
  const shown = async (params: Params) => {
    const { InstanceIdSets } = await run(server, { KeyPairName: 'keys', ...params })
    const instance = await server.get(InstanceIdSets.InstanceIdSet[0])
    return [instance['ImageId'], instance['OSType'], instance['OSNameEn'], instance['KeyPairName']] as const
  }
  assert.deepEqual(await shown({}), [linux, 'linux', 'Alibaba Cloud Linux 3 64 bit', 'keys'])
  assert.deepEqual(await shown({ ImageId: windows }), [windows, 'windows', 'Windows Server 2019 64 bit', ''])
  const [id, ...system] = await shown({ ImageFamily: 'acs:ubuntu_22_04_x64', ImageId: '' })
  assert.match(id, /^ubuntu_22_04_x64_/)
  assert.deepEqual(system, ['linux', 'Ubuntu 22.04 64 bit', 'keys'])
  // Both given: the id counts.
  assert.equal((await shown({ ImageFamily: 'acs:ubuntu_22_04_x64' }))[0], linux)
})
