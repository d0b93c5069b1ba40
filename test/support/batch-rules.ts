import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type InstanceStatus, instanceStatuses } from '../../src/domain/instances/types.ts'
import type { SeedInput } from '../../src/services/world/seed-document.ts'
import { createTestApp, type TestApp } from './app.ts'
import {
  accepted,
  account,
  type BatchAction,
  callBatch,
  expectNoChange,
  ramUser,
  refused,
  region,
  statuses,
  unknownId,
  wrongStatus,
} from './batch.ts'
import { expectError, type Params } from './client.ts'

type InstanceSeed = NonNullable<Parameters<TestApp['instance']>[0]>

/** An error and the state of the world that causes it. */
export interface RefusalCase {
  readonly because: string
  readonly error: readonly [status: number, code: string, message?: string]
  readonly world?: SeedInput
  readonly instance?: InstanceSeed
}

const key = { id: 'key-payments', region } as const

/** Causes of refusal that StartInstances and RebootInstances share with StopInstances. */
const sharedCases: readonly RefusalCase[] = [
  { because: 'it has a security lock', error: [403, 'InstanceLockedForSecurity'], instance: { locks: ['security'] } },
  {
    because: "its disk's key lacks the tag",
    error: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be added ECS tag'],
    world: { kmsKeys: [{ ...key, ecsTag: false }] },
    instance: { kmsKey: key.id },
  },
  {
    because: "its disk's key is disabled",
    error: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be enabled.'],
    world: { kmsKeys: [{ ...key, state: 'Disabled' }] },
    instance: { kmsKey: key.id },
  },
  {
    because: 'ECS may not use the key of its disk',
    error: [400, 'InvalidParameter.KMSKeyId.KMSUnauthorized'],
    world: { kmsKeys: [{ ...key, ecsAuthorized: false }] },
    instance: { kmsKey: key.id },
  },
  {
    because: 'the balance is below zero',
    error: [403, 'InsufficientBalance'],
    world: { accounts: [{ id: account, balance: -1 }] },
  },
]

/** The rules that StartInstances and RebootInstances have in common, as tests. */
export function batchRules(
  action: BatchAction,
  { needs, gives, cases }: { needs: InstanceStatus; gives: InstanceStatus; cases: readonly RefusalCase[] },
): void {
  const other: InstanceStatus = needs === 'Running' ? 'Stopped' : 'Running'

  suite(`batches of ${action}`, () => {
    test(`an instance that is ${needs} is accepted and ${gives} at once`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs })
      assert.deepEqual(await callBatch(server.client, action, [id]), [accepted(id, needs, gives)])
      assert.equal(await server.status(id), gives)
    })

    for (const status of instanceStatuses.filter(one => one !== needs)) {
      test(`an instance that is ${status} is refused`, async () => {
        await using server = await createTestApp()
        const id = await server.instance({ status })
        const [code, message] =
          status === 'Pending'
            ? ['InstanceNotReady', 'The specified instance is not ready for use.']
            : ['IncorrectInstanceStatus', wrongStatus(status, needs)]
        await expectNoChange(server, () =>
          expectError(callBatch(server.client, action, [id]), code, { status: 403, message }),
        )
      })
    }

    for (const { because, error, world = {}, instance = {} } of [...sharedCases, ...cases]) {
      const [status, code, message] = error
      test(`an instance is refused with ${status} ${code} because ${because}`, async () => {
        await using server = await createTestApp()
        await server.seed(world)
        const id = await server.instance({ status: needs, ...instance })
        const call = () => callBatch(server.client, action, [id])
        const expected = message === undefined ? { status } : { status, message }
        await expectNoChange(server, () => expectError(call(), code, expected))
      })
    }

    test('AllTogether is the default: one bad instance fails the call and nobody changes', async () => {
      await using server = await createTestApp()
      const good = await server.instance({ status: needs })
      const bad = await server.instance({ status: other })
      const message = wrongStatus(other, needs)
      await expectNoChange(server, async () => {
        await expectError(callBatch(server.client, action, [good, bad]), 'IncorrectInstanceStatus', { message })
        await expectError(callBatch(server.client, action, [good, unknownId]), 'InvalidInstanceIds.NotFound', {
          status: 404,
        })
      })
    })

    test('SuccessFirst does what it can and answers for each, in the order of the request', async () => {
      await using server = await createTestApp()
      const good = await server.instance({ status: needs })
      const bad = await server.instance({ status: other })
      const params = { BatchOptimization: 'SuccessFirst' }
      assert.deepEqual(await callBatch(server.client, action, [bad, unknownId, good], params), [
        refused(bad, 'IncorrectInstanceStatus', wrongStatus(other, needs), other),
        refused(unknownId, 'InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.'),
        accepted(good, needs, gives),
      ])
      assert.deepEqual(await statuses(server, [bad, good]), [other, gives])
    })

    for (const [mode, status, code] of [
      ['AllTogether', needs, 'DRYRUN.SUCCESS'],
      ['AllTogether', other, 'IncorrectInstanceStatus'],
      ['SuccessFirst', needs, 'DRYRUN.SUCCESS'],
      ['SuccessFirst', other, 'DRYRUN.SUCCESS'],
    ] as const) {
      test(`a ${mode} dry run with an instance that is ${status} answers ${code} and writes nothing`, async () => {
        await using server = await createTestApp()
        const ids = [await server.instance({ status: needs }), await server.instance({ status })]
        const params = { BatchOptimization: mode, DryRun: true }
        await expectNoChange(server, () => expectError(callBatch(server.client, action, ids, params), code))
      })
    }

    for (const mode of ['AllTogether', 'SuccessFirst']) {
      test(`a RAM user without permission for one instance of a ${mode} batch is denied for all`, async () => {
        await using server = await createTestApp()
        const [mine = '', foreign = ''] = await server.seed({ instances: [{ count: 2, region, status: needs }] })
        const user = await ramUser(server, `ecs:${action}`, `acs:ecs:*:*:instance/${mine}`)
        const call = () => callBatch(user, action, [mine, foreign], { BatchOptimization: mode })
        await expectNoChange(server, async () => {
          const { body } = await expectError(call(), 'Forbidden.RAM', { status: 403, message: /^User not authorized/ })
          assert.partialDeepStrictEqual(body['AccessDeniedDetail'], {
            AuthAction: `ecs:${action}`,
            AuthResource: `acs:ecs:${region}:${account}:instance/${foreign}`,
            AuthPrincipalType: 'SubUser',
            NoPermissionType: 'ImplicitDeny',
          })
        })
        assert.deepEqual(await callBatch(user, action, [mine]), [accepted(mine, needs, gives)])
      })
    }

    test('a RAM user without permission does not learn which instances exist', async () => {
      await using server = await createTestApp()
      const user = await ramUser(server, 'ecs:Describe*', '*')
      await expectError(callBatch(user, action, [unknownId]), 'Forbidden.RAM')
    })
  })
}

/** The rules that StopInstance, StartInstance and RebootInstance have in common, as tests. */
export function singleRules(
  action: string,
  { needs, gives, cases }: { needs: InstanceStatus; gives: InstanceStatus; cases: readonly RefusalCase[] },
): void {
  const common: readonly RefusalCase[] = [
    { because: 'it has a security lock', error: [403, 'InstanceLockedForSecurity'], instance: { locks: ['security'] } },
    {
      because: "its disk's key lacks the tag",
      error: [403, 'InvalidParameter.KMSKeyId.CMKUnauthorized', 'The CMK needs to be added ECS tag'],
      world: { kmsKeys: [{ ...key, ecsTag: false }] },
      instance: { kmsKey: key.id },
    },
    {
      because: "its disk's key is disabled",
      error: [403, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be enabled.'],
      world: { kmsKeys: [{ ...key, state: 'PendingDeletion' }] },
      instance: { kmsKey: key.id },
    },
    {
      because: 'ECS may not use the key of its disk',
      error: [403, 'InvalidParameter.KMSKeyId.KMSUnauthorized', 'ECS service have no right to access your KMS.'],
      world: { kmsKeys: [{ ...key, ecsAuthorized: false }] },
      instance: { kmsKey: key.id },
    },
    {
      because: 'it is of another account',
      error: [404, 'InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.'],
      world: { accounts: [{ id: '2000000000000002' }] },
      instance: { account: '2000000000000002' },
    },
    ...instanceStatuses
      .filter(status => status !== needs && status !== 'Pending')
      .map((status): RefusalCase => ({
        because: `it is ${status}`,
        error: [403, 'IncorrectInstanceStatus', wrongStatus(status, needs)],
        instance: { status },
      })),
  ]

  suite(`single ${action}`, () => {
    const call = (server: TestApp, id: string, params: Params = {}) =>
      server.client.call(action, { InstanceId: id, ...params })

    test(`an instance that is ${needs} is ${gives} at once, and the answer is a request id alone`, async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs })
      assert.deepEqual(Object.keys(await call(server, id)), ['RequestId'])
      assert.equal(await server.status(id), gives)
    })

    for (const { because, error, world = {}, instance = {} } of [...common, ...cases]) {
      const [status, code, message] = error
      test(`an instance is refused with ${status} ${code} because ${because}`, async () => {
        await using server = await createTestApp()
        await server.seed(world)
        const id = await server.instance({ status: needs, ...instance })
        const expected = message === undefined ? { status } : { status, message }
        await expectNoChange(server, () => expectError(call(server, id), code, expected))
      })
    }

    for (const [title, id] of [
      ['does not exist', unknownId],
      ['could not exist', 'nonsense'],
    ] as const) {
      test(`an instance that ${title} is not found`, async () => {
        await using server = await createTestApp()
        await expectError(call(server, id), 'InvalidInstanceId.NotFound', { status: 404 })
      })
    }

    test('the instance is found in whatever region it is', async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs, region: 'cn-beijing', zone: 'cn-beijing-h' })
      await call(server, id, { RegionId: region })
      assert.equal((await server.describe(id, 'cn-beijing'))?.['Status'], gives)
    })

    test('the instance must be named', async () => {
      await using server = await createTestApp()
      await expectError(server.client.call(action), 'MissingInstanceId', { status: 400 })
    })

    test('a dry run that passes answers DryRunOperation and writes nothing', async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs })
      const message = 'Request validation has been passed with DryRun flag set.'
      await expectNoChange(server, () =>
        expectError(call(server, id, { DryRun: true }), 'DryRunOperation', { status: 400, message }),
      )
    })

    test('a dry run that fails answers as the call would', async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs, locks: ['security'] })
      await expectError(call(server, id, { DryRun: true }), 'InstanceLockedForSecurity', { status: 403 })
    })

    test('an instance that another call restarts is in conflict', async () => {
      await using server = await createTestApp()
      const id = await server.instance()
      await callBatch(server.client, 'RebootInstances', [id])
      const message = 'Request was denied due to conflict with a previous request.'
      await expectError(call(server, id), 'OperationConflict', { status: 409, message })
    })

    test('a RAM user without permission is denied', async () => {
      await using server = await createTestApp()
      const id = await server.instance({ status: needs })
      const user = await ramUser(server, 'ecs:Describe*', '*')
      await expectNoChange(server, () =>
        expectError(user.call(action, { InstanceId: id }), 'Forbidden.RAM', { status: 403 }),
      )
    })
  })
}
