import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Cloud, cloudAt } from '../support/cloud.ts'
import { testDatabase } from '../support/postgres.ts'
import { type Running, runServer } from '../support/process.ts'
import { importGuest, machineFolder, qemuFlags, runningPids, skip } from '../support/qemu.ts'
import { until } from '../support/raw.ts'

const limitMs = 90_000

/** A server in a process of its own. */
async function serve(flags: readonly string[]): Promise<Cloud & AsyncDisposable & { kill(): Promise<unknown> }> {
  const server = await runServer(flags)
  const kill = () => {
    server.process.kill('SIGKILL')
    return server.finished
  }
  const dispose = (): PromiseLike<void> => (server as Running)[Symbol.asyncDispose]()
  return Object.assign(cloudAt(server.endpoint), { kill, [Symbol.asyncDispose]: dispose })
}

/** Flags of a host with so many vCPUs. */
function hostFlags(store: string, folder: string, vcpus: number): string[] {
  const overcommit = `cpu=${(vcpus + 0.5) / availableParallelism()},memory=100`
  return ['--store', store, '--stop-grace', '12s', ...qemuFlags(folder), '--overcommit', overcommit]
}

const machinesIn = (folder: string) => readdirSync(join(folder, 'machines'))

test('two hosts, each with its machines and its stock; one is killed, and comes back', { skip }, async () => {
  await using database = await testDatabase()
  using folder = machineFolder()
  using otherFolder = machineFolder()
  const flags = hostFlags(database.url, folder.path, 2)
  await using host = await serve(flags)
  await using other = await serve(hostFlags(database.url, otherFolder.path, 1))
  await using api = await serve(['--store', database.url, '--role', 'api', '--stop-grace', '12s'])
  await importGuest(host.endpoint)
  await importGuest(other.endpoint)

  await api.run('killall acpid; echo deaf', { amount: 3 })
  assert.deepEqual([runningPids(folder.path).length, runningPids(otherFolder.path).length], [2, 1])
  await assert.rejects(api.run(), { code: 'OperationDenied.NoStock' })

  const [stopping = '', running = ''] = machinesIn(folder.path)
  const [elsewhere = ''] = machinesIn(otherFolder.path)
  await host.says(stopping, 'deaf')
  await api.stop(stopping)
  await host.kill()
  // While its lease runs nobody knows.
  await until(async () => (await api.show(running)).instance.host.awaySince !== null, limitMs)
  await assert.rejects(api.stop(running), { code: 'ServiceUnavailable' })
  assert.equal(await api.status(running), 'Running')
  assert.equal(runningPids(folder.path).length, 2)
  await assert.rejects(api.run(), { code: 'OperationDenied.NoStock' })

  await api.stop(elsewhere, { forceStop: true, stoppedMode: 'StopCharging' })
  await api.becomes(elsewhere, 'Stopped')
  const [instead = ''] = await api.run()
  assert.deepEqual(machinesIn(otherFolder.path).sort(), [elsewhere, instead].sort())
  await assert.rejects(api.start(elsewhere), { code: 'OperationDenied.NoStock' })

  await using back = await serve(flags)
  await api.becomes(stopping, 'Stopped')
  assert.match((await back.show(stopping)).timeline.at(-1).reason, /did not shut down in its grace time/)
  await api.stop(running, { forceStop: true })
  await api.becomes(running, 'Stopped')
  assert.deepEqual([runningPids(folder.path).length, runningPids(otherFolder.path).length], [0, 1])
})
