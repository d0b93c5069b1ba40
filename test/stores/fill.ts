import type { TestApp } from '../support/app.ts'
import { instanceIds, type Params } from '../support/client.ts'
import { control } from '../support/control.ts'
import { accounts, richWorld, seededKeys, startAt } from '../golden/world.ts'

export { startAt }

const hangzhou = { RegionId: 'cn-hangzhou' }
const image = 'aliyun_3_x64_20G_alibase_20240528.vhd'
const hour = 3_600
const day = 24 * hour

/**
 * Brings about whatever a store can hold: instances in every state, released ones, EIPs, keys, tokens, faults, webhooks,
 * system events, a bill, arrears, and, in the end, jobs of every kind that are not finished.
 */
export async function fill(server: TestApp): Promise<void> {
  await expectDone(control(server, 'POST', '/seed', richWorld()))
  const ids = await idsByName(server)
  const id = (name: string) => ids.get(name) ?? missing(name)
  const call = (action: string, params: Params = {}) => server.client.call(action, { ...hangzhou, ...params })
  const second = server.clientFor('second', 'second-secret')

  // Nobody listens there: what is to be sent stays to be sent.
  await expectDone(control(server, 'POST', '/webhooks', { url: 'http://127.0.0.1:9/', account: accounts.localyun }))
  await expectDone(
    control(server, 'POST', '/webhooks', { url: 'http://127.0.0.1:9/one', instanceId: id('main-stubborn') }),
  )

  await server.advance(10)
  await call('StopInstances', { ...instanceIds([id('main-web-1'), id('main-public-1')]), StoppedMode: 'StopCharging' })
  await call('StopInstances', { ...instanceIds([id('main-prepaid-1'), id('main-eip')]) })
  await call('RebootInstances', { ...instanceIds([id('main-classic')]), ForceReboot: true })
  await call('DeleteInstances', { ...instanceIds([id('main-off-1')]) })
  await call('DeleteInstance', { InstanceId: id('main-off-2') })
  await second.call('StopInstances', { ...hangzhou, ...instanceIds([id('second-web-1')]) })
  await server.advance(2 * hour)
  await call('StartInstances', { ...instanceIds([id('main-web-1'), id('main-prepaid-1')]) })
  await call('RunInstances', {
    ImageId: image,
    InstanceType: 'ecs.g7.large',
    Amount: 2,
    ClientToken: 'made-once',
    InternetMaxBandwidthOut: 5,
    'DataDisk.1.Category': 'cloud_essd',
    'DataDisk.1.Size': 40,
    'SystemDisk.Encrypted': true,
    'SystemDisk.KMSKeyId': seededKeys[0] ?? '',
    'Tag.1.Key': 'made',
    'Tag.1.Value': 'by a call',
    InstanceName: 'made',
  })
  await call('CreateInstance', { ImageId: image, InstanceType: 'ecs.c7.large', InstanceName: 'created' })
  await call('RunInstances', {
    ImageId: image,
    InstanceType: 'ecs.c7.large',
    SpotStrategy: 'SpotAsPriceGo',
    InstanceName: 'spot-made',
    AutoReleaseTime: new Date(startAt + 9 * day * 1000).toISOString().replace(/\.\d+/, ''),
  })
  await call('RunInstances', {
    ImageId: image,
    InstanceType: 'ecs.c7.large',
    InstanceChargeType: 'PrePaid',
    Period: 1,
    AutoRenew: true,
    AutoRenewPeriod: 1,
    InstanceName: 'renews',
  })
  const eip = await call('AllocateEipAddress', {
    Bandwidth: 5,
    InternetChargeType: 'PayByTraffic',
    ClientToken: 'eip-once',
  })
  await server.advance(hour)
  await call('AssociateEipAddress', { AllocationId: eip['AllocationId'], InstanceId: id('main-web-2') })
  await call('ModifyInstanceAttribute', {
    InstanceId: id('main-web-2'),
    Description: 'Keeps its disks.',
    DeletionProtection: true,
    HostName: 'web-2',
  })
  await call('ModifyInstanceAttribute', {
    InstanceId: id('main-public-1'),
    UserData: Buffer.from('#!/bin/sh\ntrue\n').toString('base64'),
  })
  await call('ModifyInstanceSpec', { InstanceId: id('main-public-1'), InstanceType: 'ecs.g7.xlarge' })
  await call('ModifyInstanceNetworkSpec', { InstanceId: id('main-web-3'), InternetMaxBandwidthOut: 10 })
  await call('AllocatePublicIpAddress', { InstanceId: id('main-web-3') })
  await call('RenewInstance', { InstanceId: id('main-prepaid-2'), Period: 2 })
  await call('ModifyInstanceAutoReleaseTime', {
    InstanceId: id('north-web-1'),
    AutoReleaseTime: new Date(startAt + 20 * day * 1000).toISOString().replace(/\.\d+/, ''),
    RegionId: 'cn-beijing',
  })
  await call('TagResources', {
    ResourceType: 'instance',
    'ResourceId.1': id('main-web-3'),
    'Tag.1.Key': 'quote',
    'Tag.1.Value': `<"&'>`,
  })
  const kms = { Version: '2016-01-20' }
  const made = await call('CreateKey', {
    ...kms,
    Description: 'Made by a call.',
    EnableAutomaticRotation: true,
    RotationInterval: '30d',
  })
  await call('ScheduleKeyDeletion', { ...kms, KeyId: made['KeyMetadata'].KeyId, PendingWindowInDays: 30 })
  await call('CreateKey', { ...kms, Description: 'Another.' })
  // A month that is over and one that is not, an account that ran dry meanwhile, and subscriptions that ended.
  await server.advance(8 * day)
  await expectDone(control(server, 'PUT', `/accounts/${accounts.second}`, { balance: -3 }))
  await server.advance(20 * day)
  await expectDone(control(server, 'PUT', `/accounts/${accounts.localyun}/traffic/cn-hangzhou`, { add: 123_456_789 }))

  await expectDone(control(server, 'PUT', '/zones/cn-hangzhou-h/spot-price/ecs.g7.large', { price: 0.3 }))
  const planned = { type: 'SystemMaintenance.Reboot', notBefore: { in: 'PT1H' }, reason: 'The host is replaced.' }
  await expectDone(control(server, 'POST', `/instances/${id('main-web-2')}/system-events`, planned))
  const later = { type: 'SystemMaintenance.Stop', notBefore: { in: '30d' }, reason: 'Much later.' }
  await expectDone(control(server, 'POST', `/instances/${id('main-web-3')}/system-events`, later))
  await expectDone(
    control(server, 'POST', '/faults', { action: 'DescribeZones', nth: 1000, error: { code: 'ServiceUnavailable' } }),
  )
  await expectDone(
    control(server, 'POST', '/faults', { instanceId: id('main-local-disks'), staleSeconds: 1800, times: 1 }),
  )
  await call('DescribeZones')
  await leaveJobs(server, call, id)
}

/** Jobs of every kind, none of which is finished. */
async function leaveJobs(
  server: TestApp,
  call: (action: string, params?: Params) => Promise<unknown>,
  id: (name: string) => string,
): Promise<void> {
  await expectDone(
    control(server, 'PUT', `/instances/${id('main-burstable')}/guest`, { shutdown: 'slow', seconds: 300 }),
  )
  await call('StopInstances', { ...instanceIds([id('main-local-disks')]) })
  await call('StopInstances', { ...instanceIds([id('main-public-2')]), StoppedMode: 'StopCharging' })
  await server.advance(3.45)
  // The economical stop has shown Stopped by now, and the capacity is being given back.
  await call('StopInstances', { ...instanceIds([id('main-burstable'), id('main-stubborn')]) })
  await call('StartInstances', { ...instanceIds([id('main-public-1')]) })
  await call('RebootInstances', { ...instanceIds([id('main-web-1')]) })
  await call('DeleteInstance', { InstanceId: id('main-eip') })
  await call('DeleteInstances', { ...instanceIds([id('north-web-2')]), Force: true, RegionId: 'cn-beijing' })
  await call('StopInstances', { ...instanceIds([id('north-web-3')]), ForceStop: true, RegionId: 'cn-beijing' })
  await call('RunInstances', { ImageId: image, InstanceType: 'ecs.c7.large', InstanceName: 'being-made' })
  // What was stopped for arrears is to come back.
  await expectDone(control(server, 'PUT', `/accounts/${accounts.second}`, { balance: 100_000 }))
  const path = `/instances/${id('main-spot')}/spot-interruption`
  await expectDone(control(server, 'POST', path, {}))
}

export async function idsByName(server: TestApp): Promise<Map<string, string>> {
  const { instances } = (await control(server, 'GET', '/instances?limit=1000')).body
  return new Map(instances.map(({ name, id }: { name: string; id: string }) => [name, id]))
}

async function expectDone(request: Promise<{ status: number; body: any }>): Promise<void> {
  const { status, body } = await request
  if (status !== 200) throw new Error(`The control API answered ${status}: ${JSON.stringify(body)}`)
}

function missing(name: string): never {
  throw new Error(`There is no instance ${name}.`)
}
