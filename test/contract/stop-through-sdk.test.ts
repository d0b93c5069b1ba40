import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../support/app.ts'
import { createSdk, ecs } from '../support/sdk.ts'

for (const signatureAlgorithm of [undefined, 'v2'] as const) {
  const generation = signatureAlgorithm === undefined ? 'V3' : 'V1'

  test(`the official SDK (${generation}) stops a batch: Running, Stopping, Stopped`, async () => {
    await using server = await createTestApp()
    const ids = await server.seed({ instances: [{ count: 3, region: 'cn-hangzhou' }] })
    const sdk = createSdk({
      port: server.app.port,
      ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    })
    const statuses = async () => {
      const request = new ecs.DescribeInstanceStatusRequest({ regionId: 'cn-hangzhou', instanceId: ids })
      const { body } = await sdk.describeInstanceStatus(request)
      return body?.instanceStatuses?.instanceStatus?.map(one => one.status)
    }

    assert.deepEqual(await statuses(), ['Running', 'Running', 'Running'])
    const { body } = await sdk.stopInstances(new ecs.StopInstancesRequest({ regionId: 'cn-hangzhou', instanceId: ids }))
    assert.deepEqual(
      body?.instanceResponses?.instanceResponse?.map(one => ({ ...one })),
      ids.map(instanceId => ({
        code: '200',
        message: 'success',
        instanceId,
        previousStatus: 'Running',
        currentStatus: 'Stopping',
      })),
    )
    assert.match(body?.requestId ?? '', /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
    assert.deepEqual(await statuses(), ['Stopping', 'Stopping', 'Stopping'])
    await server.advance(5)
    assert.deepEqual(await statuses(), ['Stopped', 'Stopped', 'Stopped'])
  })
}
