import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, listInstances } from '../support/client.ts'
import { runServer } from '../support/process.ts'
import { until } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'

const keys = { accessKeyId: 'localyun', secret: 'localyun-secret' }
const region = { RegionId: 'cn-hangzhou' }

test('kill -9 while stops are in flight: after a restart every acknowledged stop reaches Stopped', async () => {
  using folder = tempFolder()
  const seed = folder.write('seed.yaml', 'instances: [{count: 300, region: cn-hangzhou}]')
  const args = ['--timing', 'stop=400ms', '--seed', seed]
  const acknowledged = new Set<string>()
  {
    await using server = await runServer(args, { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    const ids = (await listInstances(client)).map(one => one.InstanceId)
    let next = 0
    const stopSome = async () => {
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
        await client.call('StopInstances', { ...region, 'InstanceId.1': id, StoppedMode: 'StopCharging' })
        acknowledged.add(id)
        if (acknowledged.size === 120) server.process.kill('SIGKILL')
      }
    }
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, stopSome))
    assert.ok(
      outcomes.every(one => one.status === 'rejected'),
      'the server died under the calls',
    )
  }
  assert.ok(acknowledged.size >= 120 && acknowledged.size < 300, `${acknowledged.size} were acknowledged`)

  await using server = await runServer(args, { cwd: folder.path })
  const client = createClient({ endpoint: server.endpoint, ...keys })
  await until(async () => (await listInstances(client)).every(one => one.Status !== 'Stopping'), 20_000, 50)
  const after = new Map((await listInstances(client)).map(one => [one.InstanceId, one]))
  assert.equal(after.size, 300)
  for (const id of acknowledged) {
    assert.deepEqual([after.get(id)?.Status, after.get(id)?.StoppedMode], ['Stopped', 'StopCharging'], id)
  }
  // What was not acknowledged went one way or the other, never half.
  for (const one of after.values()) assert.match(one.Status, /^(Running|Stopped)$/)
})
