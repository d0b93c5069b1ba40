import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp, type TestApp } from '../../../../test/support/app.ts'
import { expectError } from '../../../../test/support/client.ts'

const assign = async (server: TestApp, id: string): Promise<string> =>
  (await server.client.call('AllocatePublicIpAddress', { InstanceId: id }))['IpAddress']
const publicIps = async (server: TestApp, id: string): Promise<string[]> =>
  (await server.get(id))['PublicIpAddress'].IpAddress

/** An instance with 5 Mbit/s and no address. */
async function withBandwidth(server: TestApp, fields: Parameters<TestApp['instance']>[0] = {}): Promise<string> {
  const id = await server.instance(fields)
  await server.client.call('ModifyInstanceNetworkSpec', { InstanceId: id, InternetMaxBandwidthOut: 5 })
  return id
}

for (const status of ['Running', 'Stopped'] as const) {
  test(`gives an instance that is ${status} an address, and then always the same`, async () => {
    await using server = await createTestApp()
    const id = await withBandwidth(server, { status })
    const address = await assign(server, id)
    assert.match(address, /^198\.1[89]\.\d+\.\d+$/)
    assert.equal(await assign(server, id), address)
    assert.deepEqual(await publicIps(server, id), [address])
  })
}

test('gives one at once in an economical stop, which the next start keeps', async () => {
  await using server = await createTestApp()
  const id = await withBandwidth(server, { status: 'Stopped', stoppedMode: 'StopCharging' })
  const address = await assign(server, id)
  await server.client.call('StartInstance', { InstanceId: id })
  await server.advance(60)
  assert.deepEqual(await publicIps(server, id), [address])
})

test('is refused without bandwidth, with an EIP, under a lock, and in a passing status', async () => {
  await using server = await createTestApp()
  const refuse = async (fields: Parameters<TestApp['instance']>[0], code: string, status: number) =>
    expectError(assign(server, await server.instance(fields)), code, { status })
  await refuse({}, 'AllocateIpInvalidInstanceBandwidth', 400)
  await refuse({ eip: true }, 'OperationDenied', 400)
  await refuse({ locks: ['security'] }, 'InstanceLockedForSecurity', 403)
  await refuse({ locks: ['financial'] }, 'InstanceExpiredOrInArrears', 403)
  await refuse({ status: 'Stopping', guest: { shutdown: 'ignore' } }, 'IncorrectInstanceStatus', 403)
  await expectError(assign(server, 'i-bp1unknown0'), 'InvalidInstanceId.NotFound', { status: 404 })
})
