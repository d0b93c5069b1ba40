import assert from 'node:assert/strict'
import { test } from 'node:test'
import PopCore from '@alicloud/pop-core'
import { createTestApp, type TestApp } from '../support/app.ts'

interface PopError extends Error {
  readonly code: string
  readonly data: Readonly<Record<string, string>>
}

type Client = ReturnType<typeof createPopCore>

/** Calls and gives the answer a prototype, which this client's parser does not. */
async function call(client: Client, action: string, params: object, options: object): Promise<Record<string, any>> {
  return structuredClone(await client.request<Record<string, any>>(action, params, options))
}

function createPopCore({ app }: TestApp, accessKeySecret = 'localyun-secret') {
  return new PopCore({ accessKeyId: 'localyun', accessKeySecret, endpoint: app.endpoint, apiVersion: '2014-05-26' })
}

for (const method of ['GET', 'POST'] as const) {
  const options = { method }

  test(`pop-core by ${method} stops a batch`, async () => {
    await using server = await createTestApp()
    const [first = '', second = ''] = await server.seed({ instances: [{ count: 2, region: 'cn-hangzhou' }] })
    const client = createPopCore(server)
    const params = { RegionId: 'cn-hangzhou', InstanceId: [first, second], ForceStop: true }
    const answer = await call(client, 'StopInstances', params, options)
    assert.deepEqual(
      answer['InstanceResponses'].InstanceResponse,
      [first, second].map(InstanceId => ({
        Code: '200',
        Message: 'success',
        InstanceId,
        PreviousStatus: 'Running',
        CurrentStatus: 'Stopping',
      })),
    )
    await server.advance(5)
    const status = { regionId: 'cn-hangzhou', instanceId: [first, second] }
    const after = await call(client, 'describeInstanceStatus', status, options)
    assert.deepEqual(
      after['InstanceStatuses'].InstanceStatus.map((one: Record<string, string>) => one['Status']),
      ['Stopped', 'Stopped'],
    )
  })

  test(`pop-core by ${method} finds an error's code where it looks for it`, async () => {
    await using server = await createTestApp()
    const id = await server.instance({ status: 'Stopped' })
    const params = { RegionId: 'cn-hangzhou', 'InstanceId.1': id }
    const refused = async (client: Client) => {
      const reason = await client.request('StopInstances', params, options).then(
        () => assert.fail('it was answered'),
        (error: unknown) => error as PopError,
      )
      assert.equal(reason.name, `${reason.code}Error`)
      return reason
    }
    const wrongStatus = await refused(createPopCore(server))
    assert.equal(wrongStatus.code, 'IncorrectInstanceStatus')
    assert.match(wrongStatus.message, /; Status of the specified instance is Stopped but the expected status is in/)
    assert.equal(wrongStatus.data['HostId'], `127.0.0.1:${server.app.port}`)
    const wrongSecret = await refused(createPopCore(server, 'guessed'))
    assert.equal(wrongSecret.code, 'SignatureDoesNotMatch')
    assert.match(wrongSecret.message, new RegExp(`string to sign is:${method}&%2F&`))
  })

  test(`pop-core by ${method} carries blanks, quotes and other scripts`, async () => {
    await using server = await createTestApp()
    const value = `it's (a) "test"* ~+/=&?% ü 测试 😀`
    const [id] = await server.seed({ instances: [{ region: 'cn-hangzhou', tags: { odd: value } }] })
    const params = { RegionId: 'cn-hangzhou', Tag: [{ Key: 'odd', Value: value }] }
    const answer = await call(createPopCore(server), 'DescribeInstances', params, options)
    assert.equal(answer['Instances'].Instance[0].InstanceId, id)
    assert.deepEqual(answer['Instances'].Instance[0].Tags.Tag, [{ TagKey: 'odd', TagValue: value }])
  })
}
