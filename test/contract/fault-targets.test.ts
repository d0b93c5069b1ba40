import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operations } from '../../src/operations/index.ts'
import { instanceParams } from '../../src/protocol/faults.ts'
import { products } from '../../src/protocol/operation.ts'
import { createTestApp } from '../support/app.ts'
import { control } from '../support/control.ts'
import { callV1 } from '../support/raw.ts'

const struck = 'i-bp1example00000000001'
const spared = 'i-bp1example00000000002'

test('a rule about an instance strikes every operation that names it, and in whichever parameter', async () => {
  await using server = await createTestApp()
  await control(server, 'POST', '/faults', { instanceId: struck, error: { code: 'Struck', httpStatus: 418 } })
  for (const operation of operations) {
    const { action, product, params } = operation
    for (const name of instanceParams(operation)) {
      const codeFor = async (id: string) => {
        const single = { [name]: params[name]?.kind === 'json' ? JSON.stringify([spared, id]) : id }
        const sent = params[name]?.kind === 'repeated' ? { [`${name}.1`]: spared, [`${name}.2`]: id } : single
        const answer = await callV1(server.app.port, action, sent, { Version: products[product] })
        return answer.json()['Code']
      }
      assert.equal(await codeFor(struck), 'Struck', `${action} with ${name}`)
      assert.notEqual(await codeFor(spared), 'Struck', `${action} with ${name}`)
    }
  }
})

test('every parameter that names instances is declared as one', () => {
  for (const operation of operations) {
    const named = Object.keys(operation.params).filter(name => /^(InstanceIds?|ResourceId)$/.test(name))
    assert.deepEqual(instanceParams(operation).sort(), named.sort(), operation.action)
  }
})
