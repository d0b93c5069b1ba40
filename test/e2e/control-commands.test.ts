import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '../support/client.ts'
import { done, fails, run, type Server } from '../support/commands.ts'
import { startReceiver } from '../support/receiver.ts'
import { until } from '../support/raw.ts'
import { runLocalyun, runServer } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const region = { RegionId: 'cn-hangzhou' }
const virtual = ['--store', 'memory:', '--clock', 'virtual']
const fleet = `instances:
  - {id: i-control001, name: web, region: cn-hangzhou, tags: {env: dev, spare: ""}}
  - {id: i-control002, name: 审计, region: cn-beijing, status: Stopped, stoppedMode: StopCharging, locks: [security]}
`

async function seeded(args: readonly string[] = []): Promise<Server> {
  using folder = tempFolder()
  return await runServer([...virtual, ...args, '--seed', folder.write('fleet.yaml', fleet)])
}

function stop(server: Server, id = 'i-control001'): Promise<unknown> {
  const client = createClient({ endpoint: server.endpoint, accessKeyId: 'localyun', secret: 'localyun-secret' })
  return client.call('StopInstances', { ...region, 'InstanceId.1': id })
}

test('every command has help, and wrong usage ends with 2', async () => {
  const commands = [
    'seed',
    'reset',
    'state',
    'state export',
    'state import',
    'webhook',
    'webhook add',
    'webhook list',
    'webhook remove',
    'clock',
    'clock advance',
    'clock set',
    'clock until',
    'clock until idle',
    'clock until-stopped',
    'instances',
    'cost',
    'doctor',
  ]
  for (const command of commands) {
    const { code, stdout } = await runLocalyun([...command.split(' '), '--help']).finished
    assert.equal(code, 0, command)
    assert.match(stdout, new RegExp(`^Usage: localyun ${command}`))
  }
  const wrong = [
    'seed',
    'state',
    'state import',
    'state merge',
    'clock advance',
    'clock advance soon',
    'clock set noon',
    'clock set 2030-02-31',
    'clock set 2030-01-01T00:00:00',
    'clock until never',
    'clock until-stopped',
    'instances one two',
    'instances --watch --json',
    'instances i-control001 --watch',
    'instances --server localhost:8526',
    'cost --by hour',
    'doctor --cure',
  ]
  for (const command of wrong) {
    const { code, stderr } = await runLocalyun(command.split(' ')).finished
    assert.equal(code, 2, `${command}: ${stderr}`)
    assert.notEqual(stderr, '')
  }
})

test('instances shows a table, and all there is as JSON', async () => {
  await using server = await seeded()
  assert.equal(
    await done(server, 'instances'),
    [
      '  NAME  INSTANCE      REGION       TYPE          STATUS   STOPPED MODE  LOCKS     TAGS',
      '  web   i-control001  cn-hangzhou  ecs.g7.large  Running                          env=dev,spare',
      '  审计  i-control002  cn-beijing   ecs.g7.large  Stopped  StopCharging  security',
      '',
    ].join('\n'),
  )
  const { instances } = JSON.parse(await done(server, 'instances', '--json'))
  assert.deepEqual(
    instances.map((one: any) => [one.id, one.status, one.locks]),
    [
      ['i-control001', 'Running', []],
      ['i-control002', 'Stopped', ['security']],
    ],
  )
})

test('instances reads every page of a fleet', async () => {
  using folder = tempFolder()
  await using server = await runServer(virtual)
  const file = folder.write('many.yaml', 'instances: [{count: 1001, region: cn-hangzhou}]')
  assert.equal(await done(server, 'seed', file), '1001 instances were made.\n')
  assert.equal(JSON.parse(await done(server, 'instances', '--json')).instances.length, 1001)
})

test('instances ID shows one instance with its timeline, also after its release', async () => {
  await using server = await seeded()
  await stop(server)
  const text = await done(server, 'instances', 'i-control001')
  assert.match(text, /^ {2}Instance {2,}i-control001$/m)
  assert.match(text, /^ {2}Status {2,}Stopping$/m)
  assert.match(text, /^ {2}20\S+Z {2}Stopping {2}api {3}StopInstances {2}[0-9A-F-]{36}$/m)
  const { instance, timeline } = JSON.parse(await done(server, 'instances', 'i-control001', '--json'))
  assert.deepEqual([instance.name, timeline.map((one: any) => one.state)], ['web', ['Created', 'Stopping']])
  await done(server, 'clock', 'until', 'idle')
  const client = createClient({ endpoint: server.endpoint, accessKeyId: 'localyun', secret: 'localyun-secret' })
  await client.call('DeleteInstance', { InstanceId: 'i-control001' })
  await done(server, 'clock', 'until', 'idle')
  assert.match(await done(server, 'instances', 'i-control001'), /^i-control001 was released\.\n[^]*Deleted/)
  await fails(server, ['instances', 'i-nothere0'], 1, /There is no instance i-nothere0/)
  await fails(server, ['instances', '../reset'], 1, /There is no instance \.\.\/reset/)
})

test('instances --watch prints the table and then a line for every change, and ends with the server', async () => {
  await using server = await seeded()
  await using watching = runLocalyun(['instances', '--watch', '--server', server.endpoint])
  await watching.waitFor(/i-control002/)
  await stop(server)
  await watching.waitFor(/^20\S+Z {2}i-control001 {2}Stopping {2}api: StopInstances$/m)
  await done(server, 'clock', 'until-stopped', 'i-control001')
  await watching.waitFor(/i-control001 {2}Stopped {3}platform: /)
  server.process.kill('SIGTERM')
  const { code, stdout, stderr } = await watching.finished
  assert.equal(code, 1)
  assert.match(stderr, /^localyun: http:\S+ (ended the stream of events|closed the connection)/)
  assert.ok(!stdout.includes('\u001B') && !stdout.includes('Created'), 'no terminal codes, and no history')
})

test('cost shows what was spent as a table with bars, and what stopping saved', async () => {
  await using server = await seeded()
  assert.match(await done(server, 'cost'), /Nothing has cost anything\.\n$/)
  await done(server, 'clock', 'advance', '100h')
  await stop(server)
  await done(server, 'clock', 'until-stopped', 'i-control001')
  await done(server, 'clock', 'advance', '100h')
  const lines = (await done(server, 'cost')).split('\n')
  assert.match(
    lines[0] ?? '',
    /^Cost from \d{4}-\d\d-\d\d \d\d:\d\d to .* \(UTC\+8\), CNY, by an illustrative price list$/,
  )
  assert.deepEqual(lines.slice(1), [
    '',
    '  INSTANCE      NAME  TYPE             CNY',
    '  i-control001  web   ecs.g7.large  152.00  ████████████████████████',
    '  i-control002  审计  ecs.g7.large   16.00  ██▌',
    '',
    'Total 168.00: compute 136.00, system disks 32.00.',
    '',
    'Stopping in economical mode saved 136.00 in 200 instance-hours. Running all the time it would have',
    'been 304.00, and stopped in standard mode (KeepCharging) 304.00.',
    'It was not more, because disks went on costing while off: 16.00; EIPs too: 0.00.',
    '100 instance-hours off in standard mode saved nothing and cost 76.00; economical mode would have',
    'saved 68.00 of that.',
    '',
  ])
  assert.match(
    await done(server, 'cost', '--by', 'tag'),
    /\n  env=dev +152\.00 .*\n  spare= +152\.00 .*\n  \(no tag\) +16\.00 /,
  )
  assert.match(
    await done(server, 'cost', '--by', 'item'),
    /\n  ITEM +CNY\n  compute +136\.00 .*\n  system disks +32\.00 /,
  )
  const { total, by } = JSON.parse(await done(server, 'cost', '--json', '--by', 'day'))
  assert.deepEqual([total, by], [168, 'day'])
  await fails(server, ['cost', '--from', 'lately'], 1, /from: "lately" is no time like/)
})

test('clock shows, advances, sets and waits, and tells its progress in lines when piped', async () => {
  await using server = await seeded()
  const now = async () => Date.parse((await done(server, 'clock')).split('  ')[0] ?? '')
  assert.match(await done(server, 'clock'), /^20\S+Z {2}virtual\n$/)
  const startedAt = await now()
  await stop(server)
  const advanced = await done(server, 'clock', 'advance', '1d2h')
  assert.match(advanced, /^ {2}20\S+Z {2}1 job {4}0 %\nInstance time is 20\S+Z; 1 job ran\.\n$/)
  assert.equal((await now()) - startedAt, 26 * 3_600_000)
  assert.match(await done(server, 'clock', 'until-stopped', 'i-control001'), /; 0 jobs ran/)
  assert.match(await done(server, 'clock', 'set', '2040-01-31T08:00+08:00'), /2040-01-31T00:00:00.000Z/)
  await done(server, 'clock', 'set', '2040-02-01')
  assert.equal(await now(), Date.UTC(2040, 1, 1))
  // The flags stand on either side of the subcommand.
  for (const args of [
    ['--server', server.endpoint, 'advance', '1s'],
    ['advance', '1s', '--server', server.endpoint],
  ]) {
    const { code, stderr } = await runLocalyun(['clock', ...args]).finished
    assert.equal(code, 0, stderr)
  }
  await fails(server, ['clock', 'set', '2001-01-01'], 1, /only goes forward/)
  await fails(server, ['clock', 'until-stopped', 'i-control009'], 1, /There is no instance/)
})

test('a clock that cannot get there says why', async () => {
  using folder = tempFolder()
  await using server = await runServer([
    ...virtual,
    '--seed',
    folder.write('fleet.yaml', 'instances: [{id: i-control001, region: cn-hangzhou}]'),
  ])
  await fails(server, ['clock', 'until-stopped', 'i-control001'], 1, /is Running, and nothing that is due will stop it/)
  await using real = await runServer(['--store', 'memory:'])
  await fails(real, ['clock', 'advance', '1s'], 1, /The clock is real/)
})

test('seed adds all files or none, and names file, line and key of a mistake', async () => {
  using folder = tempFolder()
  await using server = await runServer(virtual)
  const count = async () => JSON.parse(await done(server, 'instances', '--json')).instances.length
  const good = folder.write('good.yaml', fleet)
  const accounts = folder.write('accounts.json', '{"accounts": [{"id": "2000000000000002"}]}')
  const wrongKey = folder.write('key.yaml', 'instances:\n  - region: cn-hangzhou\n    colour: red\n')
  const taken = folder.write(
    'taken.yaml',
    'instances:\n  - {region: cn-hangzhou}\n  - region: cn-beijing\n    id: i-control001\n',
  )
  await fails(server, ['seed', good, wrongKey], 2, /key\.yaml line 3, instances\[0\]\.colour: there is no key "colour"/)
  await fails(server, ['seed', join(folder.path, 'none.yaml')], 2, /none\.yaml does not exist/)
  assert.equal(await count(), 0)
  assert.equal(await done(server, 'seed', accounts), '0 instances were made.\n')
  // The server finds what the file alone does not show; the place is that of the file all the same.
  await fails(
    server,
    ['seed', good, taken],
    1,
    /taken\.yaml line 4, instances\[1\]\.id: An instance i-control001 exists/,
  )
  assert.equal(await count(), 0)
  assert.equal(await done(server, 'seed', good, accounts), '2 instances were made.\n')
})

test('an export that is put back after a reset restores everything', async () => {
  using folder = tempFolder()
  await using server = await seeded()
  await stop(server)
  const file = join(folder.path, 'state.json')
  const before = await done(server, 'instances', '--json')
  assert.match(await done(server, 'state', 'export', file), /All state was written/)
  assert.equal(statSync(file).mode & 0o077, 0, 'it has secrets')
  assert.deepEqual(JSON.parse(await done(server, 'state', 'export')), JSON.parse(readFileSync(file, 'utf8')))
  await fails(server, ['reset'], 2, /Say --yes/)
  assert.equal(await done(server, 'instances', '--json'), before)
  await done(server, 'reset', '--yes')
  assert.equal(await done(server, 'instances'), 'There are no instances.\n')
  await done(server, 'state', 'import', file)
  assert.equal(await done(server, 'instances', '--json'), before)
  // The stop that was under way goes on.
  await done(server, 'clock', 'until-stopped', 'i-control001')
})

test('a state that cannot be read, written or taken is refused', async () => {
  using folder = tempFolder()
  await using server = await seeded()
  await fails(server, ['state', 'import', join(folder.path, 'none.json')], 2, /none\.json does not exist/)
  await fails(server, ['state', 'import', folder.write('text.json', 'state')], 2, /text\.json is not JSON/)
  await fails(server, ['state', 'import', folder.write('empty.json', '{}')], 1, /schema/)
  await fails(
    server,
    ['state', 'export', join(folder.path, 'none', 'x.json')],
    1,
    /x\.json cannot be written \(ENOENT\)/,
  )
  assert.equal(JSON.parse(await done(server, 'instances', '--json')).instances.length, 2)
})

test('the control token comes from flag or environment, and a missing or wrong one is refused', async () => {
  await using server = await runServer([...virtual, '--control-token', 'hush'])
  await done(server, 'clock', '--control-token', 'hush')
  const byEnvironment = await run(server, ['clock'], { env: { LOCALYUN_CONTROL_TOKEN: 'hush' } })
  assert.equal(byEnvironment.code, 0, byEnvironment.stderr)
  await fails(server, ['clock'], 1, /asks for its token/)
  await fails(server, ['clock', 'advance', '1s', '--control-token', 'loud'], 1, /asks for its token/)
  await fails(server, ['clock', '--control-token', 'a\nb'], 2, /control token/)
})

test('a self-signed certificate is taken with --insecure only', async () => {
  await using server = await runServer([...virtual, '--tls', 'self-signed'])
  await fails(server, ['clock'], 1, /The certificate of https:\S+ is not trusted .*--insecure/)
  assert.match(await done(server, 'clock', '--insecure'), /virtual/)
  await fails(server, ['clock', '--server', server.endpoint.replace('https', 'http')], 1, /https/)
})

test('a server that is not there, or is something else, is one clear line', async () => {
  await using server = await runServer(virtual)
  const commands = [['instances'], ['clock', 'advance', '1s'], ['reset', '--yes'], ['state', 'export']]
  for (const command of commands) {
    // Port 1 takes nobody's connections.
    await fails(
      server,
      [...command, '--server', 'http://127.0.0.1:1'],
      1,
      /No server answers at http:\/\/127\.0\.0\.1:1\. Start one/,
    )
  }
  await fails(server, ['clock', '--server', server.endpoint.replace('http', 'https')], 1, /does not speak https/)
  const other = createServer((_, response) => void response.end('<h1>hello</h1>'))
  const silent = createTcpServer(socket => void socket.destroy())
  for (const one of [other, silent]) await once(one.listen(0, '127.0.0.1'), 'listening')
  try {
    const urlOf = (one: { address(): unknown }) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`
    await fails(server, ['instances', '--server', urlOf(other)], 1, /is not a localyun server/)
    await fails(server, ['instances', '--server', urlOf(silent)], 1, /closed the connection/)
  } finally {
    other.close()
    silent.close()
  }
})

test('doctor says what the machine offers and what it is for', async () => {
  using folder = tempFolder()
  const { code, stdout, stderr } = await runLocalyun(['doctor'], { cwd: folder.path, env: { PATH: '' } }).finished
  assert.equal(code, 0, stderr)
  for (const line of [
    /ok +Node\.js +\d+\.\d+\.\d+ +everything/,
    /ok +node:sqlite +SQLite 3\.\d+/,
    /ok +default store +\.localyun\/state\.db can be made/,
    /(ok|no) +port 8526 +(free|in use)/,
    /(ok|no) +\/dev\/kvm /,
    /no +qemu-system-x86_64 +not there/,
    /^localyun works here\.$/m,
  ]) {
    assert.match(stdout, line)
  }
})

test('webhook add, list and remove', async () => {
  await using receiver = await startReceiver()
  await using server = await seeded()
  assert.equal(await done(server, 'webhook', 'list'), 'There are no webhooks.\n')
  const added = await done(server, 'webhook', 'add', receiver.url, '--states', 'Stopping,Stopped')
  const [, id = '', secret = ''] = /^Webhook (wh-\w+) gets.*\n.*: (whsec_\S+)\n$/.exec(added) ?? []
  await stop(server)
  await until(() => receiver.accepted().length === 1)
  const listed = await done(server, 'webhook', 'list')
  assert.match(listed, new RegExp(`${id}  ${receiver.url}  Stopping,Stopped  active`))
  assert.ok(!listed.includes(secret))
  assert.equal(JSON.parse(await done(server, 'webhook', 'list', '--json')).webhooks[0].id, id)
  assert.equal(await done(server, 'webhook', 'remove', id), `Webhook ${id} was removed.\n`)
  await fails(server, ['webhook', 'remove', id], 1, /There is no webhook/)
  await fails(server, ['webhook', 'add', 'ftp://example.org/'], 1, /url: must be a URL/)
})
