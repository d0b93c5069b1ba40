import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookers } from '../../scripts/pages/locks.ts'
import { type LockReason, lockReasons } from '../../src/domain/instances/types.ts'
import { operations } from '../../src/operations/index.ts'
import type { AnyOperation } from '../../src/protocol/operation.ts'
import { createTestApp } from '../support/app.ts'
import { CallError } from '../support/client.ts'

const id = 'i-bp1example00000000001'
const needsOff = new Set(['StartInstances', 'StartInstance', 'ReActivateInstances', 'ModifyInstanceSpec'])

/** The status and code with which an operation answers about an instance with these locks; `200` when it does its work. */
async function answerAbout(operation: AnyOperation, locks: LockReason[]): Promise<string> {
  const { action, params } = operation
  await using server = await createTestApp()
  await server.instance({
    id,
    locks,
    status: needsOff.has(action) ? 'Stopped' : 'Running',
    chargeType: action === 'RenewInstance' ? 'PrePaid' : 'PostPaid',
    publicIp: action === 'AllocatePublicIpAddress',
  })
  const given = Object.fromEntries(
    Object.entries(operation.examples[0]?.params ?? {}).filter(([name]) => !/^(InstanceIds?|ResourceId)\b/.test(name)),
  )
  // The instance in question instead of that of the example.
  const which: Record<string, string> = {}
  for (const name of ['InstanceId', 'ResourceId'] as const) {
    if (params[name]?.kind === 'repeated') Object.assign(which, { [`${name}.1`]: id })
    else if (params[name] !== undefined) which[name] = id
  }
  if (params['InstanceIds'] !== undefined) which['InstanceIds'] = JSON.stringify([id])
  const force = 'Force' in params ? { Force: 'true' } : {}
  try {
    await server.client.call(action, { ...given, ...which, ...force })
    return '200'
  } catch (reason) {
    if (reason instanceof CallError) return `${reason.status} \`${reason.code}\``
    throw reason
  }
}

for (const operation of operations.filter(one => one.product === 'Ecs')) {
  const { action } = operation
  test(`${action} answers about a locked instance as the table of locks says`, async () => {
    const unlocked = await answerAbout(operation, [])
    for (const lock of lockReasons) {
      const expected = lookers.get(action)?.(lock)
      const answer = await answerAbout(operation, [lock])
      // Without a lock there are no arrears to come back from.
      const asEver = action === 'ReActivateInstances' ? '200' : unlocked
      if (action === 'ReActivateInstances' && lock !== 'financial' && lock !== 'security') continue
      assert.equal(answer, expected ?? asEver, lock)
    }
  })
}

test('the examples that the table is tried with do their work on an instance that is not locked', async () => {
  const works: string[] = []
  for (const action of lookers.keys()) {
    const operation = operations.find(one => one.action === action) ?? assert.fail(action)
    if ((await answerAbout(operation, [])) === '200') works.push(action)
  }
  assert.deepEqual(
    works,
    [...lookers.keys()].filter(action => action !== 'ReActivateInstances'),
  )
})
