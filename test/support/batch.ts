import assert from 'node:assert/strict'
import sql, { raw } from 'sql-template-tag'
import { instances } from '../../src/store/tables/instances/instances.ts'
import type { TestApp } from './app.ts'
import { instanceIds, type Params, type TestClient } from './client.ts'

export const region = 'cn-hangzhou'
export const account = '1000000000000001'
/** Looks like an instance id; no instance ever has it. */
export const unknownId = 'i-bp1unknown0000000001'

/** What a batch operation answers about one instance. */
export interface Entry {
  readonly Code: string
  readonly Message: string
  readonly InstanceId: string
  readonly PreviousStatus: string
  readonly CurrentStatus: string
}

export type BatchAction = 'StopInstances' | 'StartInstances' | 'RebootInstances'

/** Calls a batch operation in cn-hangzhou and returns its entries. */
export async function callBatch(
  client: TestClient,
  action: BatchAction,
  ids: readonly string[],
  params: Params = {},
): Promise<Entry[]> {
  const answer = await client.call(action, { RegionId: region, ...instanceIds(ids), ...params })
  return answer['InstanceResponses'].InstanceResponse
}

export function accepted(id: string, previous: string, current: string): Entry {
  return { Code: '200', Message: 'success', InstanceId: id, PreviousStatus: previous, CurrentStatus: current }
}

/** An entry of a SuccessFirst batch that failed; `status` is empty for an instance that does not exist. */
export function refused(id: string, code: string, message: string, status = ''): Entry {
  return { Code: code, Message: message, InstanceId: id, PreviousStatus: status, CurrentStatus: status }
}

/** The text of IncorrectInstanceStatus, as captured from the real service. */
export function wrongStatus(actual: string, expected: string): string {
  return `The specified instance is in an incorrect status for the requested action; Status of the specified instance is ${actual} but the expected status is in (${expected}).`
}

/** Everything kept of instances and of what is in flight: equal before and after a call that changed nothing. */
export async function snapshot(server: TestApp) {
  return server.app.store.transaction('read', async tx => ({
    instances: await tx.all(sql`select ${raw(instances.stateColumns.join(', '))} from instances order by id`),
    released: await tx.all(sql`select * from released_instances order by id`),
    jobs: await tx.all(sql`select * from jobs order by instance_seq`),
  }))
}

/** The call changes no instance and no job, whatever it answers. */
export async function expectNoChange(server: TestApp, call: () => Promise<unknown>): Promise<void> {
  const before = await snapshot(server)
  await call()
  assert.deepEqual(await snapshot(server), before)
}

export function statuses(server: TestApp, ids: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(ids.map(id => server.status(id)))
}

/**
 * Moves the clock on and checks the status at each time, in seconds from now; undefined is "released". The test's
 * machines vary their durations by a tenth.
 */
export async function expectCourse(
  server: TestApp,
  id: string,
  course: readonly (readonly [seconds: number, status: string | undefined])[],
): Promise<void> {
  let elapsed = 0
  for (const [seconds, status] of course) {
    await server.advance(seconds - elapsed)
    elapsed = seconds
    assert.equal(await server.status(id), status, `the status after ${seconds} s`)
  }
}

/** StoppedMode as DescribeInstances shows it. */
export async function stoppedMode(server: TestApp, id: string): Promise<string | undefined> {
  return (await server.describe(id))?.['StoppedMode']
}

/** Releases an instance in cn-hangzhou whatever its power; `params` may ask for another way. */
export function release(server: TestApp, id: string, params: Params = {}): Promise<unknown> {
  return server.client.call('DeleteInstances', { RegionId: region, 'InstanceId.1': id, Force: true, ...params })
}

/** A RAM user of the default account that may do `action` with `resource` only; returns its client. */
export async function ramUser(server: TestApp, action: string, resource: string): Promise<TestClient> {
  const policy = [{ effect: 'Allow' as const, action, resource }]
  const accessKeys = [{ id: 'ram-user', secret: 'ram-secret', policy }]
  await server.seed({ accounts: [{ id: account, accessKeys }] })
  return server.clientFor('ram-user', 'ram-secret')
}

/** A guest shuts down by itself; false when it is not running. */
export function shutDownInGuest(server: TestApp, id: string): Promise<boolean> {
  const { store, services } = server.app
  return store.transaction('write', tx => services.instances.observePoweredOff(tx, account, id))
}
