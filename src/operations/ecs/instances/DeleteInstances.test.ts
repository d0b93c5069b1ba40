import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import {
  expectCourse,
  expectNoChange,
  ramUser,
  region,
  statuses,
  unknownId,
  wrongStatus,
} from '../../../../test/support/batch.ts'
import { expectError, instanceIds, type Params } from '../../../../test/support/client.ts'
import { lockReasons } from '../../../domain/instances/types.ts'

type InstanceSeed = NonNullable<Parameters<TestApp['instance']>[0]>

const graceful = { Force: true, ForceStop: false }
const deleteBatch = (server: TestApp, ids: readonly string[], params: Params = {}) =>
  server.client.call('DeleteInstances', { RegionId: region, ...instanceIds(ids), ...params })
const deleteOne = (server: TestApp, id: string, params: Params = {}) =>
  server.client.call('DeleteInstance', { InstanceId: id, ...params })

/** Both operations, on one instance. */
const ways = [
  {
    action: 'DeleteInstances',
    call: (server: TestApp, id: string, params?: Params) => deleteBatch(server, [id], params),
  },
  { action: 'DeleteInstance', call: deleteOne },
] as const

for (const { action, call } of ways) {
  suite(`${action} of one instance`, () => {
    const stopped = { status: 'Stopped' } as const
    const releases: readonly [title: string, seed: InstanceSeed, params: Params][] = [
      ['a stopped instance is gone at once', stopped, {}],
      ['with Force a stopped instance is gone at once', stopped, { Force: true }],
      ['a graceful release of a stopped instance has nothing to wait for', stopped, graceful],
      ['with Force a running instance is gone at once', {}, { Force: true }],
      [
        'with TerminateSubscription a subscription is given up',
        { ...stopped, chargeType: 'PrePaid' },
        { TerminateSubscription: true },
      ],
      ...lockReasons.map((lock): [string, InstanceSeed, Params] => [
        `a lock (${lock}) does not stand in the way`,
        { ...stopped, locks: [lock] },
        {},
      ]),
    ]
    for (const [title, seed, params] of releases) {
      test(title, async () => {
        await using server = await createTestApp()
        const id = await server.instance(seed)
        assert.deepEqual(Object.keys(await call(server, id, params)), ['RequestId'])
        assert.equal(await server.describe(id), undefined)
      })
    }

    const either = 'Running,Stopped'
    const managed = `The system instance does not support the ${action} operation because it is managed by another cloud product.`
    const charged = 'The operation is not permitted due to charge type of the instance.'
    const initializing = 'The specified instance status does not support this operation.'
    const refusals: readonly [title: string, seed: InstanceSeed, params: Params, code: string, message: string][] = [
      ['a running instance', {}, {}, 'IncorrectInstanceStatus', wrongStatus('Running', 'Stopped')],
      [
        'a running instance without Force',
        {},
        { ForceStop: true },
        'IncorrectInstanceStatus',
        wrongStatus('Running', 'Stopped'),
      ],
      [
        'a starting instance',
        { status: 'Starting' },
        { Force: true },
        'IncorrectInstanceStatus',
        wrongStatus('Starting', either),
      ],
      [
        'a stopping instance',
        { status: 'Stopping' },
        { Force: true },
        'IncorrectInstanceStatus',
        wrongStatus('Stopping', either),
      ],
      [
        'an instance that is still being created',
        { status: 'Pending' },
        { Force: true },
        'IncorrectInstanceStatus.Initializing',
        initializing,
      ],
      ['a subscription', { ...stopped, chargeType: 'PrePaid' }, { Force: true }, 'ChargeTypeViolation', charged],
      [
        "another product's instance",
        { ...stopped, managed: true },
        {},
        'OperationDenied.SystemInstanceNotSupport',
        managed,
      ],
    ]
    for (const [title, seed, params, code, message] of refusals) {
      test(`${title} is refused with ${code}`, async () => {
        await using server = await createTestApp()
        const id = await server.instance(seed)
        await expectNoChange(server, () => expectError(call(server, id, params), code, { status: 403, message }))
      })
    }

    test('an expired subscription is released like pay-as-you-go', async () => {
      await using server = await createTestApp()
      const id = await server.instance({ ...stopped, chargeType: 'PrePaid' })
      await server.advance(30 * 24 * 3600 - 1)
      await expectError(call(server, id), 'ChargeTypeViolation')
      await server.advance(1)
      await call(server, id)
      assert.equal(await server.describe(id), undefined)
    })

    test('release protection stands in the way of every release', async () => {
      await using server = await createTestApp()
      const { InstanceIdSets } = await server.client.call('RunInstances', {
        RegionId: region,
        ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
        InstanceType: 'ecs.g7.large',
        DeletionProtection: true,
      })
      const [id] = InstanceIdSets.InstanceIdSet
      await server.advance(10)
      const message = 'The operation is not allowed due to deletion protection.'
      const refused = expectError(call(server, id, { Force: true }), 'InvalidOperation.DeletionProtection', { message })
      assert.equal((await refused).status, 403)
      assert.equal(await server.status(id), 'Running')
    })

    test('a graceful release lets the guest shut down, and then the instance is gone', async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await call(server, id, graceful)
      await expectCourse(server, id, [
        [0, 'Stopping'],
        [2.6, 'Stopping'],
        [3.4, undefined],
      ])
    })

    test('a graceful release ends by force when the guest ignores it', async () => {
      await using server = await createTestApp({ afterGrace: 'power-cycle' })
      const id = await server.instance({ guest: { shutdown: 'ignore' } })
      await call(server, id, graceful)
      await expectCourse(server, id, [
        [599, 'Stopping'],
        [602, undefined],
      ])
    })

    const dryRun = action === 'DeleteInstance' ? 'DryRunOperation' : 'DRYRUN.SUCCESS'
    test(`a dry run answers ${dryRun} or the error, and releases nothing`, async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await expectNoChange(server, async () => {
        await expectError(call(server, id, { DryRun: true, Force: true }), dryRun, { status: 400 })
        await expectError(call(server, id, { DryRun: true, ...graceful }), dryRun, { status: 400 })
        await expectError(call(server, id, { DryRun: true }), 'IncorrectInstanceStatus', { status: 403 })
      })
    })

    test('a RAM user without permission is denied', async () => {
      await using server = await createTestApp()
      const id = await server.instance(stopped)
      const user = await ramUser(server, 'ecs:Describe*', '*')
      const denied = user.call(action, { RegionId: region, 'InstanceId.1': id, InstanceId: id })
      await expectNoChange(server, () => expectError(denied, 'Forbidden.RAM', { status: 403 }))
    })
  })
}

suite('ids of DeleteInstances and DeleteInstance', () => {
  const invalid = 'The specified instanceIds is not valid.'
  for (const [title, params, status, code, message] of [
    [
      'an unknown id',
      { 'InstanceId.2': unknownId },
      404,
      'InvalidInstanceIds.NotFound',
      'The specified InstanceIds does not exist.',
    ],
    ['a malformed id', { 'InstanceId.2': 'nonsense' }, 403, 'InvalidInstanceIds.ValueNotSupported', invalid],
    ['an empty id alone', { 'InstanceId.1': '' }, 403, 'InvalidInstanceId.NotFound', 'InstanceId should not be null.'],
    [
      '101 ids',
      instanceIds(Array.from({ length: 101 }, (_, index) => `i-bp1example${index}`)),
      403,
      'InvalidParameter.TooManyInstanceIds',
      'Instance ids cannot be more than 100.',
    ],
  ] as const) {
    test(`a batch with ${title} is refused`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: 'Stopped' })
      await expectNoChange(server, () => expectError(deleteBatch(server, [id], params), code, { status, message }))
    })
  }

  test('a batch with an instance of another region is refused', async () => {
    await using server = await createTestApp()
    const ids = [
      await server.instance({ status: 'Stopped' }),
      await server.instance({ status: 'Stopped', region: 'cn-beijing', zone: 'cn-beijing-h' }),
    ]
    await expectNoChange(server, () =>
      expectError(deleteBatch(server, ids), 'InvalidParameter.CrossRegionNotSupport', { status: 400 }),
    )
  })

  test('one bad instance keeps the others', async () => {
    await using server = await createTestApp()
    const good = await server.instance({ status: 'Stopped' })
    const bad = await server.instance({ status: 'Running' })
    await expectNoChange(server, () => expectError(deleteBatch(server, [good, bad]), 'IncorrectInstanceStatus'))
  })

  test('stopped and running instances leave together, each in its way', async () => {
    await using server = await createTestApp()
    const ids = [await server.instance({ status: 'Stopped' }), await server.instance()]
    await deleteBatch(server, [...ids, ...ids], graceful)
    assert.deepEqual(await statuses(server, ids), [undefined, 'Stopping'])
  })

  test('DeleteInstance of an unknown id is not found, of a malformed one invalid', async () => {
    await using server = await createTestApp()
    await expectError(deleteOne(server, unknownId), 'InvalidInstanceId.NotFound', { status: 404 })
    const message = 'The input parameter InstanceId is invalid.'
    await expectError(deleteOne(server, 'nonsense'), 'InvalidParameter', { status: 400, message })
  })
})

suite('ClientToken of DeleteInstances', () => {
  const token = { ClientToken: 'token-1' }

  test('a repeated call gets the first answer instead of "not found"', async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    await deleteBatch(server, [id], token)
    await deleteBatch(server, [id], token)
    await expectError(deleteBatch(server, [id]), 'InvalidInstanceIds.NotFound')
  })

  test('a token cannot be used for another call', async () => {
    await using server = await createTestApp()
    const ids = [await server.instance({ status: 'Stopped' }), await server.instance({ status: 'Stopped' })]
    await deleteBatch(server, ids.slice(0, 1), token)
    await expectNoChange(server, () =>
      expectError(deleteBatch(server, ids.slice(1), token), 'IdempotentParameterMismatch', { status: 400 }),
    )
  })

  test('a call that failed leaves its token free', async () => {
    await using server = await createTestApp()
    const id = await server.instance()
    await expectError(deleteBatch(server, [id], token), 'IncorrectInstanceStatus')
    await expectError(deleteBatch(server, [id], { ...token, Force: true, DryRun: true }), 'DRYRUN.SUCCESS')
    await deleteBatch(server, [id], { ...token, Force: true })
    assert.equal(await server.describe(id), undefined)
  })

  for (const [title, ClientToken] of [
    ['longer than 64 characters', 'x'.repeat(65)],
    ['not in ASCII', 'schlüssel'],
  ] as const) {
    test(`a token that is ${title} is refused`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: 'Stopped' })
      await expectError(deleteBatch(server, [id], { ClientToken }), 'InvalidClientToken.ValueNotSupported')
    })
  }
})
