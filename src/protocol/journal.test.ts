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
  input: undefined,
  rawAnswer: '',
  fault: '',
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

test('secrets are left out of what was decoded and answered, and a long answer is cut', async () => {
  await using server = await createTestApp()
  const region = { RegionId: 'cn-hangzhou' }
  const secret = Buffer.from('hush hush').toString('base64')
  const run = { ...region, InstanceType: 'ecs.g7.large', ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd' }
  const made = await server.client.call('RunInstances', { ...run, Password: 'Hush-Hush-1', UserData: secret })
  const InstanceId = made['InstanceIdSets'].InstanceIdSet[0]
  await server.client.call('DescribeUserData', { ...region, InstanceId })
  await server.client.call('DescribeUserData', { ...region, InstanceId, Format: 'XML' }).catch(() => undefined)
  await server.client.call('DescribeInstanceTypes', region)
  const text = await (await fetch(`${server.app.endpoint}/_localyun/requests`)).text()
  assert.doesNotMatch(text, new RegExp(`Hush-Hush|${secret}`))
  const { requests } = JSON.parse(text) as { requests: any[] }
  assert.equal(requests[0].answer.length, 4000)
  assert.equal(requests[3].decoded.InstanceType, 'ecs.g7.large')
})

test('what a fault did to a call stands beside what it was answered', async () => {
  await using server = await createTestApp()
  await server.app.faults.add([{ effect: { kind: 'drop', when: 'after' } }])
  await assert.rejects(server.client.call('DescribeRegions'))
  const response = await fetch(`${server.app.endpoint}/_localyun/requests`)
  const { requests } = (await response.json()) as { requests: any[] }
  assert.deepEqual([requests[0].status, requests[0].fault], [200, 'drop'])
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
  assert.deepEqual([requests[2].decoded, requests[1].decoded], [null, null])
  assert.partialDeepStrictEqual(requests[3].decoded, {
    InstanceId: [id],
    BatchOptimization: 'AllTogether',
    DryRun: false,
  })
  assert.equal(JSON.parse(requests[3].answer).Code, 'IncorrectInstanceStatus')
  assert.deepEqual(JSON.parse(requests[4].answer).InstanceStatuses.InstanceStatus, [
    { InstanceId: id, Status: 'Stopped' },
  ])
})
