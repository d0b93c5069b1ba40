import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createTestApp } from '../support/app.ts'
import { signedForm } from '../support/client.ts'
import { callV1, callV3, expectRefusal, form, key, postV1, send, signedV3, targetWith } from '../support/raw.ts'
import { tempFolder } from '../support/temp.ts'

const region = { RegionId: 'cn-hangzhou' }

/** A server with one instance. */
async function serverWithInstance() {
  const server = await createTestApp()
  const id = await server.instance()
  return Object.assign(server, { port: server.app.port, id })
}

test('V3: a form is covered by the hash of the body', async () => {
  await using server = await serverWithInstance()
  const { port, id } = server
  const body = new URLSearchParams({ ...region, 'InstanceId.1': id }).toString()
  const tampered = body.replace('hangzhou', 'shanghai')
  const request = signedV3(port, 'StopInstances', { body })
  expectRefusal(await send(port, { ...request, body: tampered }), 'SignatureDoesNotMatch', 400)
  expectRefusal(await send(port, { ...request, body: '' }), 'SignatureDoesNotMatch', 400)
  const withOther = signedV3(port, 'StopInstances', { body, headers: { 'x-acs-content-sha256': 'a'.repeat(64) } })
  expectRefusal(await send(port, withOther), 'SignatureDoesNotMatch', 400)
  const withNone = signedV3(port, 'StopInstances', { body, headers: { 'x-acs-content-sha256': undefined } })
  expectRefusal(await send(port, withNone), 'MissingParameter', 400)
  assert.equal(await server.status(id), 'Running')
  const answer = await send(port, signedV3(port, 'StopInstances', { body }))
  assert.equal(answer.json()['InstanceResponses'].InstanceResponse[0].CurrentStatus, 'Stopping', answer.body)
})

test('V3: parameters may stand in query and form at once', async () => {
  await using server = await serverWithInstance()
  const { port, id } = server
  const body = `InstanceIds=${encodeURIComponent(`["${id}"]`)}`
  const answer = await send(port, signedV3(port, 'DescribeInstances', { query: region, body }))
  assert.equal(answer.json()['TotalCount'], 1, answer.body)
})

test('V3: a GET is signed like a POST', async () => {
  await using server = await serverWithInstance()
  const request = signedV3(server.port, 'DescribeInstances', { method: 'GET', query: region })
  assert.equal((await send(server.port, request)).json()['TotalCount'], 1)
  expectRefusal(await send(server.port, { ...request, method: 'POST' }), 'SignatureDoesNotMatch', 400)
})

test('V3: names that need encoding may be signed encoded or as they are', async () => {
  await using server = await serverWithInstance()
  const query = { ...region, 'Odd Name[1]': 'x y', 'Ünï/code': 'é' }
  for (const encodeNames of [true, false]) {
    const answer = await send(server.port, signedV3(server.port, 'DescribeInstances', { query, encodeNames }))
    assert.equal(answer.json()['TotalCount'], 1, answer.body)
  }
})

test('V3: a parameter that was added, changed or left out is noticed', async () => {
  await using server = await serverWithInstance()
  const { port, id } = server
  const request = signedV3(port, 'StopInstances', { query: { ...region, 'InstanceId.1': id, StoppedMode: '' } })
  const { target = '' } = request
  const others = [
    `${target}&ForceStop=true`,
    target.replace(id, 'i-another0000000'),
    target.replace('&StoppedMode=', ''),
  ]
  for (const other of others) {
    expectRefusal(await send(port, { ...request, target: other }), 'SignatureDoesNotMatch', 400)
  }
  assert.equal((await send(port, request)).status, 200)
})

test('V3: the host is signed as it was sent, with its port', async () => {
  await using server = await serverWithInstance()
  const { port } = server
  for (const host of ['localhost:8526', 'ecs.cn-hangzhou.aliyuncs.com', `[::1]:${port}`]) {
    const request = signedV3(port, 'DescribeInstances', { query: region, headers: { host } })
    const moved = { ...request, headers: { ...request.headers, host: 'ecs.aliyuncs.com' } }
    expectRefusal(await send(port, moved), 'SignatureDoesNotMatch', 400)
    assert.equal((await send(port, request)).status, 200, host)
  }
})

test('V3: what names and guards the call must be among the signed headers', async () => {
  await using server = await serverWithInstance()
  const { port } = server
  const guarded = [
    'host',
    'x-acs-action',
    'x-acs-version',
    'x-acs-date',
    'x-acs-signature-nonce',
    'x-acs-content-sha256',
  ]
  for (const name of guarded) {
    const request = signedV3(port, 'DescribeInstances', { query: region, unsigned: [name] })
    expectRefusal(await send(port, request), 'IncompleteSignature', 400)
  }
  for (const name of ['x-acs-date', 'x-acs-signature-nonce']) {
    const request = signedV3(port, 'DescribeInstances', { query: region, headers: { [name]: undefined } })
    expectRefusal(await send(port, request), 'MissingParameter', 400)
  }
})

test('V3: further signed headers take part, unsigned ones do not', async () => {
  await using server = await serverWithInstance()
  const { port } = server
  const request = signedV3(port, 'DescribeInstances', {
    query: region,
    headers: { 'x-acs-credentials-provider': '  static_ak ', 'x-acs-retry-attempts': '1', 'user-agent': 'one' },
  })
  const change = (name: string) => ({ ...request, headers: { ...request.headers, [name]: 'another' } })
  for (const name of ['x-acs-credentials-provider', 'x-acs-retry-attempts']) {
    expectRefusal(await send(port, change(name)), 'SignatureDoesNotMatch', 400)
  }
  assert.equal((await send(port, change('user-agent'))).status, 200)
})

test('V3: blanks after the commas are tolerated; other algorithms and broken headers are not', async () => {
  await using server = await serverWithInstance()
  const { port } = server
  const authorized = (edit: (text: string) => string) => {
    const request = signedV3(port, 'DescribeInstances', { query: region })
    const authorization = edit(request.headers?.['authorization'] ?? '')
    return send(port, { ...request, headers: { ...request.headers, authorization } })
  }
  assert.equal((await authorized(text => text.replaceAll(',', ', '))).status, 200)
  assert.equal((await authorized(text => text.replace(/[0-9a-f]{64}$/, hash => hash.toUpperCase()))).status, 200)
  const sm3 = await authorized(text => text.replace('SHA256', 'SM3'))
  expectRefusal(sm3, 'InvalidSignatureMethod', 400)
  for (const part of [/Credential=[^,]*,/, /SignedHeaders=[^,]*,/, /,Signature=.*/, /[0-9a-f]{10}$/]) {
    expectRefusal(await authorized(text => text.replace(part, '')), 'IncompleteSignature', 400)
  }
})

test('V1: a parameter that was added, changed or moved to another method is noticed', async () => {
  await using server = await serverWithInstance()
  const { port, id } = server
  const query = signedForm(key, 'GET', 'StopInstances', { ...region, 'InstanceId.1': id })
  const target = targetWith(query)
  for (const request of [
    { target: `${target}&ForceStop=true` },
    { target: target.replace(id, 'i-another0000000') },
    { method: 'POST', target },
    { target, body: 'ForceStop=true', headers: form },
  ]) {
    expectRefusal(await send(port, request), 'SignatureDoesNotMatch', 400)
  }
  assert.equal(await server.status(id), 'Running')
  assert.equal((await send(port, { target })).status, 200)
})

test('V1: other signature methods and versions are refused; both may be left out', async () => {
  await using server = await serverWithInstance()
  const ask = (overrides: Record<string, string | undefined>) =>
    callV1(server.port, 'DescribeRegions', {}, { ...overrides })
  expectRefusal(await ask({ SignatureMethod: 'HMAC-SHA256' }), 'InvalidSignatureMethod', 400)
  expectRefusal(await ask({ SignatureVersion: '2.0' }), 'IncompleteSignature', 400)
  const left = await ask({ SignatureMethod: undefined, SignatureVersion: undefined })
  assert.equal(left.status, 200, left.body)
})

test('a security token belongs to no key here', async () => {
  await using server = await serverWithInstance()
  const { port } = server
  const code = 'InvalidSecurityToken.MismatchWithAccessKey'
  expectRefusal(await callV1(port, 'DescribeRegions', {}, { SecurityToken: 'tok/en+1==' }), code, 400)
  expectRefusal(await callV3(port, 'DescribeRegions', {}, { 'x-acs-security-token': 'tok/en+1==' }), code, 400)
  assert.equal((await callV1(port, 'DescribeRegions', {}, { SecurityToken: '' })).status, 200)
})

test('a nonce is remembered across a restart, whether the call changed something or not', async () => {
  using folder = tempFolder()
  const config = { store: `sqlite:${folder.path}/store.db` }
  const nonces = { reading: randomUUID(), changing: randomUUID(), refused: randomUUID() }
  let id = ''
  const calls = (port: number) => [
    () => callV1(port, 'DescribeInstances', region, { SignatureNonce: nonces.reading }),
    () => callV1(port, 'StopInstances', { ...region, 'InstanceId.1': id }, { SignatureNonce: nonces.changing }),
    () => callV3(port, 'DescribeInstances', {}, { 'x-acs-signature-nonce': nonces.refused }),
  ]
  {
    await using server = await createTestApp(config)
    id = await server.instance()
    const statuses: number[] = []
    for (const call of calls(server.app.port)) statuses.push((await call()).status)
    assert.deepEqual(statuses, [200, 200, 400])
  }
  await using server = await createTestApp(config)
  for (const call of calls(server.app.port)) expectRefusal(await call(), 'SignatureNonceUsed', 400)
})

test('auth off: unsigned calls are answered, replays and wrong signatures too', async () => {
  await using server = await createTestApp({ auth: 'off' })
  const { port } = server.app
  const id = await server.instance()
  const target = '/?Action=DescribeInstances&Version=2014-05-26&RegionId=cn-hangzhou&Format=JSON'
  const headers = { 'x-acs-action': 'DescribeInstances', 'x-acs-version': '2014-05-26' }
  const stranger = { accessKeyId: 'stranger', secret: 'guessed' }
  for (const answer of [
    await send(port, { target }),
    await send(port, { target: '/', body: target.slice(2), headers: form }),
    await send(port, { target: '/?RegionId=cn-hangzhou&Format=JSON', headers }),
    await callV1(port, 'DescribeInstances', region, { SignatureNonce: 'x', Timestamp: 'long ago' }),
    await callV1(port, 'DescribeInstances', region, { SignatureNonce: 'x' }, stranger),
    await callV3(port, 'DescribeInstances', region, {}, stranger),
    await postV1(port, 'DescribeInstances', region, { AccessKeyId: undefined }),
  ]) {
    assert.equal(answer.json()['Instances'].Instance[0].InstanceId, id, answer.body)
  }
})

test('auth off: a key that exists stands for its own account', async () => {
  await using server = await createTestApp({ auth: 'off' })
  const { port } = server.app
  const other = { accessKeyId: 'other', secret: 'other-secret' }
  await server.seed({ accounts: [{ id: '2000000000000002', accessKeys: [{ id: 'other', secret: 'other-secret' }] }] })
  await server.instance()
  const wrongSecret = { ...other, secret: 'guessed' }
  for (const call of [callV1, callV3]) {
    assert.equal((await call(port, 'DescribeInstances', region, {}, wrongSecret)).json()['TotalCount'], 0)
  }
})
