import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../../test/support/app.ts'
import { control } from '../../../test/support/control.ts'
import { describeEip } from '../../../test/support/eips.ts'

const region = 'cn-hangzhou'

test('a seed makes EIPs, idle or bound to an instance of the same document, and the control API shows whose they are', async () => {
  await using server = await createTestApp()
  await server.seed({
    instances: [
      { id: 'i-bp1seeded00', region },
      { region, eip: true },
    ],
    eips: [
      { id: 'eip-bp1bound00', region, instance: 'i-bp1seeded00', bandwidth: 200 },
      { id: 'eip-bp1idle000', region, internetChargeType: 'PayByBandwidth', name: 'spare' },
    ],
  })
  const [bound, idle] = [await describeEip(server, 'eip-bp1bound00'), await describeEip(server, 'eip-bp1idle000')]
  assert.deepEqual([bound?.['Status'], bound?.['InstanceId'], bound?.['Bandwidth']], ['InUse', 'i-bp1seeded00', '200'])
  assert.deepEqual([idle?.['Status'], idle?.['Name'], idle?.['Bandwidth']], ['Available', 'spare', '5'])
  const { body } = await control(server, 'GET', '/instances/i-bp1seeded00')
  assert.deepEqual([body.instance.eip, body.instance.eipId], [bound?.['IpAddress'], 'eip-bp1bound00'])
  const { instances } = (await control(server, 'GET', '/instances')).body
  assert.equal(instances.length, 2)
  assert.match(instances[1].eipId, /^eip-bp1[a-z0-9]{17}$/)
})

test('a seed whose EIPs cannot be says where and why, and nothing is made', async () => {
  await using server = await createTestApp()
  const refuse = async (document: unknown, message: RegExp) => {
    const { status, body } = await control(server, 'POST', '/seed', document)
    assert.equal(status, 400)
    assert.match(body.error, message)
    assert.equal((await control(server, 'GET', '/instances')).body.instances.length, 0)
  }
  const instances = [{ id: 'i-bp1seeded00', region, publicIp: true }]
  await refuse({ instances, eips: [{ region, instance: 'i-bp1seeded00' }] }, /eips\[0\]\.instance: .*static public/)
  await refuse({ eips: [{ region, instance: 'i-bp1unknown0' }] }, /eips\[0\]\.instance: .*no such instance/)
  await refuse({ eips: [{ region, bandwidth: 201 }] }, /eips\[0\]\.bandwidth: .*at most 200/)
  await refuse(
    {
      eips: [
        { region, id: 'eip-bp1twice00' },
        { region, id: 'eip-bp1twice00' },
      ],
    },
    /eips\[1\]\.id: .*exists/,
  )
  await refuse({ instances: [{ region, eip: true, network: 'classic' }] }, /instances\[0\]\.eip: .*vpc/)
})
