import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../test/support/app.ts'
import { instanceIds } from '../../test/support/client.ts'

const region = { RegionId: 'cn-hangzhou' }

async function get(server: TestApp, path: string): Promise<any> {
  return (await fetch(`${server.app.endpoint}/_localyun${path}`)).json()
}

/** Reads a stream of events until it has `count` of them, and hangs up. */
async function readStream(
  server: TestApp,
  count: number,
  { lastEventId, query = '', connected }: { lastEventId?: string; query?: string; connected?: () => unknown } = {},
): Promise<{ id: number; data: any }[]> {
  const hangUp = new AbortController()
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  const response = await fetch(`${server.app.endpoint}/_localyun/events${query}`, { headers, signal: hangUp.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  await connected?.()
  let text = ''
  const read: { id: number; data: any }[] = []
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, id, data] = /^id: (\d+)\nevent: state-change\ndata: (.*)$/.exec(block) ?? []
      read.push({ id: Number(id), data: JSON.parse(data ?? '') })
    }
    if (read.length >= count) break
  }
  hangUp.abort()
  return read
}

test('a stop writes Stopping by the API call and Stopped by the platform, both naming the request', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const { RequestId } = await server.client.call('StopInstances', { ...region, 'InstanceId.1': id })
  await server.advance(10)
  const { events } = await get(server, `/events?instanceId=${id}`)
  assert.deepEqual(
    events.map((one: any) => [one.state, one.actor, one.requestId, one.reason]),
    [
      ['Created', 'seed', null, 'seed'],
      ['Stopping', 'api', RequestId, 'StopInstances'],
      ['Stopped', 'platform', RequestId, 'the machine is off'],
    ],
  )
})

test('a notification has the documented shape', async () => {
  await using server = await createTestApp({}, { startAt: Date.UTC(2026, 3, 9, 4, 18, 26, 922) })
  const id = await server.instance()
  const { events } = await get(server, `/events?instanceId=${id}`)
  assert.deepEqual(events[0].notification, {
    ver: '1.0',
    id: '00000000-0000-4000-8000-000000000001',
    product: 'ECS',
    resourceId: `acs:ecs:cn-hangzhou:1000000000000001:instance/${id}`,
    level: 'INFO',
    name: 'Instance:StateChange',
    userId: '1000000000000001',
    eventTime: '20260409T121826.922+0800',
    regionId: 'cn-hangzhou',
    content: { resourceId: id, resourceType: 'ALIYUN::ECS::Instance', state: 'Created' },
  })
})

test('what was refused, or only tried, writes no event', async () => {
  await using server = await createTestApp()
  const ids = await server.seed({
    instances: [
      { count: 2, region: 'cn-hangzhou' },
      { region: 'cn-hangzhou', locks: ['security'] },
    ],
  })
  const stop = (params: object) => server.client.call('StopInstances', { ...region, ...instanceIds(ids), ...params })
  await assert.rejects(stop({}), { code: 'InstanceLockedForSecurity' })
  await assert.rejects(stop({ DryRun: true, BatchOptimization: 'SuccessFirst' }), { code: 'DRYRUN.SUCCESS' })
  const { events } = await get(server, '/events')
  assert.deepEqual(
    events.map((one: any) => one.state),
    ['Created', 'Created', 'Created'],
  )
})

test('every way through the lifecycle leaves its trace in the timeline, also after the release', async () => {
  await using server = await createTestApp()
  const answer = await server.client.call('RunInstances', {
    ...region,
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
  })
  const [id = ''] = answer['InstanceIdSets'].InstanceIdSet
  await server.advance(10)
  await server.client.call('RebootInstance', { InstanceId: id })
  await server.advance(10)
  await fetch(`${server.app.endpoint}/_localyun/instances/${id}/guest/poweroff`, { method: 'POST' })
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(10)
  await server.client.call('DeleteInstance', { InstanceId: id, Force: true, ForceStop: false })
  await server.advance(10)
  const { instance, timeline } = await get(server, `/instances/${id}`)
  assert.equal(instance, null)
  assert.deepEqual(
    timeline.map((one: any) => `${one.state} ${one.actor}`),
    [
      'Created api',
      'Starting platform',
      'Running platform',
      'Stopping api',
      'Starting platform',
      'Running platform',
      'Stopping guest',
      'Stopped guest',
      'Starting api',
      'Running platform',
      'Stopping api',
      'Deleted platform',
    ],
  )
})

test('a forced guest is named in the reason', async () => {
  await using server = await createTestApp({ stopGraceMs: 60_000 })
  const id = await server.instance({ guest: { shutdown: 'ignore' } })
  await server.client.call('StopInstance', { InstanceId: id })
  await server.advance(120)
  const { timeline } = await get(server, `/instances/${id}`)
  assert.match(timeline.at(-1).reason, /did not shut down in its grace time and was forced/)
})

test('the stream sends what is stored and then what happens, each once; Last-Event-ID resumes it without a gap', async () => {
  await using server = await createTestApp()
  const id = await server.instance()
  const reading = readStream(server, 3)
  await server.client.call('StopInstance', { InstanceId: id })
  await server.advance(10)
  const first = await reading
  assert.deepEqual(
    first.map(one => one.data.state),
    ['Created', 'Stopping', 'Stopped'],
  )
  await server.client.call('StartInstance', { InstanceId: id })
  const resumed = await readStream(server, 2, { lastEventId: String(first[1]?.id) })
  assert.deepEqual(
    resumed.map(one => one.data.state),
    ['Stopped', 'Starting'],
  )
  const wrong = await fetch(`${server.app.endpoint}/_localyun/events`, {
    headers: { accept: 'text/event-stream', 'last-event-id': 'x' },
  })
  assert.equal(wrong.status, 400)
})

test('after=latest leaves out what has happened so far; every answer tells the number of the latest event', async () => {
  await using server = await createTestApp()
  assert.deepEqual(await get(server, '/events?after=latest'), { events: [], latest: 0 })
  const id = await server.instance()
  assert.deepEqual(await get(server, '/events?after=latest'), { events: [], latest: 1 })
  const connected = () => server.client.call('StopInstance', { InstanceId: id })
  const [first] = await readStream(server, 1, { query: '?after=latest', connected })
  assert.equal(first?.data.state, 'Stopping')
  const { events, latest } = await get(server, '/events?limit=1')
  assert.deepEqual([events.length, latest], [1, 2])
  // A stream that broke off goes on from where it was.
  const [resumed] = await readStream(server, 1, { query: '?after=latest', lastEventId: '1' })
  assert.equal(resumed?.id, 2)
})

test('a stream that is open does not keep the server from closing', async () => {
  const server = await createTestApp()
  const response = await fetch(`${server.app.endpoint}/_localyun/events`, { headers: { accept: 'text/event-stream' } })
  assert.equal(response.status, 200)
  const ended = response.text().catch(() => '')
  await server[Symbol.asyncDispose]()
  await ended
})
