import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../test/support/app.ts'
import { control } from '../../test/support/control.ts'
import { callV1 } from '../../test/support/raw.ts'

test('fidelity names every operation with its evidence, parameters and errors, and what a product has besides', async () => {
  await using server = await createTestApp()
  const { status, body } = await control(server, 'GET', '/fidelity')
  assert.equal(status, 200)
  const [ecs] = body.products
  assert.equal(ecs.product, 'Ecs')
  assert.equal(ecs.implemented, body.operations.filter((one: any) => one.product === 'Ecs').length)
  assert.ok(ecs.knownActions > ecs.implemented)
  const stop = body.operations.find((one: any) => one.action === 'StopInstances')
  assert.deepEqual(stop.evidence, { kind: 'help page', title: 'StopInstances', revisions: '2024-02 to 2026-09' })
  assert.ok(stop.parameters.some((one: any) => one.name === 'StoppedMode' && !one.required))
  assert.ok(stop.errors.some((one: any) => one.code === 'IncorrectInstanceStatus' && one.status === 403))
  assert.ok(stop.contract.missing.includes('InstanceId') && stop.contract.badValue.includes('BatchOptimization'))
  for (const one of body.operations) {
    assert.equal(one.evidence.title, one.action)
    assert.ok(one.contract.examples.length > 0, one.action)
    assert.equal(new Set(one.errors.map((error: any) => error.code + error.status)).size, one.errors.length)
  }
})

test('what fidelity calls refused is refused', async () => {
  await using server = await createTestApp()
  const { body } = await control(server, 'GET', '/fidelity')
  const refusing = body.operations.find((one: any) => one.action === 'DescribeInstanceTypes')
  const [name = ''] = refusing.refused
  const answer = await callV1(server.app.port, refusing.action, { [name]: 'x' })
  assert.equal(answer.status, 501)
})
