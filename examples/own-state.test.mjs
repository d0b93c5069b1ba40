// The whole state is yours, over HTTP: take it out, put it back, copy the world to try something twice, and see why a
// call was refused. Run it with "node --test examples/own-state.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const seed = { instances: [{ count: 3, region: regionId }] }
const connect = (url, credentials) =>
  new ecs.default({ ...credentials, endpoint: new URL(url).host, protocol: 'http', regionId })

/** Calls the control API; curl does as well. */
async function control(url, method, path, body) {
  const response = await fetch(`${url}/_localyun${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
  assert.equal(response.status, 200)
  return response.json()
}

async function describe(client) {
  const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
  return body.instances.instance.map(one => ({ id: one.instanceId, status: one.status }))
}

test('a world that is exported, lost and imported is the same world, work in flight included', async () => {
  await using cloud = await createLocalyun({ seed, clock: 'virtual' })
  const client = connect(cloud.url, cloud.credentials)
  const [{ id }] = await describe(client)
  await client.stopInstance(new ecs.StopInstanceRequest({ instanceId: id }))
  const before = await describe(client)
  const state = await control(cloud.url, 'GET', '/state')

  await control(cloud.url, 'POST', '/reset')
  assert.deepEqual(await describe(client), [])

  await control(cloud.url, 'PUT', '/state', state)
  assert.deepEqual(await describe(client), before)
  await control(cloud.url, 'POST', '/clock', { untilStopped: id })
  assert.equal((await describe(client))[0].status, 'Stopped')
})

test('a fork is a world to try the other way in', async () => {
  await using cloud = await createLocalyun({ seed, clock: 'virtual' })
  const client = connect(cloud.url, cloud.credentials)
  const { endpoint } = await control(cloud.url, 'POST', '/fork')
  const other = connect(endpoint, cloud.credentials)
  const instanceId = (await describe(other)).map(one => one.id)
  await other.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId }))
  await control(endpoint, 'POST', '/clock', { until: 'idle' })
  const statuses = async one => new Set((await describe(one)).map(({ status }) => status))
  assert.deepEqual(await statuses(other), new Set(['Stopped']))
  assert.deepEqual(await statuses(client), new Set(['Running']))
})

test('the journal of requests names the check that refused a call', async () => {
  await using cloud = await createLocalyun({ seed, clock: 'virtual' })
  const client = connect(cloud.url, cloud.credentials)
  const thief = connect(cloud.url, { ...cloud.credentials, accessKeySecret: 'guessed' })
  const [{ id: instanceId }] = await describe(client)
  await assert.rejects(thief.stopInstance(new ecs.StopInstanceRequest({ instanceId })))
  await assert.rejects(client.stopInstance(new ecs.StopInstanceRequest({ instanceId, stoppedMode: 'Nap' })))
  await assert.rejects(client.startInstance(new ecs.StartInstanceRequest({ instanceId })))

  const { requests } = await control(cloud.url, 'GET', '/requests')
  assert.deepEqual(
    requests.slice(0, 3).map(one => [one.action, one.code, one.refusedBy]),
    [
      ['StartInstance', 'IncorrectInstanceStatus', 'handler'],
      ['StopInstance', 'InvalidParameter', 'input'],
      ['StopInstance', 'SignatureDoesNotMatch', 'signature'],
    ],
  )
})
