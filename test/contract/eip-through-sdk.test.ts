import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../support/app.ts'
import { createSdk, createVpcSdk, ecs, vpc } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'

test('with the official SDKs an EIP outlives an economical stop and its instance', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const [machines, addresses] = [createSdk({ port }), createVpcSdk({ port })]
  const instanceId = await server.instance()
  const order = new vpc.AllocateEipAddressRequest({ regionId, bandwidth: '10', internetChargeType: 'PayByTraffic' })
  const { allocationId = '', eipAddress } = (await addresses.allocateEipAddress(order)).body ?? {}
  const pair = { regionId, allocationId, instanceId }
  await addresses.associateEipAddress(new vpc.AssociateEipAddressRequest(pair))

  const read = async () => {
    const query = new vpc.DescribeEipAddressesRequest({ regionId, allocationId })
    return (await addresses.describeEipAddresses(query)).body?.eipAddresses?.eipAddress?.[0]
  }
  const describe = new ecs.DescribeInstancesRequest({ regionId, eipAddresses: JSON.stringify([eipAddress]) })
  const [instance] = (await machines.describeInstances(describe)).body?.instances?.instance ?? []
  assert.deepEqual([instance?.instanceId, instance?.eipAddress?.allocationId], [instanceId, allocationId])

  await machines.stopInstance(new ecs.StopInstanceRequest({ instanceId, stoppedMode: 'StopCharging' }))
  await server.advance(60)
  assert.deepEqual([(await read())?.status, (await read())?.bandwidth], ['InUse', '10'])
  await machines.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId }))
  assert.deepEqual([(await read())?.status, (await read())?.ipAddress], ['Available', eipAddress])
  await addresses.releaseEipAddress(new vpc.ReleaseEipAddressRequest({ regionId, allocationId }))
  assert.equal(await read(), undefined)
})
