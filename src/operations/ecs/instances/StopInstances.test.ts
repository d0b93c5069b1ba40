import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { batchRules } from '../../../../test/support/batch-rules.ts'
import {
  accepted,
  callBatch,
  expectCourse,
  expectNoChange,
  refused,
  region,
  unknownId,
  wrongStatus,
} from '../../../../test/support/batch.ts'
import { expectError, instanceIds, type Params, signedForm } from '../../../../test/support/client.ts'

const running = (server: TestApp, count: number) => server.seed({ instances: [{ count, region }] })
const stop = (server: TestApp, ids: readonly string[], params: Params = {}) =>
  callBatch(server.client, 'StopInstances', ids, params)
const stopEach = (server: TestApp, ids: readonly string[], params: Params = {}) =>
  stop(server, ids, { BatchOptimization: 'SuccessFirst', ...params })

batchRules('StopInstances', { needs: 'Running', gives: 'Stopping', cases: [] })

suite('parameters of StopInstances', () => {
  const tooMany = instanceIds(Array.from({ length: 101 }, (_, index) => `i-bp1example${index}`))
  const refusals: readonly [title: string, params: Params, status: number, code: string, message: string][] = [
    ['the region is mandatory', { RegionId: '' }, 400, 'MissingRegionId', 'RegionId is mandatory for this action.'],
    [
      'an unknown region is not found, before ids are looked at',
      { RegionId: 'cn-atlantis', 'InstanceId.1': 'nonsense' },
      404,
      'InvalidRegionId.NotFound',
      'The specified RegionId does not exist.',
    ],
    [
      '101 ids are too many, before their shape is looked at',
      { ...tooMany, 'InstanceId.5': 'nonsense' },
      403,
      'InvalidParameter.TooManyInstanceIds',
      'Instance ids cannot be more than 100.',
    ],
    [
      'a malformed id is refused, before existence is looked at and also in a SuccessFirst batch',
      { ...instanceIds([unknownId, 'i-UPPERCASE']), BatchOptimization: 'SuccessFirst' },
      403,
      'Abs.InvalidInstanceIds.MalFormed',
      'The specified instanceIds is not valid.',
    ],
  ]
  for (const [title, params, status, code, message] of refusals) {
    test(title, async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await expectNoChange(server, () => expectError(stop(server, [id], params), code, { status, message }))
    })
  }

  for (const name of ['BatchOptimization', 'StoppedMode', 'ForceStop', 'DryRun']) {
    test(`a value that ${name} does not have is refused`, async () => {
      await using server = await createTestApp()
      const call = stop(server, [await server.instance()], { [name]: 'perhaps' })
      await expectError(call, 'InvalidParameter', {
        status: 400,
        message: `The specified parameter "${name}" is not valid.`,
      })
    })
  }

  test('a call without any id is told which parameter is missing', async () => {
    await using server = await createTestApp()
    await expectError(stop(server, []), 'MissingInstanceId', { status: 400 })
  })

  test('100 ids are stopped in one call', async () => {
    await using server = await createTestApp()
    const ids = await running(server, 100)
    assert.deepEqual(
      await stop(server, ids),
      ids.map(id => accepted(id, 'Running', 'Stopping')),
    )
  })

  test('gaps in the numbering are ignored and the numeric order is kept', async () => {
    await using server = await createTestApp()
    const [a = '', b = '', c = ''] = await running(server, 3)
    const entries = await stop(server, [], { 'InstanceId.10': a, 'InstanceId.2': b, 'InstanceId.9': c })
    assert.deepEqual(
      entries.map(entry => entry.InstanceId),
      [b, c, a],
    )
  })

  test('an id that stands twice counts once, in its first place', async () => {
    await using server = await createTestApp()
    const [a = '', b = ''] = await running(server, 2)
    assert.deepEqual(await stop(server, [b, a, b]), [
      accepted(b, 'Running', 'Stopping'),
      accepted(a, 'Running', 'Stopping'),
    ])
  })

  for (const value of ['True', 'TRUE', 'true']) {
    test(`a boolean may be written ${value}`, async () => {
      await using server = await createTestApp()
      await expectError(stop(server, [await server.instance()], { DryRun: value }), 'DRYRUN.SUCCESS')
    })
  }

  test('empty options count as not given, and the parameters for owners mean nothing', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const empty = { StoppedMode: '', BatchOptimization: '', ForceStop: '', DryRun: '' }
    const owner = { OwnerId: 1, OwnerAccount: 'a', ResourceOwnerId: 2, ResourceOwnerAccount: 'b' }
    assert.deepEqual(await stop(server, [id], { ...empty, ...owner }), [accepted(id, 'Running', 'Stopping')])
  })
})

suite('status before StopInstances', () => {
  test('a running instance is Stopping, and Stopped later', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await stop(server, [id])
    await expectCourse(server, id, [
      [0, 'Stopping'],
      [5, 'Stopped'],
    ])
  })

  for (const [status, code, message] of [
    ['Stopped', 'IncorrectInstanceStatus', wrongStatus('Stopped', 'Running')],
    ['Starting', 'IncorrectInstanceStatus', wrongStatus('Starting', 'Running')],
    ['Pending', 'InstanceNotReady', 'The specified instance is not ready for use.'],
  ] as const) {
    test(`an instance that is ${status} refuses a forced stop`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status })
      const call = () => stop(server, [id], { ForceStop: true })
      await expectNoChange(server, () => expectError(call(), code, { status: 403, message }))
    })
  }

  test('an instance with an encrypted disk and a usable key stops', async () => {
    await using server = await createTestApp()
    await server.seed({ kmsKeys: [{ id: 'key-payments', region }] })
    const id = await server.instance({ kmsKey: 'key-payments' })
    assert.deepEqual(await stop(server, [id]), [accepted(id, 'Running', 'Stopping')])
  })
})

suite('batches of several stops', () => {
  test('AllTogether reports the first failing instance in the order of the request', async () => {
    await using server = await createTestApp()
    const good = await server.instance()
    const locked = await server.instance({ locks: ['security'] })
    const starting = await server.instance({ status: 'Starting' })
    await expectError(stop(server, [good, starting, locked, unknownId]), 'IncorrectInstanceStatus', { status: 403 })
    await expectError(stop(server, [good, locked, starting, unknownId]), 'InstanceLockedForSecurity', { status: 403 })
    await expectError(stop(server, [good, unknownId, locked, starting]), 'InvalidInstanceIds.NotFound', { status: 404 })
  })

  test('SuccessFirst says of an instance of another cloud product which operation it refuses', async () => {
    await using server = await createTestApp()
    const managed = await server.instance({ managed: true })
    const message =
      'The system instance does not support the StopInstances operation because it is managed by another cloud product.'
    assert.deepEqual(await stopEach(server, [managed]), [
      refused(managed, 'OperationDenied.SystemInstanceNotSupport', message, 'Running'),
    ])
  })

  test('SuccessFirst answers 200 when every instance fails', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    assert.deepEqual(
      (await stopEach(server, [id, unknownId])).map(entry => entry.Code),
      ['IncorrectInstanceStatus', 'InvalidInstanceId.NotFound'],
    )
  })

  test("another account's instance does not exist", async () => {
    await using server = await createTestApp()
    await server.seed({ accounts: [{ id: '2000000000000002' }] })
    const id = await server.instance({ account: '2000000000000002' })
    await expectError(stop(server, [id]), 'InvalidInstanceIds.NotFound', { status: 404 })
  })

  for (const mode of ['AllTogether', 'SuccessFirst']) {
    test(`a ${mode} dry run of an economical stop writes nothing`, async () => {
      await using server = await createTestApp()
      const ids = await running(server, 2)
      const call = () => stop(server, ids, { BatchOptimization: mode, StoppedMode: 'StopCharging', DryRun: true })
      const message = 'This request is a dryrun request with successful result.'
      await expectNoChange(server, () => expectError(call(), 'DRYRUN.SUCCESS', { status: 400, message }))
    })
  }

  test('of two racing calls for the same instances exactly one wins', async () => {
    await using server = await createTestApp()
    const ids = await running(server, 3)
    const results = await Promise.allSettled([stop(server, ids), stop(server, ids.toReversed())])
    assert.deepEqual(results.map(result => result.status).sort(), ['fulfilled', 'rejected'])
    const loser = results.find(result => result.status === 'rejected')
    await expectError(Promise.reject(loser?.reason), 'IncorrectInstanceStatus', {
      message: wrongStatus('Stopping', 'Running'),
    })
  })

  test('racing SuccessFirst calls stop each instance once', async () => {
    await using server = await createTestApp()
    const ids = await running(server, 5)
    const entries = (await Promise.all(Array.from({ length: 4 }, () => stopEach(server, ids)))).flat()
    const winners = entries.filter(entry => entry.Code === '200').map(entry => entry.InstanceId)
    assert.deepEqual(winners.sort(), ids.toSorted())
  })
})

suite('answers of StopInstances', () => {
  test('in JSON: a request id, and one entry of five texts per instance', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const { RequestId, ...rest } = await server.client.call('StopInstances', { RegionId: region, 'InstanceId.1': id })
    assert.match(RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
    assert.deepEqual(rest, { InstanceResponses: { InstanceResponse: [accepted(id, 'Running', 'Stopping')] } })
  })

  test('in XML: the same elements under StopInstancesResponse', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    const params = { RegionId: region, ...instanceIds([id, unknownId]), BatchOptimization: 'SuccessFirst' }
    const key = { accessKeyId: 'localyun', secret: 'localyun-secret' }
    const form = signedForm(key, 'POST', 'StopInstances', params, { Format: 'XML' })
    const response = await fetch(server.app.endpoint, { method: 'POST', body: form })
    const entry = (children: string) => `<InstanceResponse>${children}</InstanceResponse>`
    assert.equal(
      (await response.text()).replace(/<RequestId>[0-9A-F-]{36}<\/RequestId>/, '<RequestId/>'),
      `<?xml version="1.0" encoding="UTF-8"?>\n<StopInstancesResponse><RequestId/><InstanceResponses>${entry(
        `<Code>200</Code><Message>success</Message><InstanceId>${id}</InstanceId><PreviousStatus>Running</PreviousStatus><CurrentStatus>Stopping</CurrentStatus>`,
      )}${entry(
        `<Code>InvalidInstanceId.NotFound</Code><Message>The specified InstanceId does not exist.</Message><InstanceId>${unknownId}</InstanceId><PreviousStatus/><CurrentStatus/>`,
      )}</InstanceResponses></StopInstancesResponse>`,
    )
  })
})
