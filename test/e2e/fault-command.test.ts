import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, fails, type Server } from '../support/commands.ts'
import { createClient, expectError } from '../support/client.ts'
import { runLocalyun, runServer } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const fleet = 'instances: [{id: i-fault00001, region: cn-hangzhou, tags: {env: dev}}]'

async function seeded(): Promise<Server> {
  using folder = tempFolder()
  return await runServer(['--store', 'memory:', '--clock', 'virtual', '--seed', folder.write('fleet.yaml', fleet)])
}

function call(server: Server, action: string): Promise<Record<string, any>> {
  const client = createClient({ endpoint: server.endpoint, accessKeyId: 'localyun', secret: 'localyun-secret' })
  return client.call(action, { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-fault00001' })
}

const list = async (server: Server) => JSON.parse(await done(server, 'fault', 'list', '--json')).faults

test('a rule is added, listed with how often it struck, and taken away', async () => {
  await using server = await seeded()
  assert.equal(await done(server, 'fault', 'list'), 'There are no fault rules.\n')
  await done(server, 'fault', 'add', '--action', 'StopInstances', '--times', '1', '--error', 'InternalError')
  await expectError(call(server, 'StopInstances'), 'InternalError', { status: 500 })
  await call(server, 'StopInstances')
  await done(server, 'fault', 'add', '--stuck')
  assert.equal(
    await done(server, 'fault', 'list'),
    [
      '  FAULT    WHERE                     WHAT                     SEEN  STRUCK',
      '  fault-1  StopInstances, at most 1  error 500 InternalError  2     1',
      '  fault-2  everywhere                stuck in Stopping        0     0',
      '',
    ].join('\n'),
  )
  assert.equal(await done(server, 'fault', 'remove', 'fault-1'), 'fault-1 was taken away.\n')
  assert.deepEqual(
    (await list(server)).map((one: any) => one.id),
    ['fault-2'],
  )
  await fails(server, ['fault', 'remove', 'fault-1'], 1, /There is no fault fault-1/)
  assert.equal(await done(server, 'fault', 'clear'), 'All fault rules were taken away.\n')
  assert.deepEqual(await list(server), [])
})

test('every condition and every effect has a flag', async () => {
  await using server = await seeded()
  const conditions = '--action StopInstances --instance i-fault00001 --tag env=dev --region cn-hangzhou --account 1'
  const rules: [args: string, rule: object, what: string][] = [
    [
      `${conditions} --nth 2 --probability 20% --times 3 --error Moon.Full --status 418 --message Tonight`,
      {
        action: 'StopInstances',
        instanceId: 'i-fault00001',
        tag: 'env=dev',
        region: 'cn-hangzhou',
        account: '1',
        nth: 2,
        probability: 0.2,
        times: 3,
        error: { code: 'Moon.Full', httpStatus: 418, message: 'Tonight' },
      },
      'StopInstances, i-fault00001, tag env=dev, cn-hangzhou, account 1, number 2, at most 3, 20 %  error 418 Moon.Full',
    ],
    ['--throttle', { throttle: { retryAfterMs: 1000 } }, 'everywhere  throttled for 1000 ms'],
    ['--throttle 250', { throttle: { retryAfterMs: 250 } }, 'throttled for 250 ms'],
    ['--latency 250ms', { latencyMs: 250 }, 'answered 250 ms later'],
    ['--latency 2s', { latencyMs: 2000 }, 'answered 2000 ms later'],
    ['--drop before', { drop: 'before' }, 'connection breaks, nothing done'],
    ['--drop after', { drop: 'after' }, 'connection breaks, all done'],
    ['--error-after-commit InternalError', { errorAfterCommit: { httpStatus: 500 } }, 'done, and error 500'],
    ['--refuse OperationConflict', { refuse: { httpStatus: 409 } }, 'instance refused, 409 OperationConflict'],
    ['--stuck', { stuck: true }, 'stuck in Stopping'],
    ['--slow-guest 9m', { slowGuestSeconds: 540 }, 'guest takes 540 s to shut down'],
    ['--revert', { revert: { reason: 'a fault rule took the order back' } }, 'taken back: a fault rule'],
    ['--revert fire --after 20s', { revert: { reason: 'fire', afterSeconds: 20 } }, 'taken back after 20 s: fire'],
    ['--stale PT30S', { staleSeconds: 30 }, 'queries lag 30 s behind'],
    ['--driver-fails 3', { driverFails: 3 }, '3 tries to drive the machine fail'],
  ]
  for (const [args, , what] of rules) {
    const shown = await done(server, 'fault', 'add', ...args.split(' '))
    assert.ok(shown.includes(what), `${args}: ${shown}`)
  }
  assert.partialDeepStrictEqual(
    await list(server),
    rules.map(([, rule]) => rule),
  )
})

test('wrong usage ends with 2, what the server refuses with 1, and neither adds a rule', async () => {
  await using server = await seeded()
  await fails(server, ['fault', 'add'], 2, /Say what is to happen/)
  await fails(server, ['fault', 'scenario', 'quiet-night'], 2, /There is no scenario "quiet-night"/)
  await fails(server, ['fault', 'add', '--action', 'StopEverything', '--stuck'], 1, /there is no such operation/)
  await fails(server, ['fault', 'add', '--error', 'Moon.Full'], 1, /which status/)
  await fails(server, ['fault', 'scenario', 'throttled', '--action', 'DescribeRegions'], 1, /has no rule about/)
  assert.deepEqual(await list(server), [])
  for (const args of ['', 'remove', 'add --colour red']) {
    const { code, stderr } = await runLocalyun(['fault', ...args.split(' ').filter(Boolean)]).finished
    assert.equal(code, 2, args)
    assert.notEqual(stderr, '')
  }
})

test('a scenario is listed, shown without a server, and added narrowed', async () => {
  const lines = (await runLocalyun(['fault', 'scenario']).finished).stdout
  assert.match(lines, /^ {2}bad-night +A bad night$/m)
  const shown = await runLocalyun(['fault', 'scenario', 'flaky', '--show']).finished
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /^What you see: [^]*^What to do: [^]*"probability":0\.2/m)
  await using server = await seeded()
  const added = await done(server, 'fault', 'scenario', 'reply-lost', '--action', 'StopInstances')
  assert.match(added, /What to do: [^]*fault-1 +StopInstances, at most 1 +connection breaks, all done/)
  assert.equal((await list(server)).length, 1)
  await assert.rejects(call(server, 'StopInstances'))
  await expectError(call(server, 'StopInstances'), 'IncorrectInstanceStatus')
})
