import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createQemuCloud, runningPids, skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'

/** What comes over a connection until it ends. */
async function readOnce(host: string, port: number): Promise<string> {
  let text = ''
  const socket = connect(port, host)
    .on('data', data => (text += String(data)))
    .on('error', () => undefined)
  socket.setTimeout(2_000, () => socket.destroy())
  await once(socket, 'close')
  return text
}

test('a guest gets its name, user data and address; its SSH port is reached from the host', { skip }, async () => {
  await using cloud = await createQemuCloud()
  const script = `
    udhcpc -q -s /etc/udhcpc -i eth0
    (while true; do echo hello | nc -l -p 22; done) &
    echo "user data ran on $(hostname)"`
  const [id = ''] = await cloud.run(script, { publicIp: true, more: { hostName: 'web-1' } })
  const text = await cloud.says(id, 'user data ran on web-1')
  const address = (await cloud.describe(id))?.vpcAttributes?.privateIpAddress?.ipAddress?.[0]
  assert.ok(text.includes(`guest: address ${address}`), text)

  const { host, port } = (await cloud.show(id)).instance.ssh
  // The guest may not listen yet.
  await until(async () => (await readOnce(host, port)) === 'hello\n')

  await cloud.remove(id)
  await until(() => !existsSync(join(cloud.folder, 'machines', id)))
  assert.deepEqual(runningPids(cloud.folder), [])
})

test('a normal stop presses the power button and ends when the guest is off', { skip }, async () => {
  await using cloud = await createQemuCloud()
  const [id = ''] = await cloud.run('echo ready')
  await cloud.says(id, 'ready')
  await cloud.stop(id)
  assert.equal(await cloud.status(id), 'Stopping')
  await cloud.becomes(id, 'Stopped')
  assert.deepEqual(runningPids(cloud.folder), [])
  await cloud.says(id, 'guest: the power button was pressed')
  assert.equal((await cloud.describe(id))?.stoppedMode, 'KeepCharging')
})

test('a stop that is ordered while the guest boots is heard once it has', { skip }, async () => {
  await using cloud = await createQemuCloud()
  const [id = ''] = await cloud.run()
  await cloud.stop(id)
  await cloud.becomes(id, 'Stopped')
  await cloud.says(id, 'guest: powering off')
})

test('a machine that stands still is let go before its power button is pressed', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true })
  const [id = ''] = await cloud.run()
  await cloud.stop(id)
  await cloud.becomes(id, 'Stopped')
  await cloud.says(id, 'guest: powering off')
})

for (const [grace, stopGraceMs] of [
  ['no grace time', 0],
  ['a short grace time', 1_500],
] as const) {
  test(`a guest that does not hear the power button is forced after ${grace}`, { skip }, async () => {
    await using cloud = await createQemuCloud({}, { stopGraceMs })
    const [id = ''] = await cloud.run('killall acpid; echo deaf')
    await cloud.says(id, 'deaf')
    const begin = Date.now()
    await cloud.stop(id)
    await cloud.becomes(id, 'Stopped')
    assert.ok(Date.now() - begin >= stopGraceMs)
    const { timeline } = await cloud.show(id)
    assert.match(timeline.at(-1).reason, /did not shut down in its grace time and was forced/)
  })
}

test('a forced stop loses what was not synced and keeps what was, a reboot loses nothing', { skip }, async () => {
  await using cloud = await createQemuCloud()
  const script = `
    mkdir /data
    if ! mount -t ext2 /dev/vda /data 2>/dev/null; then
      mke2fs /dev/vda 8192 >/dev/null
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
  let heard = 0
  /** What the console says of the next boot. */
  const nextBoot = async (count: number) => {
    const text = await cloud.says(id, new RegExp(`(written[^]*){${count}}\n`))
    const fresh = text.slice(heard)
    heard = text.length
    return fresh
  }
  assert.match(await nextBoot(1), /^synced: none\./m)

  await cloud.stop(id, { forceStop: true })
  await cloud.becomes(id, 'Stopped')
  await cloud.start(id)
  const second = await nextBoot(2)
  assert.match(second, /^synced: kept\./m)
  assert.match(second, /^unsynced: none\./m)

  await cloud.reboot(id)
  const third = await nextBoot(3)
  // This time the guest was asked, and synced everything before it went.
  assert.match(third, /guest: powering off/)
  assert.match(third, /^unsynced: lost\./m)

  await cloud.becomes(id, 'Running')
  await cloud.reboot(id, { forceStop: true })
  assert.doesNotMatch(await nextBoot(4), /powering off/)
  await cloud.becomes(id, 'Running')
})

for (const [end, script] of [
  ['shuts down', 'echo bye; poweroff -f'],
  ['panics', 'echo bye; echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger'],
] as const) {
  test(`a guest that ${end} by itself becomes Stopped in standard mode`, { skip }, async () => {
    await using cloud = await createQemuCloud()
    await cloud.control('PUT', '/accounts/1000000000000001', { balance: 100, defaultEconomicalMode: true })
    const [id = ''] = await cloud.run(script)
    await cloud.becomes(id, 'Stopped')
    assert.equal((await cloud.describe(id))?.stoppedMode, 'KeepCharging')
    assert.equal((await cloud.show(id)).timeline.at(-1).actor, 'guest')
    assert.deepEqual(runningPids(cloud.folder), [])
  })
}
