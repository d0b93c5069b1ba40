// What automation does with instances besides stopping them: it creates, tags, protects, resizes, looks at disks and at
// planned maintenance, and lets them go by themselves. Run it with "node --test examples/fleet-upkeep.test.mjs".
import assert from 'node:assert/strict'
import { test } from 'node:test'
import ecs from '@alicloud/ecs20140526'
import { createLocalyun } from 'localyun'

const regionId = 'cn-hangzhou'
const imageId = 'aliyun_3_x64_20G_alibase_20240528.vhd'
const minute = 60_000

test('the life of a build machine', async () => {
  await using cloud = await createLocalyun({ clock: 'virtual', startAt: new Date('2026-03-02T08:00:00Z') })
  const client = new ecs.default({ ...cloud.credentials, endpoint: cloud.endpoint, protocol: 'http', regionId })
  const rejects = (call, code) => assert.rejects(call, reason => reason.code === code)

  // Made without being started.
  const userData = Buffer.from('#!/bin/sh\necho hello').toString('base64')
  const create = { regionId, imageId, instanceType: 'ecs.g7.large', instanceName: 'build', userData }
  const { body: made } = await client.createInstance(new ecs.CreateInstanceRequest(create))
  const { instanceId } = made
  await cloud.clock.untilIdle()
  const shown = async () => {
    const ids = new ecs.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify([instanceId]) })
    return (await client.describeInstances(ids)).body.instances.instance[0]
  }
  assert.equal((await shown()).status, 'Stopped')

  // Tagged and found by its tag.
  const tag = [{ key: 'team', value: 'compilers' }]
  await client.tagResources(
    new ecs.TagResourcesRequest({ regionId, resourceType: 'instance', resourceId: [instanceId], tag }),
  )
  const byTag = new ecs.DescribeInstancesRequest({ regionId, tag })
  assert.equal((await client.describeInstances(byTag)).body.instances.instance.length, 1)

  // Resized while it is off; a running one is refused.
  const resize = new ecs.ModifyInstanceSpecRequest({ instanceId, instanceType: 'ecs.g7.2xlarge' })
  await client.modifyInstanceSpec(resize)
  await client.startInstance(new ecs.StartInstanceRequest({ instanceId }))
  await cloud.clock.untilIdle()
  assert.deepEqual([(await shown()).status, (await shown()).cpu], ['Running', 8])
  await rejects(client.modifyInstanceSpec(resize), 'InvalidInstanceStatus.NotStopped')

  // Protected from deletion by hand.
  const attribute = fields => new ecs.ModifyInstanceAttributeRequest({ instanceId, ...fields })
  await client.modifyInstanceAttribute(attribute({ deletionProtection: true }))
  const remove = new ecs.DeleteInstanceRequest({ instanceId, force: true })
  await rejects(client.deleteInstance(remove), 'InvalidOperation.DeletionProtection')

  // Its disk and its user data.
  const { body: disks } = await client.describeDisks(new ecs.DescribeDisksRequest({ regionId, instanceId }))
  assert.deepEqual(
    disks.disks.disk.map(disk => disk.type),
    ['system'],
  )
  const { body: data } = await client.describeUserData(new ecs.DescribeUserDataRequest({ regionId, instanceId }))
  assert.equal(data.userData, userData)

  // The platform announces a reboot; whoever reboots before avoids it.
  const plan = { type: 'SystemMaintenance.Reboot', notBefore: { in: 'PT2H' } }
  const url = `${cloud.url}/_localyun/instances/${instanceId}/system-events`
  await fetch(url, { method: 'POST', body: JSON.stringify(plan) })
  const full = new ecs.DescribeInstancesFullStatusRequest({ regionId, instanceId: [instanceId] })
  const [status] = (await client.describeInstancesFullStatus(full)).body.instanceFullStatusSet.instanceFullStatusType
  assert.equal(status.scheduledSystemEventSet.scheduledSystemEventType[0].eventType.name, 'SystemMaintenance.Reboot')
  await client.rebootInstance(new ecs.RebootInstanceRequest({ instanceId }))
  await cloud.clock.advance(180 * minute)
  const history = new ecs.DescribeInstanceHistoryEventsRequest({ regionId, instanceId })
  const [event] = (await client.describeInstanceHistoryEvents(history)).body.instanceSystemEventSet
    .instanceSystemEventType
  assert.equal(event.eventCycleStatus.name, 'Avoided')

  // It goes by itself when its time has come, protected or not.
  const autoReleaseTime = new Date(cloud.clock.now().getTime() + 60 * minute)
    .toISOString()
    .replace(/:\d\d\.\d+Z/, ':00Z')
  await client.modifyInstanceAutoReleaseTime(
    new ecs.ModifyInstanceAutoReleaseTimeRequest({ regionId, instanceId, autoReleaseTime }),
  )
  await cloud.clock.advance(61 * minute)
  assert.equal(await shown(), undefined)
  const timeline = await cloud.events.list({ instanceId })
  assert.deepEqual([timeline.at(-1).state, timeline.at(-1).actor], ['Deleted', 'auto-release'])
})
