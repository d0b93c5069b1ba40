import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, instanceIds } from '../support/client.ts'
import { runServer } from '../support/process.ts'
import { until } from '../support/raw.ts'
import { startReceiver } from '../support/receiver.ts'
import { tempFolder } from '../support/temp.ts'

test('kill -9 while a webhook is being sent: each instance’s events arrive in order, none is lost, no log has the secret', async () => {
  using folder = tempFolder()
  const seed = folder.write('seed.yaml', 'instances: [{count: 40, region: cn-hangzhou}]')
  const args = ['--timing', 'stop=200ms', '--seed', seed, '--log-level', 'debug']
  const options = { cwd: folder.path }
  let answers = 0
  await using receiver = await startReceiver(() => (++answers % 4 === 0 ? 500 : 204))
  const api = (endpoint: string, path: string, body?: unknown) =>
    fetch(`${endpoint}/_localyun${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
  let ids: string[] = []
  let secret = ''
  {
    await using server = await runServer(args, options)
    const client = createClient({ endpoint: server.endpoint, accessKeyId: 'localyun', secret: 'localyun-secret' })
    const answer = await client.call('DescribeInstances', { RegionId: 'cn-hangzhou', MaxResults: 100 })
    ids = answer['Instances'].Instance.map((one: { InstanceId: string }) => one.InstanceId)
    const added = (await (await api(server.endpoint, '/webhooks', { url: receiver.url })).json()) as { secret: string }
    ;({ secret } = added)
    await client.call('StopInstances', { RegionId: 'cn-hangzhou', ...instanceIds(ids) })
    await until(() => receiver.received.length >= 10)
    server.process.kill('SIGKILL')
    const { stderr } = await server.finished
    assert.ok(!stderr.includes(secret.slice(6)))
  }
  await using server = await runServer(args, options)
  await until(async () => {
    const { webhooks } = (await (await api(server.endpoint, '/webhooks')).json()) as { webhooks: { pending: number }[] }
    const stopped = receiver.accepted().filter(line => line.endsWith(' Stopped'))
    return webhooks.length === 1 && webhooks[0]?.pending === 0 && new Set(stopped).size === ids.length
  }, 30_000)
  for (const id of ids) {
    // What was accepted just before the end may come once more, but never after what follows it.
    const states = receiver.accepted().flatMap(line => (line.startsWith(id) ? [line.slice(id.length + 1)] : []))
    assert.match(states.join(' '), /^(Stopping )+Stopped( Stopped)*$/)
  }
  assert.ok(!server.output().stderr.includes(secret.slice(6)))
})
