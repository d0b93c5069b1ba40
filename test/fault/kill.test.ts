import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, instanceIds, listInstances } from '../support/client.ts'
import { type Running, runServer } from '../support/process.ts'
import { until } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'

const keys = { accessKeyId: 'localyun', secret: 'localyun-secret' }
const region = { RegionId: 'cn-hangzhou' }

test('a nonce is remembered across kill -9: an acknowledged call cannot be replayed', async () => {
  using folder = tempFolder()
  const { signedForm } = await import('../support/client.ts')
  const seed = folder.write('seed.yaml', 'instances: [{id: i-bp1replay0000000001, region: cn-hangzhou}]')
  const form = signedForm(keys, 'POST', 'StopInstance', { InstanceId: 'i-bp1replay0000000001' })
  const send = async (server: Running & { endpoint: string }) => {
    const response = await fetch(server.endpoint, { method: 'POST', body: form })
    return (await response.json()) as Record<string, any>
  }
  {
    await using server = await runServer(['--seed', seed], { cwd: folder.path })
    assert.equal((await send(server))['Code'], undefined)
    server.process.kill('SIGKILL')
  }
  await using server = await runServer([], { cwd: folder.path })
  assert.equal((await send(server))['Code'], 'SignatureNonceUsed')
})

const points = {
  // The transaction is lost: the machines still run, and the stop can be ordered again.
  'order:written': 'Running',
  // The answer is lost, the order is not.
  'order:committed': 'Stopped',
  'jobs:claimed': 'Stopped',
  'jobs:driven': 'Stopped',
} as const

for (const [point, end] of Object.entries(points)) {
  test(`the process dies at ${point}: after a restart the whole batch is ${end}, never half of it`, async () => {
    using folder = tempFolder()
    const seed = folder.write('seed.yaml', 'instances: [{count: 3, name: web, region: cn-hangzhou}]')
    const args = ['--timing', 'stop=200ms', '--seed', seed]
    {
      const env = { LOCALYUN_FAILPOINTS: `${point}=exit` }
      await using server = await runServer(args, { cwd: folder.path, env })
      const client = createClient({ endpoint: server.endpoint, ...keys })
      const ids = (await listInstances(client)).map(one => one.InstanceId)
      const stop = client.call('StopInstances', { ...region, ...instanceIds(ids) })
      if (point.startsWith('order:')) await assert.rejects(stop)
      else await stop
      assert.equal((await server.finished).signal, 'SIGKILL')
    }
    await using server = await runServer(args, { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    await until(async () => (await listInstances(client)).every(one => one.Status !== 'Stopping'), 20_000, 50)
    assert.deepEqual(
      (await listInstances(client)).map(one => one.Status),
      [end, end, end],
    )
  })
}
