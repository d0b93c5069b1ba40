import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createClient } from '../support/client.ts'
import { runLocalyun, runServer } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const keys = { accessKeyId: 'localyun', secret: 'localyun-secret' }

test('serve prints one ready line on stdout, answers, and ends with 0 on SIGTERM and SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    using folder = tempFolder()
    await using server = await runServer([], { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    const answer = await client.call('DescribeRegions')
    assert.ok(answer['Regions'].Region.length >= 20)
    server.process.kill(signal)
    const { code, stdout } = await server.finished
    assert.equal(code, 0)
    assert.equal(stdout, `localyun is ready at ${server.endpoint}\n`)
  }
})

test('health and info tell that the server is up and how it is set', async () => {
  await using server = await runServer(['--store', 'memory:', '--clock', 'virtual'])
  const health = await fetch(`${server.endpoint}/_localyun/health`)
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }])
  const info = (await (await fetch(`${server.endpoint}/_localyun/info`)).json()) as Record<string, any>
  assert.match(info['version'], /^\d+\.\d+\.\d+$/)
  assert.deepEqual(info['settings'], { store: 'memory:', auth: 'on', clock: 'virtual', timeScale: 1 })
  const missing = await fetch(`${server.endpoint}/_localyun/nothing`)
  assert.equal(missing.status, 404)
})

test('state survives a restart with the default store; seeds are applied to an empty store only', async () => {
  using folder = tempFolder()
  const seed = folder.write('seed.yaml', 'instances:\n  - {id: i-restart00000001, region: cn-beijing}\n')
  const list = async (endpoint: string) => {
    const answer = await createClient({ endpoint, ...keys }).call('DescribeInstances', { RegionId: 'cn-beijing' })
    return answer['Instances'].Instance.map((one: { InstanceId: string }) => one.InstanceId)
  }
  for (const round of [1, 2]) {
    await using server = await runServer(['--seed', seed], { cwd: folder.path })
    assert.deepEqual(await list(server.endpoint), ['i-restart00000001'])
    server.process.kill('SIGTERM')
    const { stderr } = await server.finished
    assert.equal(/seeds were not applied/.test(stderr), round === 2)
  }
})

test('--start-at is where an empty store begins; one that has been used goes on from its own time', async () => {
  using folder = tempFolder()
  const begin = async (args: string[]) => {
    await using server = await runServer(['--store', 'sqlite:state.db', ...args], { cwd: folder.path })
    const { now } = (await (await fetch(`${server.endpoint}/_localyun/clock`)).json()) as { now: string }
    server.process.kill('SIGTERM')
    const { stderr } = await server.finished
    return [now, /startAt was not applied/.test(stderr)]
  }
  const at = (time: string) => ['--clock', 'virtual', '--start-at', time]
  assert.deepEqual(await begin(at('2026-03-01T20:00+08:00')), ['2026-03-01T12:00:00.000Z', false])
  assert.deepEqual(await begin(at('2027-01-01')), ['2026-03-01T12:00:00.000Z', true])
  assert.deepEqual(await begin(at('2026-03-01T12:00:00Z')), ['2026-03-01T12:00:00.000Z', false])
})

test('two servers with the same seed, begin and calls come to the same: ids, times, faults and events', async () => {
  using folder = tempFolder()
  const fleet = folder.write('seed.yaml', 'instances: [{count: 20, region: cn-hangzhou}]')
  const args = ['--store', 'memory:', '--seed', fleet, '--clock', 'virtual', '--start-at', '2026-03-01T20:00:00Z']
  const run = async (seed: string, polls: number) => {
    await using server = await runServer([...args, '--random-seed', seed], { cwd: folder.path })
    const client = createClient({ endpoint: server.endpoint, ...keys })
    const control = async (method: string, path: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      return (await (await fetch(`${server.endpoint}/_localyun${path}`, { method, ...sent })).json()) as any
    }
    const region = { RegionId: 'cn-hangzhou' }
    // However often a script asks whether the server is up changes nothing.
    for (let poll = 0; poll < polls; poll++) await control('GET', '/health')
    await control('POST', '/faults', { action: 'StopInstance', probability: 0.5, error: { code: 'Throttling.User' } })
    const ids: string[] = (await client.call('DescribeInstances', { ...region, PageSize: 50 }))[
      'Instances'
    ].Instance.map((one: any) => one.InstanceId)
    const outcomes = []
    for (const id of ids) {
      const stopped = client.call('StopInstance', { InstanceId: id })
      outcomes.push(
        await stopped.then(
          answer => answer['RequestId'],
          error => error.code,
        ),
      )
    }
    assert.equal(new Set(outcomes.map(one => one === 'Throttling.User')).size, 2)
    await client.call('RunInstances', {
      ...region,
      ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
      InstanceType: 'ecs.g7.large',
      Amount: 3,
    })
    await control('POST', '/clock', { advance: 'PT1H' })
    const { tables } = await control('GET', '/state')
    // Signatures carry nonces of the client's own, and expire by the machine's time.
    delete tables.nonces
    return JSON.stringify({ ids, outcomes, tables, events: await control('GET', '/events?limit=1000') })
  }
  const first = await run('one', 1)
  assert.equal(await run('one', 4), first)
  assert.notEqual(await run('two', 1), first)
})

test('a flag beats the environment, the environment beats the file, and seeds stand relative to the file', async () => {
  using folder = tempFolder()
  folder.write('seed.yaml', 'instances: [{region: cn-hangzhou}]')
  const config = folder.write('localyun.yaml', 'store: "memory:"\nauth: off\nclock: virtual\nseed: seed.yaml\n')
  const settingsWith = async (args: string[], env: Record<string, string>) => {
    await using server = await runServer(['--config', config, ...args], { env, cwd: folder.path })
    const info = (await (await fetch(`${server.endpoint}/_localyun/info`)).json()) as Record<string, any>
    return info['settings']
  }
  assert.deepEqual(await settingsWith([], {}), { store: 'memory:', auth: 'off', clock: 'virtual', timeScale: 1 })
  assert.equal((await settingsWith([], { LOCALYUN_CLOCK: 'auto' }))['clock'], 'auto')
  assert.equal((await settingsWith(['--clock', 'real'], { LOCALYUN_CLOCK: 'auto' }))['clock'], 'real')
})

test('what is wrong in a flag or a seed ends with 2 and one line that names the place', async () => {
  using folder = tempFolder()
  const seed = folder.write('h.yaml', 'instances:\n  - {id: i-bp1abcdefgh, region: cn-beijing, count: 2}\n')
  for (const [flags, says] of [
    [['--port', '70000'], /--port: "70000" must be a port/],
    [['--seed', seed], /h\.yaml line 2, instances\[0\]\.id: an id goes with count: 1 only/],
  ] as const) {
    const args = ['serve', '--port', '0', '--store', 'memory:', ...flags]
    const { code, stdout, stderr } = await runLocalyun(args, { cwd: folder.path }).finished
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, says)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
})

test('a seed that fails leaves nothing behind: the next start finds an empty store', async () => {
  using folder = tempFolder()
  const content =
    'instances:\n  - {id: i-halfway00000001, region: cn-hangzhou}\n  - {id: i-halfway00000001, region: cn-hangzhou}\n'
  const bad = folder.write('bad.yaml', content)
  const { code, stderr } = await runLocalyun(['serve', '--port', '0', '--seed', bad], { cwd: folder.path }).finished
  assert.equal(code, 2)
  assert.match(stderr, /bad\.yaml line 3, instances\[1\]\.id: An instance i-halfway00000001 exists/)
  await using server = await runServer([], { cwd: folder.path })
  const client = createClient({ endpoint: server.endpoint, ...keys })
  const answer = await client.call('DescribeInstances', { RegionId: 'cn-hangzhou' })
  assert.equal(answer['TotalCount'], 0)
})

test('a port or a store in use ends with 1 and says what to do', async () => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const busy = await runLocalyun(['serve', '--port', String(port), '--store', 'memory:']).finished
  taken.close()
  assert.equal(busy.code, 1)
  assert.match(busy.stderr, /Port \d+ on 127\.0\.0\.1 is in use/)

  using folder = tempFolder()
  await using first = await runServer([], { cwd: folder.path })
  assert.ok(first.port > 0)
  const second = await runLocalyun(['serve', '--port', '0'], { cwd: folder.path }).finished
  assert.equal(second.code, 1)
  assert.match(second.stderr, /another localyun has it open/)
})

test('--tls self-signed serves https', async () => {
  await using server = await runServer(['--store', 'memory:', '--tls', 'self-signed'])
  assert.match(server.endpoint, /^https:/)
  const { get } = await import('node:https')
  const body = await new Promise<string>((resolve, reject) => {
    get(`${server.endpoint}/_localyun/health`, { rejectUnauthorized: false }, response => {
      response.setEncoding('utf8').on('data', resolve)
    }).on('error', reject)
  })
  assert.equal(body, '{"status":"ok"}')
})

test('the log never shows a secret or a signature', async () => {
  using folder = tempFolder()
  const seed = folder.write(
    'seed.yaml',
    'accounts:\n  - id: "20001"\n    accessKeys: [{id: other, secret: hush-hush}]\n',
  )
  await using server = await runServer([
    '--store',
    'memory:',
    '--seed',
    seed,
    '--log-level',
    'trace',
    '--log-format',
    'json',
  ])
  const client = createClient({ endpoint: server.endpoint, accessKeyId: 'other', secret: 'hush-hush' })
  await client.call('DescribeRegions')
  const wrong = createClient({ endpoint: server.endpoint, accessKeyId: 'other', secret: 'wrong-wrong' })
  await assert.rejects(wrong.call('DescribeRegions'))
  server.process.kill('SIGTERM')
  const { stderr } = await server.finished
  assert.match(stderr, /"action":"DescribeRegions"/)
  assert.doesNotMatch(stderr, /hush-hush|wrong-wrong|localyun-secret|Signature=/)
})
