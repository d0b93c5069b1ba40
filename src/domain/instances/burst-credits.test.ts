import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../test/support/app.ts'
import { control } from '../../../test/support/control.ts'
import { findInstanceType } from '../catalogue/instance-types.ts'
import { creditsAt } from './burst-credits.ts'

const hour = 3_600

test('the example of the help page: two vCPUs at 10 %, idle for a day, have 348 credits', () => {
  const type = findInstanceType('ecs.t6-c2m1.large')
  const running = { status: 'Running', stopMode: null, creditsSince: 0 } as const
  const after = (hours: number) => creditsAt(running, type, hours * 3_600_000)
  assert.deepEqual([after(0), after(1), after(24), after(48)], [60, 72, 348, 348])
})

test('types that have none show none', () => {
  const facts = { status: 'Running', stopMode: null, creditsSince: 0 } as const
  assert.equal(creditsAt(facts, findInstanceType('ecs.g7.large'), 1), undefined)
})

const creditsOf = async (server: TestApp, id: string) =>
  (await control(server, 'GET', `/instances/${id}`)).body.instance.cpuCredits

test('a stop in standard mode keeps them and they go on; an economical stop voids them, and the next start begins anew', async () => {
  await using server = await createTestApp()
  const [kept, economical, plain] = [
    await server.instance({ type: 'ecs.t6-c2m1.large' }),
    await server.instance({ type: 'ecs.t6-c2m1.large' }),
    await server.instance(),
  ]
  await server.advance(hour)
  assert.deepEqual([await creditsOf(server, kept), await creditsOf(server, plain)], [72, null])
  await server.client.call('StopInstance', { InstanceId: kept, StoppedMode: 'KeepCharging' })
  await server.client.call('StopInstance', { InstanceId: economical, StoppedMode: 'StopCharging' })
  await server.advance(hour)
  assert.deepEqual([await creditsOf(server, kept), await creditsOf(server, economical)], [84, 0])
  await server.client.call('StartInstance', { InstanceId: kept })
  await server.client.call('StartInstance', { InstanceId: economical })
  assert.deepEqual([await creditsOf(server, kept), await creditsOf(server, economical)], [84, 60])
  await server.advance(2 * hour)
  assert.deepEqual([await creditsOf(server, kept), await creditsOf(server, economical)], [108, 84])
})

test('an instance that becomes burstable begins with its credits', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped', type: 'ecs.g6.large' })
  await server.advance(hour)
  await server.client.call('ModifyInstanceSpec', { InstanceId: id, InstanceType: 'ecs.t6-c2m1.large' })
  assert.equal(await creditsOf(server, id), 60)
})
