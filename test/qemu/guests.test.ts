import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { control } from '../support/control.ts'
import { createQemuApp, runningPids, skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'
import { ecs } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'

/** What comes over a connection until it ends. */
async function readOnce(host: string, port: number): Promise<string> {
  let text = ''
  const socket = connect(port, host).on('data', data => (text += String(data)))
  socket.setTimeout(2_000, () => socket.destroy())
  await once(
    socket.on('error', () => undefined),
    'close',
  )
  return text
}

test('a guest gets its name, user data and address; its SSH port is reached from the host', { skip }, async () => {
  await using cloud = await createQemuApp()
  const script = `
    udhcpc -q -s /etc/udhcpc -i eth0
    (while true; do echo hello | nc -l -p 22; done) &
    echo "user data ran on $(hostname)"`
  const [id = ''] = await cloud.run(script, { publicIp: true, more: { hostName: 'web-1' } })
  const text = await cloud.says(id, 'user data ran on web-1')
  const shown = await cloud.test.describe(id)
  assert.ok(text.includes(`guest: address ${shown?.['VpcAttributes'].PrivateIpAddress.IpAddress[0]}`), text)

  const { body } = await control(cloud.test, 'GET', `/instances/${id}`)
  const { host, port } = body.instance.ssh
  // The guest may not listen yet.
  await until(async () => (await readOnce(host, port)) === 'hello\n')

  await cloud.sdk.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId: id, force: true }))
  await until(() => !existsSync(join(cloud.folder, 'machines', id)))
  assert.deepEqual(runningPids(cloud.folder), [])
})

test('a normal stop presses the power button and ends when the guest is off', { skip }, async () => {
  await using cloud = await createQemuApp()
  const [id = ''] = await cloud.run('echo ready')
  await cloud.says(id, 'ready')
  await cloud.sdk.stopInstance(new ecs.StopInstanceRequest({ instanceId: id }))
  assert.equal(await cloud.test.status(id), 'Stopping')
  await cloud.becomes(id, 'Stopped')
  assert.deepEqual(runningPids(cloud.folder), [])
  await cloud.says(id, 'guest: the power button was pressed')
  assert.equal((await cloud.test.describe(id))?.['StoppedMode'], 'KeepCharging')
})

test('a stop that is ordered while the guest boots is heard once it has', { skip }, async () => {
  await using cloud = await createQemuApp()
  const [id = ''] = await cloud.run('')
  await cloud.sdk.stopInstance(new ecs.StopInstanceRequest({ instanceId: id }))
  await cloud.becomes(id, 'Stopped')
  await cloud.says(id, 'guest: powering off')
})

test('a guest that does not hear the power button is forced when its grace time is over', { skip }, async () => {
  await using cloud = await createQemuApp({}, { stopGraceMs: 1_500 })
  const [id = ''] = await cloud.run('killall acpid; echo deaf')
  await cloud.says(id, 'deaf')
  await cloud.sdk.stopInstance(new ecs.StopInstanceRequest({ instanceId: id }))
  await cloud.becomes(id, 'Stopped')
  const { body } = await control(cloud.test, 'GET', `/instances/${id}`)
  assert.match(body.timeline.at(-1).reason, /did not shut down in its grace time and was forced/)
})

test('a forced stop loses what was not synced and keeps what was, a reboot loses nothing', { skip }, async () => {
  await using cloud = await createQemuApp()
  const script = `
    mkdir /data
    if ! mount -t ext2 /dev/vda /data 2>/dev/null; then
      mke2fs /dev/vda >/dev/null
      mount -t ext2 /dev/vda /data
      printf none | tee /data/synced >/data/unsynced
      sync
    fi
    echo "synced: $(cat /data/synced)."
    echo "unsynced: $(cat /data/unsynced)."
    printf kept | dd of=/data/synced conv=notrunc,fsync 2>/dev/null
    printf lost | dd of=/data/unsynced conv=notrunc 2>/dev/null
    echo "written $(cat /proc/sys/kernel/random/boot_id)"`
  const [id = ''] = await cloud.run(script)
  const first = await cloud.says(id, /written \S+\r?\n/)
  assert.match(first, /^synced: none\./m)
  await cloud.sdk.stopInstance(new ecs.StopInstanceRequest({ instanceId: id, forceStop: true }))
  await cloud.becomes(id, 'Stopped')
  await cloud.sdk.startInstance(new ecs.StartInstanceRequest({ instanceId: id }))
  const second = (await cloud.says(id, /(written[^]*){2}\n/)).slice(first.length)
  assert.match(second, /^synced: kept\./m)
  assert.match(second, /^unsynced: none\./m)

  await cloud.sdk.rebootInstance(new ecs.RebootInstanceRequest({ instanceId: id }))
  const third = (await cloud.says(id, /(written[^]*){3}\n/)).slice(first.length + second.length)
  // This time the guest was asked, and synced everything before it went.
  assert.match(third, /guest: powering off/)
  assert.match(third, /^unsynced: lost\./m)

  await cloud.sdk.rebootInstance(new ecs.RebootInstanceRequest({ instanceId: id, forceStop: true }))
  const before = first.length + second.length + third.length
  const fourth = (await cloud.says(id, /(written[^]*){4}\n/)).slice(before)
  assert.doesNotMatch(fourth, /powering off/)
  await cloud.becomes(id, 'Running')
})

for (const [end, script] of [
  ['shuts down', 'echo bye; poweroff -f'],
  ['panics', 'echo bye; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger'],
] as const) {
  test(`a guest that ${end} by itself becomes Stopped in standard mode`, { skip }, async () => {
    await using cloud = await createQemuApp()
    const account = { balance: 100, defaultEconomicalMode: true }
    await control(cloud.test, 'PUT', '/accounts/1000000000000001', account)
    const [id = ''] = await cloud.run(script)
    await cloud.becomes(id, 'Stopped')
    assert.equal((await cloud.test.describe(id))?.['StoppedMode'], 'KeepCharging')
    const { body } = await control(cloud.test, 'GET', `/instances/${id}`)
    assert.equal(body.timeline.at(-1).actor, 'guest')
    assert.deepEqual(runningPids(cloud.folder), [])
  })
}

test('a batch of two, one of them deaf: both are off in the end', { skip }, async () => {
  await using cloud = await createQemuApp({}, { stopGraceMs: 4_000 })
  const script = '[ "$(hostname)" = deaf-1 ] && killall acpid; echo ready'
  const [deaf = ''] = await cloud.run(script, { more: { hostName: 'deaf-1' } })
  const [hears = ''] = await cloud.run(script, { more: { hostName: 'hears-1' } })
  for (const id of [deaf, hears]) await cloud.says(id, 'ready')
  const instanceId = [deaf, hears]
  await cloud.sdk.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId }))
  for (const id of instanceId) await cloud.becomes(id, 'Stopped')
  await cloud.says(hears, 'guest: powering off')
  assert.deepEqual(runningPids(cloud.folder), [])
  assert.deepEqual(readdirSync(join(cloud.folder, 'machines')).toSorted(), instanceId.toSorted())
})
