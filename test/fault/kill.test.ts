import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, instanceIds, type TestClient } from '../support/client.ts'
import { type Running, runServer } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const keys = { accessKeyId: 'localyun', secret: 'localyun-secret' }
const region = { RegionId: 'cn-hangzhou' }

async function listAll(client: TestClient): Promise<{ InstanceId: string; Status: string; StoppedMode: string }[]> {
  const found = []
  let token = ''
  do {
    const page = { ...region, MaxResults: 100, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await client.call('DescribeInstances', page)
    found.push(...answer['Instances'].Instance)
    token = answer['NextToken']
  } while (token !== '')
  return found
}

async function poll(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  assert.fail('the condition did not come true')
}

test('kill -9 while stops are in flight: after a restart every acknowledged stop reaches Stopped', async () => {
  using folder = tempFolder()
  const seed = folder.write('seed.yaml', 'instances: [{count: 300, region: cn-hangzhou}]')
  const args = ['--timing', 'stop=400ms', '--seed', seed]
  const acknowledged = new Set<string>()
  {
    await using server = await runServer(args, { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    const ids = (await listAll(client)).map(one => one.InstanceId)
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
  await poll(async () => (await listAll(client)).every(one => one.Status !== 'Stopping'))
  const after = new Map((await listAll(client)).map(one => [one.InstanceId, one]))
  assert.equal(after.size, 300)
  for (const id of acknowledged) {
    assert.deepEqual([after.get(id)?.Status, after.get(id)?.StoppedMode], ['Stopped', 'StopCharging'], id)
  }
  // What was not acknowledged went one way or the other, never half.
  for (const one of after.values()) assert.match(one.Status, /^(Running|Stopped)$/)
})

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
      const ids = (await listAll(client)).map(one => one.InstanceId)
      const stop = client.call('StopInstances', { ...region, ...instanceIds(ids) })
      if (point.startsWith('order:')) await assert.rejects(stop)
      else await stop
      assert.equal((await server.finished).signal, 'SIGKILL')
    }
    await using server = await runServer(args, { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    await poll(async () => (await listAll(client)).every(one => one.Status !== 'Stopping'))
    assert.deepEqual(
      (await listAll(client)).map(one => one.Status),
      [end, end, end],
    )
  })
}
