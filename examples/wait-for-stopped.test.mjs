// A test of your own stop automation, with node:test: run it with "node --test examples/wait-for-stopped.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

/** The code under test: stops what is tagged env=dev and waits until it is off. */
async function stopDev(client, regionId, { giveUpAfterTries = 10_000 } = {}) {
  const tag = [new ecs.DescribeInstancesRequestTag({ key: 'env', value: 'dev' })]
  const describe = async () => {
    const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId, tag, pageSize: 100 }))
    return body.instances.instance
  }
  const running = (await describe()).filter(one => one.status === 'Running').map(one => one.instanceId)
  const request = new ecs.StopInstancesRequest({ regionId, instanceId: running, stoppedMode: 'StopCharging' })
  for (let tries = 1; ; tries++) {
    try {
      await client.stopInstances(request)
      break
    } catch (reason) {
      // Nobody knows whether it was done: a repeat is told "IncorrectInstanceStatus" if it was.
      if (reason.code === 'IncorrectInstanceStatus') break
      if (tries === 5) throw reason
    }
  }
  for (let tries = 0; tries < giveUpAfterTries; tries++) {
    if ((await describe()).every(one => one.status === 'Stopped')) return running
  }
  throw new Error('not Stopped in time')
}

const connect = cloud =>
  new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId: 'cn-hangzhou' })

const fleet = {
  instances: [
    { count: 3, name: 'dev', region: 'cn-hangzhou', tags: { env: 'dev' }, guest: { shutdown: 'slow', seconds: 900 } },
    { name: 'prod', region: 'cn-hangzhou', tags: { env: 'prod' } },
  ],
}

test('the dev machines are stopped in economical mode, the others run on', async () => {
  await using cloud = await createLocalyun({ seed: fleet })
  const stopped = await stopDev(connect(cloud), 'cn-hangzhou')
  assert.equal(stopped.length, 3)
  const changes = await cloud.events.list()
  assert.equal(changes.filter(change => change.state === 'Stopped').length, 3)
})

test('it survives an answer that is lost after the work was done', async () => {
  await using cloud = await createLocalyun({ seed: fleet })
  await cloud.faults.add({ action: 'StopInstances', times: 1, drop: 'after' })
  assert.equal((await stopDev(connect(cloud), 'cn-hangzhou')).length, 3)
})

test('the same night twice: once with a guest that ignores the shutdown', async () => {
  await using cloud = await createLocalyun({ seed: fleet, clock: 'virtual', startAt: new Date('2026-03-01T20:00:00Z') })
  await using again = await cloud.fork()
  const [first] = (await cloud.events.list()).map(change => change.instanceId)
  const stop = world => connect(world).stopInstance(new ecs.StopInstanceRequest({ instanceId: first }))
  await stop(cloud)
  await cloud.clock.untilStopped(first)
  assert.ok(cloud.clock.now() > new Date('2026-03-01T20:09:00Z'))
  assert.equal(again.clock.now().toISOString(), '2026-03-01T20:00:00.000Z')
  assert.equal((await again.events.list({ instanceId: first })).length, 1)
})
