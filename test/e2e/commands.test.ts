import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runLocalyun } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

test('every command has help and unknown ones are refused', async () => {
  for (const args of [['--help'], ['serve', '--help'], ['demo', '--help'], ['exec', '--help']]) {
    const { code, stdout } = await runLocalyun(args).finished
    assert.equal(code, 0)
    assert.match(stdout, /^Usage: localyun/)
  }
  for (const args of [[], ['fly'], ['serve', '--fast'], ['exec'], ['demo', '--loud']]) {
    const { code, stderr } = await runLocalyun(args).finished
    assert.equal(code, 2, args.join(' '))
    assert.notEqual(stderr, '')
  }
})

test('demo stops a batch through the SDK, in lines when piped, and ends with 0', async () => {
  const { code, stdout, stderr } = await runLocalyun(['demo']).finished
  assert.equal(code, 0, stderr)
  assert.match(stdout, /403 InstanceLockedForSecurity/)
  assert.match(stdout, /400 DRYRUN\.SUCCESS/)
  assert.match(stdout, /i-bp1demo0000000web01 {2}Running → Stopping/)
  assert.match(stdout, /web-1 {2}Stopped {2}StopCharging/)
  assert.match(stdout, /cache {2}Stopped {2}KeepCharging/)
  assert.match(stdout, /save 1\.36 CNY an hour/)
  assert.match(stdout, /web-1 {2}Running/)
  assert.ok(!stdout.includes('\u001B'), 'no terminal codes in a pipe')
})

const script = `
  import ecs from '@alicloud/ecs20140526'
  const client = new ecs.default({
    accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: process.env.ALIBABA_CLOUD_ENDPOINT,
    regionId: process.env.ALIBABA_CLOUD_REGION_ID,
    protocol: 'http',
  })
  const regionId = process.env.ALIBABA_CLOUD_REGION_ID
  const status = async () => {
    const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
    return body.instances.instance[0]
  }
  const { instanceId } = await status()
  await client.stopInstances(new ecs.StopInstancesRequest({ regionId, instanceId: [instanceId] }))
  const seen = new Set()
  for (;;) {
    const { status: now } = await status()
    seen.add(now)
    if (now === 'Stopped') break
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  console.log([...seen].join(' '))
  process.exit(7)
`

test('exec runs an SDK script against its own server with an auto clock and passes its exit code on', async () => {
  using folder = tempFolder()
  const seed = folder.write('seed.yaml', 'instances: [{region: cn-beijing, guest: {shutdown: slow, seconds: 3600}}]')
  const args = [
    'exec',
    '--seed',
    seed,
    '--region',
    'cn-beijing',
    '--',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ]
  const { code, stdout, stderr } = await runLocalyun(args).finished
  assert.deepEqual([code, stdout.trim()], [7, 'Stopping Stopped'], stderr)
})

test('exec begins at --start-at, and makes the same ids again with --random-seed', async () => {
  using folder = tempFolder()
  const fleet = folder.write('seed.yaml', 'instances: [{count: 3, region: cn-hangzhou}]')
  const look = `
    const read = async path => (await fetch(process.env.LOCALYUN_ENDPOINT + '/_localyun' + path)).json()
    const { instances } = await read('/instances')
    console.log((await read('/clock')).now, ...instances.map(one => one.id))`
  const begin = ['exec', '--seed', fleet, '--start-at', '2026-03-01T20:00:00Z', '--random-seed']
  const run = async (seed: string) => {
    const args = [...begin, seed, '--', process.execPath, '--input-type=module', '-e', look]
    return (await runLocalyun(args).finished).stdout
  }
  const first = await run('one')
  assert.match(first, /^2026-03-01T20:00:00\.000Z( i-\w{20}){3}\n$/)
  assert.equal(await run('one'), first)
  assert.notEqual(await run('two'), first)
  const real = await runLocalyun([...begin, 'one', '--clock', 'real', '--', 'true']).finished
  assert.deepEqual([real.code, /--start-at goes with --clock virtual or auto/.test(real.stderr)], [2, true])
})

test('exec says so when the command does not exist, and reports a signal as a shell does', async () => {
  const missing = await runLocalyun(['exec', '--', 'no-such-command-here']).finished
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /Cannot run no-such-command-here: there is no such command/)
  const killed = await runLocalyun(['exec', '--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'])
    .finished
  assert.equal(killed.code, 137)
  const region = await runLocalyun(['exec', '--region', 'mars', '--', 'true']).finished
  assert.equal(region.code, 2)
})
