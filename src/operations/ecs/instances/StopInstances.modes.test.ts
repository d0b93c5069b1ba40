import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AppConfig } from '../../../config.ts'
import { listFacts } from '../../../store/tables/instances/power.ts'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import {
  accepted,
  account,
  callBatch,
  expectCourse,
  shutDownInGuest,
  stoppedMode,
} from '../../../../test/support/batch.ts'
import type { Params } from '../../../../test/support/client.ts'

type InstanceSeed = NonNullable<Parameters<TestApp['instance']>[0]>

const stop = (server: TestApp, id: string, params: Params = {}) =>
  callBatch(server.client, 'StopInstances', [id], params)
const economicalByDefault = (server: TestApp) =>
  server.seed({ accounts: [{ id: account, defaultEconomicalMode: true }] })

suite('StoppedMode of StopInstances', () => {
  const kinds: readonly [kind: string, seed: InstanceSeed, mode: string][] = [
    ['a pay-as-you-go instance in a VPC', {}, 'StopCharging'],
    ['a spot instance', { spot: true }, 'StopCharging'],
    ['a burstable instance', { type: 'ecs.t6-c1m1.large' }, 'StopCharging'],
    ['an instance of the classic network', { network: 'classic' }, 'KeepCharging'],
    ['an instance with local SSDs', { type: 'ecs.i2.xlarge' }, 'KeepCharging'],
    ['an instance with local HDDs', { type: 'ecs.d1.2xlarge' }, 'KeepCharging'],
    ['an instance with persistent memory', { type: 'ecs.re6p.large' }, 'KeepCharging'],
    ['a Redis instance with persistent memory', { type: 'ecs.re6p-redis.13xlarge' }, 'KeepCharging'],
    ['a subscription instance', { chargeType: 'PrePaid' }, 'Not-applicable'],
  ]
  for (const [kind, seed, mode] of kinds) {
    const title = `${kind} that is to stop in economical mode shows ${mode} when it is stopped`
    test(title, async () => {
      await using server = await createTestApp()
      const id = await server.instance(seed)
      assert.deepEqual(await stop(server, id, { StoppedMode: 'StopCharging' }), [accepted(id, 'Running', 'Stopping')])
      await server.advance(5)
      assert.equal(await server.status(id), 'Stopped')
      assert.equal(await stoppedMode(server, id), mode)
    })
  }

  test('a subscription instance stops in standard mode, although it shows no mode', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ chargeType: 'PrePaid' })
    await stop(server, id, { StoppedMode: 'StopCharging' })
    const [facts] = await server.app.store.transaction('read', tx => listFacts(tx, account, [id]))
    assert.equal(facts?.stopMode, 'KeepCharging')
  })

  const defaults: readonly [title: string, on: boolean, params: Params, seed: InstanceSeed, mode: string][] = [
    ['is KeepCharging when the account has said nothing', false, {}, {}, 'KeepCharging'],
    ['is StopCharging when the call says so', false, { StoppedMode: 'StopCharging' }, {}, 'StopCharging'],
    ["is the account's default when the call says nothing", true, {}, {}, 'StopCharging'],
    [
      "is the account's default when the call says nothing by an empty text",
      true,
      { StoppedMode: '' },
      {},
      'StopCharging',
    ],
    ["is what the call says against the account's default", true, { StoppedMode: 'KeepCharging' }, {}, 'KeepCharging'],
    [
      "falls back without a word where the account's default cannot be",
      true,
      {},
      { network: 'classic' },
      'KeepCharging',
    ],
    ['does not depend on ForceStop', true, { ForceStop: true }, {}, 'StopCharging'],
  ]
  for (const [title, on, params, seed, mode] of defaults) {
    test(`the mode ${title}`, async () => {
      await using server = await createTestApp()
      if (on) await economicalByDefault(server)
      const id = await server.instance(seed)
      await stop(server, id, params)
      assert.equal(await stoppedMode(server, id), mode)
    })
  }

  test('the mode shows from Stopping on, and no longer once the instance starts', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    assert.equal(await stoppedMode(server, id), 'Not-applicable')
    await stop(server, id, { StoppedMode: 'StopCharging' })
    assert.equal(await stoppedMode(server, id), 'StopCharging')
    await server.advance(5)
    assert.equal(await stoppedMode(server, id), 'StopCharging')
    await callBatch(server.client, 'StartInstances', [id])
    assert.equal(await stoppedMode(server, id), 'Not-applicable')
    await server.advance(5)
    assert.equal(await stoppedMode(server, id), 'Not-applicable')
  })

  test('a mode of an earlier stop has no say in the next', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped', stoppedMode: 'StopCharging' })
    await callBatch(server.client, 'StartInstances', [id])
    await server.advance(5)
    await stop(server, id)
    assert.equal(await stoppedMode(server, id), 'KeepCharging')
  })

  test('a guest that shuts down by itself is stopped in standard mode, whatever the default', async () => {
    await using server = await createTestApp()
    await economicalByDefault(server)
    const id = await server.instance()
    assert.equal(await shutDownInGuest(server, id), true)
    assert.equal(await server.status(id), 'Stopped')
    assert.equal(await stoppedMode(server, id), 'KeepCharging')
  })

  test('a stopped instance does not change its mode by another stop', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped', stoppedMode: 'KeepCharging' })
    const [entry] = await stop(server, id, { StoppedMode: 'StopCharging', BatchOptimization: 'SuccessFirst' })
    assert.equal(entry?.Code, 'IncorrectInstanceStatus')
    assert.equal(await stoppedMode(server, id), 'KeepCharging')
  })
})

suite('how long StopInstances takes', () => {
  const ignores = { shutdown: 'ignore' } as const
  const slow = (seconds: number) => ({ shutdown: 'slow', seconds }) as const
  const powerCycle = { afterGrace: 'power-cycle' } as const
  const courses: readonly {
    title: string
    guest?: NonNullable<InstanceSeed['guest']>
    force?: true
    config?: Partial<AppConfig>
    course: readonly (readonly [number, string])[]
  }[] = [
    {
      title: 'a prompt guest shuts down in seconds',
      course: [
        [2.6, 'Stopping'],
        [3.4, 'Stopped'],
      ],
    },
    {
      title: 'a forced stop is quicker',
      force: true,
      course: [
        [0.8, 'Stopping'],
        [1.2, 'Stopped'],
      ],
    },
    { title: 'a forced stop does not ask the guest', guest: ignores, force: true, course: [[1.2, 'Stopped']] },
    {
      title: 'a slow guest gets its time',
      guest: slow(120),
      course: [
        [107, 'Stopping'],
        [133, 'Stopped'],
      ],
    },
    {
      title: 'a guest that ignores the request is off after 10 minutes',
      guest: ignores,
      course: [
        [599, 'Stopping'],
        [602, 'Stopped'],
      ],
    },
    {
      title: 'a guest slower than the grace time is forced at its end',
      guest: slow(3600),
      course: [
        [599, 'Stopping'],
        [602, 'Stopped'],
      ],
    },
    {
      title: 'the grace time can be set',
      guest: ignores,
      config: { stopGraceMs: 30_000 },
      course: [
        [29, 'Stopping'],
        [32, 'Stopped'],
      ],
    },
    {
      title: 'a guest that was forced at the end of its grace time can be brought back up instead',
      guest: ignores,
      config: powerCycle,
      course: [
        [599, 'Stopping'],
        [602, 'Starting'],
        [606, 'Running'],
      ],
    },
    {
      title: 'a guest that shuts down in time is not brought back up',
      config: powerCycle,
      course: [
        [4, 'Stopped'],
        [700, 'Stopped'],
      ],
    },
    {
      title: 'a forced stop is never brought back up',
      guest: ignores,
      force: true,
      config: powerCycle,
      course: [
        [2, 'Stopped'],
        [700, 'Stopped'],
      ],
    },
  ]
  for (const { title, guest, force = false, config, course } of courses) {
    test(title, async () => {
      await using server = await createTestApp(config)
      const id = await server.instance(guest === undefined ? {} : { guest })
      await stop(server, id, { ForceStop: force })
      await expectCourse(server, id, course)
    })
  }

  test('a forced stop of an instance that hangs in Stopping cuts its power and keeps its stop mode', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: ignores })
    await stop(server, id, { StoppedMode: 'StopCharging' })
    await server.advance(60)
    const entries = await stop(server, id, { ForceStop: true, StoppedMode: 'KeepCharging' })
    assert.deepEqual(entries, [accepted(id, 'Stopping', 'Stopping')])
    await expectCourse(server, id, [
      [0.8, 'Stopping'],
      [1.2, 'Stopped'],
    ])
    assert.equal(await stoppedMode(server, id), 'StopCharging')
  })

  test('forcing it again and again does not put off its end', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ guest: ignores })
    await stop(server, id)
    for (let times = 0; times < 4; times++) {
      await stop(server, id, { ForceStop: true })
      await server.advance(0.4)
      if ((await server.status(id)) === 'Stopped') return
    }
    assert.fail('it is still Stopping after 1.6 s')
  })

  test('an instance that was brought back up shows no stop mode', async () => {
    await using server = await createTestApp(powerCycle)
    const id = await server.instance({ guest: ignores })
    await stop(server, id, { StoppedMode: 'StopCharging' })
    await server.advance(610)
    assert.equal(await server.status(id), 'Running')
    assert.equal(await stoppedMode(server, id), 'Not-applicable')
  })
})
