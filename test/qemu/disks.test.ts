import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createQemuCloud, runningPids, skip } from '../support/qemu.ts'
import { runLocalyun } from '../support/process.ts'
import { until } from '../support/raw.ts'
import { ecs } from '../support/sdk.ts'
import { tempFolder } from '../support/temp.ts'

const regionId = 'cn-hangzhou'

interface DiskInfo {
  readonly 'virtual-size': number
  readonly format: string
  readonly 'backing-filename'?: string
}

function inspect(file: string): DiskInfo {
  return JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', file], { encoding: 'utf8' })) as DiskInfo
}

test('an image is imported with its progress, listed, used and removed', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true })
  using files = tempFolder()
  const localyun = async (...args: string[]) => {
    const { code, stdout, stderr } = await runLocalyun(args, { env: { LOCALYUN_ENDPOINT: cloud.endpoint } }).finished
    return { code, text: stdout + stderr }
  }
  const disk = join(files.path, 'disk.qcow2')
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '3G'])
  const imported = await localyun('image', 'import', disk, '--id', 'm-threegib', '--name', 'three', '--os', 'Debian 12')
  assert.equal(imported.code, 0, imported.text)
  assert.match(imported.text, /^100 %\nImage m-threegib was imported; a system disk needs at least 3 GiB\.$/m)

  const request = new ecs.DescribeImagesRequest({ regionId, imageId: 'm-threegib' })
  const [image] = (await cloud.sdk.describeImages(request)).body?.images?.image ?? []
  assert.deepEqual(
    [image?.imageName, image?.OSName, image?.size, image?.status],
    ['three', 'Debian 12', 3, 'Available'],
  )

  const [id = ''] = await cloud.run('', { more: { imageId: 'm-threegib', systemDisk: { size: '20' } as never } })
  assert.match((await localyun('image', 'remove', 'm-threegib')).text, /1 instances are made from m-threegib/)
  await cloud.remove(id)
  assert.equal((await localyun('image', 'remove', 'm-threegib')).code, 0)
  await assert.rejects(cloud.run('', { more: { imageId: 'm-threegib' } }), { code: 'InvalidImageId.NotFound' })

  // What names another file could show a guest any file of the host.
  const overlay = join(files.path, 'overlay.qcow2')
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', disk, overlay])
  const refused = await localyun('image', 'import', overlay, '--id', 'm-overlay01')
  assert.equal(refused.code, 1)
  assert.match(refused.text, /needs another file\. Make it whole first/)
  assert.match((await localyun('image', 'import', '/nowhere', '--id', 'm-nowhere01')).text, /cannot be read \(ENOENT\)/)
  assert.deepEqual(
    readdirSync(join(cloud.folder, 'images')).filter(name => !name.startsWith('m-tinyguest01')),
    [],
  )
})

test(
  'disks are made as ordered, survive stops of both modes, and go with the instance if they are to',
  {
    skip,
  },
  async () => {
    await using cloud = await createQemuCloud({ startPaused: true })
    const dataDisk = [
      { size: 20, category: 'cloud_essd', deleteWithInstance: true },
      { size: 30, category: 'cloud_essd', deleteWithInstance: false },
    ]
    const [id = ''] = await cloud.run('', {
      more: new ecs.RunInstancesRequest({ systemDisk: { size: '25' }, dataDisk }),
    })
    const machine = join(cloud.folder, 'machines', id)
    const request = new ecs.DescribeDisksRequest({ regionId, instanceId: id })
    const disks = (await cloud.sdk.describeDisks(request)).body?.disks?.disk ?? []
    const sizes = new Map(disks.map(disk => [disk.diskId ?? '', disk.size]))
    const files = () => readdirSync(machine).filter(name => name.endsWith('.qcow2'))
    assert.deepEqual(files().toSorted(), [...sizes.keys()].map(disk => `${disk}.qcow2`).toSorted())
    for (const [disk, size] of sizes) {
      const { format, 'virtual-size': bytes } = inspect(join(machine, `${disk}.qcow2`))
      assert.deepEqual([format, bytes / 1024 ** 3], ['qcow2', size])
    }
    const system = disks.find(disk => disk.type === 'system')?.diskId ?? ''
    assert.match(inspect(join(machine, `${system}.qcow2`))['backing-filename'] ?? '', /m-tinyguest01\.qcow2$/)

    const kept = disks.find(disk => disk.size === 30)?.diskId ?? ''
    const inode = () => statSync(join(machine, `${kept}.qcow2`)).ino
    const before = inode()
    for (const stoppedMode of ['KeepCharging', 'StopCharging']) {
      await cloud.stop(id, { forceStop: true, stoppedMode })
      await cloud.becomes(id, 'Stopped')
      assert.equal(inode(), before)
      await cloud.start(id)
      await cloud.becomes(id, 'Running')
      assert.equal(inode(), before)
    }

    await cloud.remove(id)
    await until(() => !existsSync(machine))
    assert.deepEqual(readdirSync(join(cloud.folder, 'disks')), [`${kept}.qcow2`])
  },
)

test(
  'public machines have a port each, which nobody else has, and the table of instances shows it',
  {
    skip,
  },
  async () => {
    await using cloud = await createQemuCloud({ startPaused: true })
    const open = await cloud.run('', { amount: 3, publicIp: true })
    const [closed = ''] = await cloud.run()
    const portOf = async (id: string) => (await cloud.show(id)).instance.ssh?.port as number | undefined
    const ports = await Promise.all(open.map(portOf))
    assert.equal(new Set(ports).size, 3)
    assert.equal(await portOf(closed), undefined)
    const { stdout } = await runLocalyun(['instances'], { env: { LOCALYUN_ENDPOINT: cloud.endpoint } }).finished
    for (const port of ports) assert.ok(stdout.includes(`127.0.0.1:${port}`), stdout)

    // A machine keeps its port as long as nobody else takes it.
    const [first = ''] = open
    await cloud.stop(first, { forceStop: true })
    await cloud.becomes(first, 'Stopped')
    await cloud.start(first)
    await cloud.becomes(first, 'Running')
    assert.equal(await portOf(first), ports[0])
  },
)

test('a machine can do little on its host: no root, a sandbox, a monitor for its owner only', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true })
  const [id = ''] = await cloud.run()
  const [pid] = runningPids(cloud.folder)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  assert.doesNotMatch(status, /^Uid:\s+0/m)
  // 2 is a filter of system calls.
  assert.match(status, /^Seccomp:\s+2$/m)
  const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  assert.equal(args.filter(one => one === '-mon' || one === '-monitor' || one === '-qmp').length, 1)
  const socket = statSync(join(cloud.folder, 'machines', id, 'qmp.sock'))
  assert.equal(socket.mode & 0o777, 0o600)
})

test('a key pair is a public key in a folder, and reaches the guest', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true })
  mkdirSync(join(cloud.folder, 'keys'))
  writeFileSync(join(cloud.folder, 'keys', 'laptop.pub'), 'ssh-ed25519 AAAAlaptop me\n')
  const [id = ''] = await cloud.run('', { more: { keyPairName: 'laptop' } })
  const seed = readFileSync(join(cloud.folder, 'machines', id, 'seed.iso'), 'latin1')
  assert.match(seed, /public-keys: \["ssh-ed25519 AAAAlaptop me"\]/)
})

test('a reset removes all machines and leaves the images', { skip }, async () => {
  await using cloud = await createQemuCloud({ startPaused: true })
  await cloud.run('', { amount: 2 })
  await cloud.control('POST', '/reset')
  await until(() => readdirSync(join(cloud.folder, 'machines')).length === 0)
  assert.deepEqual(runningPids(cloud.folder), [])
  const [id = ''] = await cloud.run()
  assert.equal(await cloud.status(id), 'Running')
})
