import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { describeError } from '../../../protocol/errors.ts'
import type { SeedInput } from '../../../services/world/seed-document.ts'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { account, callBatch, expectNoChange, region, unknownId, wrongStatus } from '../../../../test/support/batch.ts'
import { expectError, instanceIds, type Params } from '../../../../test/support/client.ts'

/** A row of the error table on the help page "StopInstances", and the state of the world that causes it. */
interface Row {
  readonly error: readonly [status: number, code: string, message: string]
  readonly because: string
  readonly world?: SeedInput
  readonly instance?: Parameters<TestApp['instance']>[0]
  readonly before?: (server: TestApp, id: string) => Promise<unknown>
  readonly params?: Params
  /** A SuccessFirst batch tells it of one instance, not of the call. */
  readonly inEntry?: true
}

const encrypted = { kmsKey: 'key-payments' }
const worldWithKey = (state: object): SeedInput => ({ kmsKeys: [{ id: 'key-payments', region, ...state }] })
const worldWithAccount = (state: object): SeedInput => ({ ...worldWithKey({}), accounts: [{ id: account, ...state }] })
const breakDown = (error: 'InternalError' | 'LimitedOperation.ServiceUnavailable') => async (server: TestApp) =>
  server.app.faults.add([{ action: 'StopInstances', effect: { kind: 'error', error: describeError(error) }, times: 1 }])

const rows: readonly Row[] = [
  {
    error: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be added ECS tag'],
    because: 'the key of an encrypted disk lacks the tag that lets ECS use it',
    world: worldWithKey({ ecsTag: false }),
    instance: encrypted,
  },
  {
    error: [400, 'InvalidParameter.KMSKeyId.CMKNotEnabled', 'The CMK needs to be enabled.'],
    because: 'the key of an encrypted disk is disabled',
    world: worldWithKey({ state: 'Disabled' }),
    instance: encrypted,
  },
  {
    error: [400, 'InvalidParameter.KMSKeyId.KMSUnauthorized', 'ECS service account have no right to access your KMS.'],
    because: "the service role of ECS may not use the disk's key",
    world: worldWithKey({ ecsAuthorized: false }),
    instance: encrypted,
  },
  {
    error: [400, 'DRYRUN.SUCCESS', 'This request is a dryrun request with successful result.'],
    because: 'a dry run has passed',
    params: { DryRun: true },
  },
  {
    error: [
      400,
      'InvalidParameter.Encrypted.KmsNotEnable',
      'Failed to perform this operation because KMS is not activated.',
    ],
    because: 'the account has not activated KMS and a disk is encrypted',
    world: worldWithAccount({ kms: 'not-activated' }),
    instance: encrypted,
  },
  {
    error: [403, 'InvalidInstanceId.NotFound', 'InstanceId should not be null.'],
    because: 'the only id is empty',
    params: { 'InstanceId.1': '' },
  },
  {
    error: [403, 'InvalidParameter.TooManyInstanceIds', 'Instance ids cannot be more than 100.'],
    because: 'there are 101 ids',
    params: instanceIds(Array.from({ length: 101 }, (_, index) => `i-bp1example${index}`)),
  },
  {
    error: [403, 'Abs.InvalidInstanceIds.MalFormed', 'The specified instanceIds is not valid.'],
    because: 'an id is not shaped like one',
    params: { 'InstanceId.2': 'vm-1' },
  },
  {
    error: [
      403,
      'InstanceLockedForSecurity',
      'The specified operation is denied as your instance is locked for security reasons.',
    ],
    because: 'the instance has a security lock',
    instance: { locks: ['security'] },
  },
  {
    error: [
      403,
      'InstanceExpiredOrInArrears',
      'The specified operation is denied as your prepay instance is expired (prepay mode) or in arrears (afterpay mode).',
    ],
    because: 'the instance has a financial lock',
    instance: { locks: ['financial'] },
  },
  {
    error: [403, 'IncorrectInstanceStatus', wrongStatus('Stopped', 'Running')],
    because: 'the instance is stopped already',
    instance: { status: 'Stopped' },
  },
  {
    error: [403, 'InvalidInstanceId.NotSupport', 'Pre pay instance does not support this operation.'],
    because: 'a subscription instance is to hibernate',
    instance: { chargeType: 'PrePaid' },
    params: { Hibernate: true },
  },
  {
    error: [403, 'InsufficientBalance', 'Your account does not have enough balance.'],
    because: 'the balance of the account is below zero',
    world: worldWithAccount({ balance: -0.01 }),
  },
  {
    error: [403, 'InstanceNotReady', 'The specified instance is not ready for use.'],
    because: 'the instance is still being created',
    instance: { status: 'Pending' },
  },
  {
    error: [403, 'InvalidOperation.KMSKeyIdNotFound', 'The specified KMSKeyId not found, key-of-old.'],
    because: 'the key of an encrypted disk is gone',
    world: worldWithKey({}),
    instance: { kmsKey: 'key-of-old' },
  },
  {
    error: [403, 'InvalidOperation.KMSServiceNotOpen', 'KMS service is currently not open.'],
    because: 'KMS is closed for the account and a disk is encrypted',
    world: worldWithAccount({ kms: 'closed' }),
    instance: encrypted,
  },
  {
    error: [
      403,
      'OperationDenied.SystemInstanceNotSupport',
      'The system instance does not support the StopInstances operation because it is managed by another cloud product.',
    ],
    because: 'the instance belongs to another cloud product',
    instance: { managed: true },
  },
  {
    error: [404, 'InvalidInstanceId.NotFound', 'The specified InstanceId does not exist in the region cn-hangzhou.'],
    because: 'an instance of a SuccessFirst batch is in another region',
    instance: { region: 'cn-beijing', zone: 'cn-beijing-h' },
    inEntry: true,
  },
  {
    error: [404, 'InvalidInstanceId.NotFound', 'The specified InstanceId does not exist.'],
    because: 'an instance of a SuccessFirst batch does not exist',
    params: { 'InstanceId.1': unknownId },
    inEntry: true,
  },
  {
    error: [404, 'InvalidInstanceIds.NotFound', 'The specified InstanceIds does not exist.'],
    because: 'an instance of an AllTogether batch does not exist',
    params: { 'InstanceId.2': unknownId },
  },
  {
    error: [
      409,
      'InvalidOperation.Conflict',
      'Request was denied due to conflict with a previous request, please try again later.',
    ],
    because: 'the instance is rebooting',
    before: (server, id) => callBatch(server.client, 'RebootInstances', [id]),
  },
  {
    error: [500, 'InternalError', 'The request processing has failed due to some unknown error.'],
    because: 'the service broke down',
    before: breakDown('InternalError'),
  },
  {
    error: [
      503,
      'LimitedOperation.ServiceUnavailable',
      'The service is currently unavailable. Please try again later.',
    ],
    because: 'the service is withheld',
    before: breakDown('LimitedOperation.ServiceUnavailable'),
  },
]

suite('errors of StopInstances', () => {
  for (const { error, because, world = {}, instance = {}, before, params = {}, inEntry = false } of rows) {
    const [status, code, message] = error
    test(`${status} ${code}: ${because}`, async () => {
      await using server = await createTestApp()
      await server.seed(world)
      const id = await server.instance(instance)
      await before?.(server, id)
      await expectNoChange(server, async () => {
        if (inEntry) {
          const [entry] = await callBatch(server.client, 'StopInstances', [id], {
            BatchOptimization: 'SuccessFirst',
            ...params,
          })
          assert.deepEqual([entry?.Code, entry?.Message], [code, message])
        } else {
          await expectError(callBatch(server.client, 'StopInstances', [id], params), code, { status, message })
        }
      })
    })
  }

  test('the table has the 23 rows of the help page, each once', () => {
    assert.equal(rows.length, 23)
    assert.equal(new Set(rows.map(({ error }) => error.join())).size, 23)
  })
})

test('of several causes StopInstances reports the first: owner, locks, status, keys, balance', async () => {
  await using server = await createTestApp()
  await server.seed(worldWithAccount({ kms: 'closed', balance: -1 }))
  const stopped = { ...encrypted, status: 'Stopped' } as const
  const causes: readonly [instance: Row['instance'], code: string][] = [
    [{ ...stopped, locks: ['financial', 'security'], managed: true }, 'OperationDenied.SystemInstanceNotSupport'],
    [{ ...stopped, locks: ['financial', 'security'] }, 'InstanceLockedForSecurity'],
    [{ ...stopped, locks: ['financial'] }, 'InstanceExpiredOrInArrears'],
    [stopped, 'IncorrectInstanceStatus'],
    [encrypted, 'InvalidOperation.KMSServiceNotOpen'],
    [{}, 'InsufficientBalance'],
  ]
  for (const [instance, code] of causes) {
    const id = await server.instance(instance)
    await expectError(callBatch(server.client, 'StopInstances', [id], { Hibernate: true }), code)
  }
})
