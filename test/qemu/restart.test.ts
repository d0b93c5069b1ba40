import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cloudAt } from '../support/cloud.ts'
import { runLocalyun, type Running, runServer } from '../support/process.ts'
import { importGuest, machineFolder, qemuFlags, runningPids, skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'

/** A server of its own process, with real machines in a folder. */
async function startServer(folder: string, ...flags: string[]) {
  const server = await runServer(['--store', `sqlite:${folder}/state.db`, ...qemuFlags(folder), ...flags])
  return Object.assign(cloudAt(server.endpoint), {
    importGuest: () => importGuest(server.endpoint),
    async kill() {
      server.process.kill('SIGKILL')
      await server.finished
    },
    [Symbol.asyncDispose]: (): PromiseLike<void> => (server as Running)[Symbol.asyncDispose](),
  })
}

test(
  'machines run on when the server is killed; the next one finds them and goes on with a stop',
  { skip },
  async () => {
    using folder = machineFolder()
    let [stopped, running, gone] = ['', '', '']
    {
      await using cloud = await startServer(folder.path)
      await cloud.importGuest()
      ;[running = '', stopped = '', gone = ''] = await cloud.run('echo ready', { amount: 3 })
      for (const id of [running, stopped, gone]) await cloud.says(id, 'ready')
      await cloud.stop(stopped)
      await cloud.kill()
    }
    const survivors = runningPids(folder.path)
    assert.ok(survivors.length >= 2, 'machines run on')
    // While nobody looks, one of them ends by itself.
    const pid = Number(readFileSync(join(folder.path, 'machines', gone, 'qemu.pid'), 'utf8'))
    process.kill(pid, 'SIGKILL')

    await using cloud = await startServer(folder.path)
    await cloud.becomes(stopped, 'Stopped')
    assert.match(await cloud.says(stopped, 'guest:'), /guest: powering off/)
    await cloud.becomes(gone, 'Stopped')
    assert.equal((await cloud.show(gone)).timeline.at(-1).actor, 'guest')
    assert.equal(await cloud.status(running), 'Running')
    // It is watched again.
    await cloud.stop(running)
    await cloud.becomes(running, 'Stopped')
    assert.deepEqual(runningPids(folder.path), [])
  },
)

test('a grace time goes on while the server is down, and is not begun anew', { skip }, async () => {
  using folder = machineFolder()
  let id = ''
  let begin = 0
  {
    await using cloud = await startServer(folder.path, '--stop-grace', '6s')
    await cloud.importGuest()
    ;[id = ''] = await cloud.run('killall acpid; echo deaf')
    await cloud.says(id, 'deaf')
    begin = Date.now()
    await cloud.stop(id)
    await cloud.kill()
  }
  // The order keeps the grace time that it was given.
  await using cloud = await startServer(folder.path, '--stop-grace', '1h')
  await cloud.becomes(id, 'Stopped')
  assert.ok(Date.now() - begin >= 6_000)
  assert.match((await cloud.show(id)).timeline.at(-1).reason, /grace time/)
})

test('a process that has got the number of a dead machine is left alone', { skip }, async () => {
  using folder = machineFolder()
  let id = ''
  {
    await using cloud = await startServer(folder.path)
    await cloud.importGuest()
    ;[id = ''] = await cloud.run()
    await cloud.kill()
  }
  const pidFile = join(folder.path, 'machines', id, 'qemu.pid')
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
  await until(() => runningPids(folder.path).length === 0)
  writeFileSync(pidFile, `${process.pid}\n`)

  await using cloud = await startServer(folder.path)
  await cloud.becomes(id, 'Stopped')
  // What it tries to end is not this process.
  await cloud.remove(id)
  await until(() => readdirSync(join(folder.path, 'machines')).length === 0)
})

test('a folder of machines is looked after by one server at a time', { skip }, async () => {
  using folder = machineFolder()
  await using cloud = await startServer(folder.path)
  await cloud.control('GET', '/info')
  const flags = ['--port', '0', '--store', 'memory:', ...qemuFlags(folder.path)]
  const { code, stderr } = await runLocalyun(['serve', ...flags]).finished
  assert.equal(code, 1)
  assert.match(stderr, /are looked after by another localyun, process \d+\. Stop it, or give another --compute-dir\./)
})
