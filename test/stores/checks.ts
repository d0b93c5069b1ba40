import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createTestApp, type TestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import { type Facts, type Later, readFacts, settle, type Statuses, statusesOf } from './facts.ts'

/** The releases whose stores are kept here. */
export const releases = ['0.1.0'] as const

export interface Recorded extends Facts {
  readonly later: Later
}

export function readRecorded(release: string, store: 'sqlite' | 'postgres'): Recorded {
  return JSON.parse(readFileSync(fileOf(release, `${store}.facts.json`), 'utf8')) as Recorded
}

export function fileOf(release: string, name: string): URL {
  return new URL(`${release}/${name}`, import.meta.url)
}

/** A server on an old store shows what was in it, finishes what had begun, goes on working, and what it exports can be imported. */
export async function expectWhole(server: TestApp, { later, ...recorded }: Recorded): Promise<void> {
  assert.deepEqual(await readFacts(server), recorded)
  const underWay = recorded.instances.filter(([, , , , , , operation]) => operation !== '')
  assert.ok(underWay.length > 5, 'something was under way')

  assert.deepEqual(await settle(server), later)
  assert.ok(
    recorded.instances.some(([id = '']) => later.statuses[id] === undefined),
    'an instance was about to go',
  )

  await expectStop(server, later.statuses)
  await expectImportable(server)
}

async function expectStop(server: TestApp, statuses: Statuses): Promise<void> {
  const { instances } = (await control(server, 'GET', '/instances?limit=1000')).body
  const one = instances.find(
    ({ id, name, region }: Record<string, string>) =>
      statuses[id ?? ''] === 'Running' && region === 'cn-hangzhou' && /^(made|created)/.test(name ?? ''),
  )
  assert.ok(one !== undefined, 'an instance that can be stopped')
  await server.client.call('StopInstance', { InstanceId: one.id, StoppedMode: 'StopCharging' })
  assert.equal(await server.status(one.id), 'Stopping')
  await server.advance(60)
  assert.equal(await server.status(one.id), 'Stopped')
}

async function expectImportable(server: TestApp): Promise<void> {
  const state = (await control(server, 'GET', '/state')).body
  await using other = await createTestApp({ store: 'memory:' }, { startAt: 0 })
  const answer = await control(other, 'PUT', '/state', state)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.deepEqual(await readFacts(other), await readFacts(server))
  assert.deepEqual(await statusesOf(other), await statusesOf(server))
}
