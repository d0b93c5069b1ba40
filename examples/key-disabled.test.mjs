// A key is disabled and the batch refuses: what a scheduler meets when somebody turns a key off. Run it with
// "node --test examples/key-disabled.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import kms from '@alicloud/kms20160120'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const imageId = 'aliyun_3_x64_20G_alibase_20240528.vhd'
const instanceType = 'ecs.g7.large'

test('a disabled key holds its instances, and enabling it lets them go', async () => {
  await using cloud = await createLocalyun()
  const config = { ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId }
  const [instances, keys] = [new ecs.default(config), new kms.default(config)]

  const made = await keys.createKey(new kms.CreateKeyRequest({ description: 'disks of payments' }))
  const { keyId } = made.keyMetadata
  const tags = JSON.stringify([{ TagKey: 'acs:ecs:disk-encryption', TagValue: 'true' }])
  await keys.tagResource(new kms.TagResourceRequest({ keyId, tags }))

  const run = async disk => {
    const systemDisk = new ecs.RunInstancesRequestSystemDisk(disk)
    const request = new ecs.RunInstancesRequest({ regionId, imageId, instanceType, systemDisk })
    const { body } = await instances.runInstances(request)
    return body.instanceIdSets.instanceIdSet[0]
  }
  const payments = await run({ encrypted: 'true', KMSKeyId: keyId })
  const web = await run({})
  await cloud.clock.untilIdle()

  await keys.disableKey(new kms.DisableKeyRequest({ keyId }))
  const stop = batchOptimization =>
    instances.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId: [payments, web], batchOptimization }))

  // All or nothing: nothing.
  await assert.rejects(stop('AllTogether'), { code: 'InvalidParameter.KMSKeyId.CMKNotEnabled', statusCode: 400 })

  // Each on its own: the others.
  const { body } = await stop('SuccessFirst')
  const codes = body.instanceResponses.instanceResponse.map(one => [one.instanceId, one.code, one.currentStatus])
  assert.deepEqual(codes, [
    [payments, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'Running'],
    [web, '200', 'Stopping'],
  ])

  await keys.enableKey(new kms.EnableKeyRequest({ keyId }))
  await instances.stopInstance(new ecs.StopInstanceRequest({ instanceId: payments }))
  await cloud.clock.untilIdle()
  const described = await instances.describeInstanceStatus(new ecs.DescribeInstanceStatusRequest({ regionId }))
  assert.deepEqual(
    described.body.instanceStatuses.instanceStatus.map(one => one.status),
    ['Stopped', 'Stopped'],
  )
})
