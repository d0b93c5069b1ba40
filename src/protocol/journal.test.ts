import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../../test/support/app.ts'
import { Journal } from './journal.ts'

const entry = (requestId: string) => ({
  requestId,
  at: 0,
  method: 'GET',
  action: 'A',
  accessKeyId: '',
  rawParams: {},
  status: 200,
  code: '',
  message: '',
  refusedBy: '',
})

test('the journal keeps the last thousand calls, newest first', () => {
  const journal = new Journal()
  for (let number = 1; number <= 1500; number++) journal.add(entry(String(number)))
  const listed = journal.list(2000).map(one => one.requestId)
  assert.equal(listed.length, 1000)
  assert.deepEqual([listed[0], listed[1], listed.at(-1)], ['1500', '1499', '501'])
  assert.equal(journal.list(3).length, 3)
})

test('a call is kept as it came, with the check that refused it, and without its secrets', async () => {
  await using server = await createTestApp()
  const id = await server.instance({ status: 'Stopped' })
  const region = { RegionId: 'cn-hangzhou' }
  await server.client.call('DescribeInstanceStatus', region)
  await assert.rejects(server.client.call('StopInstances', { ...region, 'InstanceId.1': id, Odd: 'kept' }))
  await assert.rejects(server.client.call('StopInstances', { RegionId: 'mars', 'InstanceId.1': id }))
  await assert.rejects(server.clientFor('localyun', 'wrong').call('DescribeRegions'))
  await assert.rejects(server.client.call('RunInstances', { ...region, Password: 'Hush-Hush-1' }))
  const response = await fetch(`${server.app.endpoint}/_localyun/requests`)
  const text = await response.text()
  assert.doesNotMatch(text, /Hush-Hush|wrong&|server string to sign/)
  const { requests } = JSON.parse(text) as { requests: any[] }
  assert.deepEqual(
    requests.map(one => [one.action, one.status, one.code, one.refusedBy]),
    [
      ['RunInstances', 400, 'MissingParameter', 'handler'],
      ['DescribeRegions', 400, 'SignatureDoesNotMatch', 'signature'],
      ['StopInstances', 404, 'InvalidRegionId.NotFound', 'input'],
      ['StopInstances', 403, 'IncorrectInstanceStatus', 'handler'],
      ['DescribeInstanceStatus', 200, '', ''],
    ],
  )
  assert.equal(requests[3].params.Odd, 'kept')
  assert.equal(requests[3].params.Signature, '(redacted)')
  assert.equal(requests[3].accessKeyId, 'localyun')
})
