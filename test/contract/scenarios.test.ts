import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scenarios } from '../../src/control/faults/scenarios.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import { createSdk, ecs, type EcsClient } from '../support/sdk.ts'

const regionId = 'cn-hangzhou'

/** A fleet in the night of a scenario, and a caller with the official SDK. */
interface Night {
  readonly server: TestApp
  readonly sdk: EcsClient
  readonly ids: string[]
  stop(ids?: readonly string[], fields?: object): Promise<void>
  start(): Promise<void>
  reboot(): Promise<void>
  run(fields?: object): Promise<string[]>
  /** What the caller is shown, in the order of `ids`; undefined for what is not shown. */
  statuses(ids?: readonly string[]): Promise<(string | undefined)[]>
  /** How often each of the scenario's rules has struck. */
  struck(): Promise<number[]>
}

const tested = new Set<string>()

function scenarioTest(name: string, shows: string, play: (night: Night) => Promise<void>, given = {}): void {
  tested.add(name)
  test(`${name}: ${shows}`, async () => {
    const { narrowedTo = {}, count = 3, ...fields } = given as { narrowedTo?: object; count?: number }
    await using server = await createTestApp()
    const ids = await server.seed({ instances: [{ count, region: regionId, ...fields }] })
    const { status, body } = await control(server, 'POST', `/scenarios/${name}`, narrowedTo)
    assert.equal(status, 200, JSON.stringify(body))
    await play(night(server, ids))
  })
}

function night(server: TestApp, ids: string[]): Night {
  const sdk = createSdk({ port: server.app.port })
  return {
    server,
    sdk,
    ids,
    stop: async (instanceId = ids, fields = {}) =>
      void (await sdk.stopInstances(
        new ecs.StopInstancesRequest({ regionId, instanceId: [...instanceId], ...fields }),
      )),
    start: async () => void (await sdk.startInstances(new ecs.StartInstancesRequest({ regionId, instanceId: ids }))),
    reboot: async () => void (await sdk.rebootInstances(new ecs.RebootInstancesRequest({ regionId, instanceId: ids }))),
    async run(fields = {}) {
      const image = { instanceType: 'ecs.g7.large', imageId: 'aliyun_3_x64_20G_alibase_20240528.vhd' }
      const { body } = await sdk.runInstances(new ecs.RunInstancesRequest({ regionId, ...image, ...fields }))
      return body?.instanceIdSets?.instanceIdSet ?? []
    },
    async statuses(asked = ids) {
      const request = new ecs.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify(asked), pageSize: 100 })
      const { body } = await sdk.describeInstances(request)
      const byId = new Map(body?.instances?.instance?.map(one => [one.instanceId, one.status]))
      return asked.map(id => byId.get(id))
    },
    async struck() {
      const { body } = await control(server, 'GET', '/faults')
      return body.faults.map((fault: { struck: number }) => fault.struck)
    },
  }
}

interface Failure {
  readonly code?: string
  readonly statusCode?: number
  readonly retryAfter?: number
}

/** The error of a call that must fail. */
function failure(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    () => assert.fail('The call succeeded.'),
    (reason: Failure) => reason,
  )
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const { statusCode, code } = await failure(call)
  return `${statusCode} ${code}`
}

/** The call ended without an answer. */
async function expectBroken(call: Promise<unknown>): Promise<void> {
  const { statusCode } = await failure(call)
  assert.equal(statusCode, undefined)
}

/** Repeats a call until it succeeds; returns how often it failed. */
async function persist(call: () => Promise<unknown>, tries = 10): Promise<number> {
  for (let failed = 0; ; failed++) {
    try {
      await call()
      return failed
    } catch (reason) {
      if (failed + 1 === tries) throw reason
    }
  }
}

/** Looks every second of instance time until all show a status; returns how long that took. */
async function secondsUntil(one: Night, status: string, ids?: readonly string[]): Promise<number> {
  for (let seconds = 0; seconds <= 900; seconds++) {
    if ((await one.statuses(ids)).every(shown => shown === status)) return seconds
    await one.server.advance(1)
  }
  return assert.fail(`They did not come to ${status}.`)
}

const all = (status: string | undefined) => [status, status, status]
const powerOperations = 6

scenarioTest('throttled', 'five refusals that say how long to wait', async one => {
  for (let call = 0; call < 5; call++) {
    const { code, statusCode, retryAfter } = await failure(one.stop())
    assert.deepEqual([statusCode, code, retryAfter], [400, 'Throttling.User', 1000])
  }
  assert.deepEqual(await one.statuses(), all('Running'))
  await one.stop()
  await secondsUntil(one, 'Stopped')
  assert.equal(await persist(() => one.start()), 5)
})

scenarioTest('stuck-in-stopping', 'only force ends it', async one => {
  await one.stop()
  await one.server.advance(3600)
  assert.deepEqual(await one.statuses(), ['Stopping', 'Stopped', 'Stopped'])
  assert.equal(await codeOf(one.stop(one.ids.slice(0, 1))), '403 IncorrectInstanceStatus')
  await one.stop(one.ids.slice(0, 1), { forceStop: true })
  await secondsUntil(one, 'Stopped')
})

scenarioTest('slow-guest', 'Stopping for nine minutes, and then well', async one => {
  await one.stop()
  await one.server.advance(480)
  assert.deepEqual(await one.statuses(), all('Stopping'))
  await one.server.advance(120)
  assert.deepEqual(await one.statuses(), all('Stopped'))
  await one.start()
  await secondsUntil(one, 'Running')
  await one.reboot()
  await one.server.advance(480)
  assert.deepEqual(await one.statuses(), all('Stopping'))
  await one.server.advance(120)
  assert.deepEqual(await one.statuses(), all('Running'))
})

scenarioTest('one-bad-instance', 'AllTogether stops none, and its repeat all', async one => {
  assert.equal(await codeOf(one.stop()), '409 InvalidOperation.Conflict')
  assert.deepEqual(await one.statuses(), all('Running'))
  await one.stop()
  await secondsUntil(one, 'Stopped')
})

scenarioTest('one-bad-instance', 'SuccessFirst stops the others and names the code', async one => {
  const request = { regionId, instanceId: one.ids, batchOptimization: 'SuccessFirst' }
  const { statusCode, body } = await one.sdk.stopInstances(new ecs.StopInstancesRequest(request))
  const codes = body?.instanceResponses?.instanceResponse?.map(entry => entry.code)
  assert.deepEqual([statusCode, codes], [200, ['200', 'InvalidOperation.Conflict', '200']])
  assert.deepEqual(await one.statuses(), ['Stopping', 'Running', 'Stopping'])
  await one.stop(one.ids.slice(1, 2))
  await secondsUntil(one, 'Stopped')
})

scenarioTest(
  'no-stock-on-start',
  'three refusals, and the fourth try succeeds',
  async one => {
    for (let tries = 0; tries < 3; tries++) {
      assert.equal(await codeOf(one.start()), '403 OperationDenied.NoStock')
      assert.deepEqual(await one.statuses(), ['Stopped'])
    }
    await one.start()
    await secondsUntil(one, 'Running')
  },
  { count: 1, status: 'Stopped', stoppedMode: 'StopCharging' },
)

scenarioTest(
  'start-fails-late',
  'Starting, and Stopped again',
  async one => {
    await one.start()
    assert.deepEqual(await one.statuses(), all('Starting'))
    await one.server.advance(60)
    assert.deepEqual(await one.statuses(), ['Stopped', 'Running', 'Running'])
    const { body } = await control(one.server, 'GET', `/instances/${one.ids[0]}`)
    assert.equal(body.timeline.at(-1).reason, 'the host could not start the machine')
    const request = new ecs.StartInstancesRequest({ regionId, instanceId: one.ids.slice(0, 1) })
    await one.sdk.startInstances(request)
    await secondsUntil(one, 'Running')
  },
  { status: 'Stopped' },
)

scenarioTest('stop-fails-late', 'Stopping for eight seconds, and Running again', async one => {
  await one.stop()
  await one.server.advance(7)
  assert.deepEqual(await one.statuses(), ['Stopping', 'Stopped', 'Stopped'])
  await one.server.advance(2)
  assert.deepEqual(await one.statuses(), ['Running', 'Stopped', 'Stopped'])
  await one.stop(one.ids.slice(0, 1))
  await secondsUntil(one, 'Stopped')
})

scenarioTest('creation-fails-late', 'the first of the new ids vanishes', async one => {
  const ids = await one.run({ amount: 3 })
  assert.deepEqual(await one.statuses(ids), all('Pending'))
  await one.server.advance(60)
  assert.deepEqual(await one.statuses(ids), [undefined, 'Running', 'Running'])
  await secondsUntil(one, 'Running', await one.run())
})

scenarioTest('stale-describe', 'the status of before for 30 seconds, while operations know the truth', async one => {
  await one.stop()
  await one.server.advance(29)
  assert.deepEqual(await one.statuses(), all('Running'))
  assert.equal(await codeOf(one.stop()), '403 IncorrectInstanceStatus')
  await one.server.advance(1)
  assert.deepEqual(await one.statuses(), all('Stopped'))
  await one.start()
  await one.server.advance(29)
  assert.deepEqual(await one.statuses(), all('Stopped'))
  assert.equal(await secondsUntil(one, 'Running'), 1)
})

scenarioTest('invisible-at-first', 'new instances are found after 15 seconds', async one => {
  const ids = await one.run({ amount: 3 })
  await one.server.advance(14)
  assert.deepEqual(await one.statuses(ids), all(undefined))
  assert.equal(await secondsUntil(one, 'Running', ids), 1)
})

scenarioTest('reply-lost', 'the answer is missing, the work is not', async one => {
  await expectBroken(one.stop())
  assert.deepEqual(await one.statuses(), all('Stopping'))
  assert.equal(await codeOf(one.stop()), '403 IncorrectInstanceStatus')
  await secondsUntil(one, 'Stopped')
  await expectBroken(one.run({ amount: 3, clientToken: 'once' }))
  const ids = await one.run({ amount: 3, clientToken: 'once' })
  await secondsUntil(one, 'Running', ids)
  const { body } = await one.sdk.describeInstances(new ecs.DescribeInstancesRequest({ regionId }))
  assert.equal(body?.totalCount, 6)
})

scenarioTest('connection-refused-midway', 'two broken connections, and nothing done', async one => {
  await expectBroken(one.stop())
  await expectBroken(one.statuses())
  assert.deepEqual(await one.statuses(), all('Running'))
  await one.stop()
  await secondsUntil(one, 'Stopped')
})

scenarioTest('error-after-commit', 'a 500, and the work is done', async one => {
  assert.equal(await codeOf(one.stop()), '500 InternalError')
  assert.deepEqual(await one.statuses(), all('Stopping'))
  assert.equal(await codeOf(one.stop()), '403 IncorrectInstanceStatus')
  await secondsUntil(one, 'Stopped')
  assert.deepEqual(await one.struck(), [1, ...Array.from({ length: powerOperations - 1 }, () => 0)])
})

scenarioTest('service-unavailable', 'four refusals are more than three quick tries', async one => {
  for (let tries = 0; tries < 3; tries++) assert.equal(await codeOf(one.stop()), '503 ServiceUnavailable')
  assert.equal(await codeOf(one.statuses()), '503 ServiceUnavailable')
  assert.deepEqual(await one.statuses(), all('Running'))
  await one.stop()
  await secondsUntil(one, 'Stopped')
})

scenarioTest('flaky', 'a fifth of the calls fails, and repeats come through', async one => {
  const codes: string[] = []
  for (let calls = 0; calls < 100; calls++) {
    codes.push(
      await one.statuses().then(
        () => 'ok',
        (reason: Failure) => `${reason.statusCode} ${reason.code}`,
      ),
    )
  }
  const failed = codes.filter(code => code !== 'ok')
  assert.deepEqual([...new Set(failed)], ['500 InternalError'])
  assert.ok(failed.length >= 10 && failed.length <= 30, `${failed.length} of 100`)
  await persist(() => one.stop())
  await one.server.advance(60)
  await persist(async () => assert.deepEqual(await one.statuses(), all('Stopped')))
})

scenarioTest(
  'slow-answers',
  'a caller in a hurry hears nothing of work that is done; a patient one gets its answer',
  async one => {
    const [first = '', second = ''] = one.ids
    const stop = (instanceId: string, readTimeout: number) =>
      one.sdk.stopInstanceWithOptions(new ecs.StopInstanceRequest({ instanceId }), { readTimeout } as never)
    const patient = stop(second, 30_000)
    await expectBroken(stop(first, 50))
    assert.deepEqual(await one.statuses(), ['Stopping', 'Stopping', 'Running'])
    assert.equal((await patient).statusCode, 200)
  },
  { narrowedTo: { action: 'StopInstance' } },
)

scenarioTest('host-out-of-reach', 'the order takes 15 seconds longer', async one => {
  await one.stop()
  await one.server.advance(15)
  assert.deepEqual(await one.statuses(), ['Stopping', 'Stopped', 'Stopped'])
  const seconds = 15 + (await secondsUntil(one, 'Stopped'))
  assert.ok(seconds >= 17 && seconds <= 19, `${seconds} s`)
})

scenarioTest('bad-night', 'throttled, unanswered, stuck and stale, and yet it ends', async one => {
  for (let calls = 0; calls < 3; calls++) {
    const { code, retryAfter } = await failure(one.stop())
    assert.deepEqual([code, retryAfter], ['Throttling.User', 200])
  }
  await expectBroken(one.stop())
  await one.server.advance(9)
  assert.deepEqual(await one.statuses(), ['Stopping', 'Running', 'Running'])
  assert.equal(await codeOf(one.stop()), '403 IncorrectInstanceStatus')
  await one.server.advance(600)
  assert.deepEqual(await one.statuses(), ['Stopping', 'Stopped', 'Stopped'])
  await one.stop(one.ids.slice(0, 1), { forceStop: true })
  await secondsUntil(one, 'Stopped')
})

test('every scenario of the gallery is shown by a test', () => {
  assert.deepEqual([...tested].sort(), scenarios.map(one => one.name).sort())
})

test('an action narrows a scenario to the rules about it', async () => {
  await using server = await createTestApp()
  const { body } = await control(server, 'POST', '/scenarios/throttled', { action: 'StartInstances', times: 2 })
  assert.partialDeepStrictEqual(body.faults, [{ action: 'StartInstances', times: 2 }])
  const other = await control(server, 'POST', '/scenarios/throttled', { action: 'DescribeRegions' })
  assert.equal(other.status, 400)
  assert.match(other.body.error, /no rule about DescribeRegions, only about StopInstances, /)
  const unknown = await control(server, 'POST', '/scenarios/quiet-night', {})
  assert.deepEqual([unknown.status, /There are throttled, /.test(unknown.body.error)], [404, true])
})
