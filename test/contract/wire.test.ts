import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestApp } from '../support/app.ts'
import { signedForm } from '../support/client.ts'
import { callV1, callV3, expectRefusal, form, key, postV1, send, signedV3, targetWith } from '../support/raw.ts'
import { childText, parseXml } from '../support/xml.ts'

const upperUuid = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/

/** A server with one instance, and a query for it. */
async function serverWithInstance() {
  const server = await createTestApp()
  const id = await server.instance()
  const params = { RegionId: 'cn-hangzhou', InstanceIds: `["${id}"]` }
  return Object.assign(server, { port: server.app.port, id, params })
}

/** A common or an API parameter, by where clients that split them put it. */
function split(all: URLSearchParams, inQuery: (name: string) => boolean) {
  const query = new URLSearchParams([...all].filter(([name]) => inQuery(name)))
  const body = new URLSearchParams([...all].filter(([name]) => !inQuery(name)))
  return { target: targetWith(query), body: body.toString(), headers: form }
}

test('GET, and POST with the parameters in the query, in the form, or in both, mean the same', async () => {
  await using server = await serverWithInstance()
  const { port, id, params } = server
  const signed = (method: string) => signedForm(key, method, 'DescribeInstances', params)
  const isCommon = (name: string) => !(name in params)
  const asked = {
    'GET query': { target: targetWith(signed('GET')) },
    'POST query': { method: 'POST', target: targetWith(signed('POST')) },
    'POST query, a form of no length': { method: 'POST', target: targetWith(signed('POST')), headers: form },
    'POST form': { body: signed('POST').toString(), headers: form },
    'POST form, with a charset': {
      body: signed('POST').toString(),
      headers: { 'content-type': 'Application/X-WWW-Form-URLencoded; charset=UTF-8' },
    },
    'POST form, without a content type': { body: signed('POST').toString() },
    'POST, API parameters in the form': split(signed('POST'), isCommon),
    'POST, API parameters in the query': split(signed('POST'), name => !isCommon(name)),
    'POST form in chunks': { body: signed('POST').toString(), headers: form, chunkSize: 7 },
  }
  for (const [shape, request] of Object.entries(asked)) {
    const answer = await send(port, request)
    assert.equal(answer.status, 200, `${shape}: ${answer.body}`)
    assert.equal(answer.json()['Instances'].Instance[0].InstanceId, id, shape)
  }
})

test('where query and form name the same parameter, the form has the last word, in the signature too', async () => {
  await using server = await serverWithInstance()
  const body = signedForm(key, 'POST', 'DescribeInstances', server.params).toString()
  const answer = await send(server.port, { target: '/?RegionId=cn-beijing&Signature=none', body, headers: form })
  assert.equal(answer.json()['TotalCount'], 1, answer.body)
})

test('of a parameter that stands twice the last value counts, in the signature too', async () => {
  await using server = await serverWithInstance()
  const twice = (signed: URLSearchParams) => `RegionId=cn-beijing&Signature=none&${signed.toString()}`
  const query = signedForm(key, 'GET', 'DescribeInstances', server.params)
  const body = signedForm(key, 'POST', 'DescribeInstances', server.params)
  for (const request of [{ target: `/?${twice(query)}` }, { body: twice(body), headers: form }]) {
    const answer = await send(server.port, request)
    assert.equal(answer.json()['TotalCount'], 1, answer.body)
  }
})

test('any run of slashes is the root, and so is a whole URL', async () => {
  await using server = await serverWithInstance()
  for (const root of ['/', '//', '///', 'http://ecs.aliyuncs.com/', 'http://ecs.aliyuncs.com']) {
    const target = targetWith(signedForm(key, 'GET', 'DescribeInstances', server.params), root)
    const answer = await send(server.port, { target })
    assert.equal(answer.status, 200, `${root}: ${answer.body}`)
  }
})

test('other paths are not found', async () => {
  await using server = await serverWithInstance()
  for (const path of ['/ecs', '/ecs/', '/index.html', '/.', '/%2F', 'http://ecs.aliyuncs.com/ecs']) {
    const target = targetWith(signedForm(key, 'GET', 'DescribeInstances', server.params), path)
    expectRefusal(await send(server.port, { target }), 'InvalidApi.NotFound', 404)
  }
})

test('methods other than GET and POST are not supported', async () => {
  await using server = await serverWithInstance()
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'get']) {
    const target = targetWith(signedForm(key, method, 'DescribeInstances', server.params))
    const answer = await send(server.port, { method, target })
    if (method === 'get') expectRefusal(answer, 'MalformedRequest', 400)
    else expectRefusal(answer, 'UnsupportedHTTPMethod', 400)
  }
})

test('brackets and quotes may stand in the target as they are', async () => {
  await using server = await serverWithInstance()
  const query = signedForm(key, 'GET', 'DescribeInstances', server.params)
  query.delete('InstanceIds')
  const answer = await send(server.port, { target: `${targetWith(query)}&InstanceIds=["${server.id}"]` })
  assert.equal(answer.json()['Instances'].Instance[0].InstanceId, server.id, answer.body)
})

test("other encoders leave ! ' ( ) * as they are and write + for a blank; the signature is the same", async () => {
  await using server = await serverWithInstance()
  const [id] = await server.seed({ instances: [{ region: 'cn-hangzhou', tags: { "it's (a) *test*!": '~ ü' } }] })
  const params = { RegionId: 'cn-hangzhou', 'Tag.1.Key': "it's (a) *test*!", 'Tag.1.Value': '~ ü' }
  for (const spelling of ["it's+(a)+*test*!", "it's%20(a)%20*test*!", 'it%27s%20%28a%29%20%2Atest%2A%21']) {
    const query = signedForm(key, 'GET', 'DescribeInstances', params)
    query.delete('Tag.1.Key')
    const answer = await send(server.port, { target: `${targetWith(query)}&Tag.1.Key=${spelling}` })
    assert.equal(answer.json()['Instances']?.Instance[0].InstanceId, id, answer.body)
  }
})

test('time stamps may have fractions of a second', async () => {
  await using server = await serverWithInstance()
  for (const Timestamp of [new Date().toISOString(), new Date().toISOString().replace(/\.\d+/, '.123456789')]) {
    const answer = await callV1(server.port, 'DescribeInstances', server.params, { Timestamp })
    assert.equal(answer.status, 200, answer.body)
  }
})

test('a nonce is any text', async () => {
  await using server = await serverWithInstance()
  const nonces = ['9dbd3a20-94a0-4a1f-b7a0-2f6d9f7b2c11', '9dbd3a2094a04a1fb7a02f6d9f7b2c11', '0.7315834298234', '1']
  for (const nonce of [...nonces, ' ', "it's; -- ü 😀\n", 'x'.repeat(2000)]) {
    const call = () => callV1(server.port, 'DescribeInstances', server.params, { SignatureNonce: nonce })
    assert.equal((await call()).status, 200, nonce)
    expectRefusal(await call(), 'SignatureNonceUsed', 400)
  }
})

test('booleans are read in any case', async () => {
  await using server = await serverWithInstance()
  for (const [text, verbose] of [
    ['True', true],
    ['TRUE', true],
    ['False', false],
    ['fAlSe', false],
  ] as const) {
    const answer = await callV1(server.port, 'DescribeZones', { RegionId: 'cn-hangzhou', Verbose: text })
    assert.equal(answer.json()['Zones'].Zone[0].AvailableInstanceTypes.InstanceTypes.length > 0, verbose, text)
  }
  for (const Verbose of ['1', 'yes', 'constructor', ' true']) {
    const answer = await callV1(server.port, 'DescribeZones', { RegionId: 'cn-hangzhou', Verbose })
    expectRefusal(answer, 'InvalidParameter', 400)
  }
})

test('empty parameters count as not given, but are signed', async () => {
  await using server = await serverWithInstance()
  const empty = { SignatureType: '', ZoneId: '', Status: '', PageSize: '', 'Tag.1.Key': '', 'Tag.1.Value': '' }
  const params = { ...server.params, ...empty }
  for (const call of [callV1, postV1]) {
    const answer = await call(server.port, 'DescribeInstances', params)
    assert.deepEqual([answer.json()['TotalCount'], answer.json()['PageSize']], [1, 10], answer.body)
  }
  for (const name of Object.keys(empty)) {
    const query = signedForm(key, 'GET', 'DescribeInstances', params)
    query.delete(name)
    expectRefusal(await send(server.port, { target: targetWith(query) }), 'SignatureDoesNotMatch', 400)
  }
})

test('unknown parameters are ignored, but are signed', async () => {
  await using server = await serverWithInstance()
  const unknown = { Api: 'x', ServiceCode: 'ecs', SourceIp: '10.0.0.1', SecureTransport: 'true', constructor: 'x' }
  const params = { ...server.params, ...unknown }
  const answer = await callV1(server.port, 'DescribeInstances', params)
  assert.equal(answer.json()['TotalCount'], 1, answer.body)
  const query = signedForm(key, 'GET', 'DescribeInstances', params)
  query.set('SourceIp', '10.0.0.2')
  expectRefusal(await send(server.port, { target: targetWith(query) }), 'SignatureDoesNotMatch', 400)
})

test('names are case-sensitive', async () => {
  await using server = await serverWithInstance()
  const { RegionId: regionId, ...rest } = server.params
  expectRefusal(await callV1(server.port, 'DescribeInstances', { ...rest, regionid: regionId }), 'MissingRegionId', 400)
  expectRefusal(await callV1(server.port, 'describeInstances', server.params), 'InvalidAction.NotFound', 404)
  const signed = signedForm(key, 'GET', 'DescribeInstances', server.params)
  const target = targetWith(signed).replace('Action=', 'action=')
  expectRefusal(await send(server.port, { target }), 'MissingParameter', 400)
})

test('action and version may stand in headers too; where both name one, the parameters rule', async () => {
  await using server = await serverWithInstance()
  for (const action of ['DescribeInstances', 'DescribeRegions', 'NoSuchAction']) {
    const headers = { 'x-acs-action': action, 'x-acs-version': '2014-05-26' }
    const target = targetWith(signedForm(key, 'GET', 'DescribeInstances', server.params))
    const answer = await send(server.port, { target, headers })
    assert.equal(answer.json()['TotalCount'], 1, answer.body)
  }
})

test('a V1 answer is XML unless JSON is asked for, in any case', async () => {
  await using server = await serverWithInstance()
  for (const Format of ['json', 'JSON', 'Json']) {
    const { headers, status } = await callV1(server.port, 'DescribeRegions', {}, { Format })
    assert.deepEqual([status, headers['content-type']], [200, 'application/json;charset=utf-8'])
  }
  for (const Format of ['xml', 'XML', 'Xml', '', undefined]) {
    const { headers, status, body } = await callV1(server.port, 'DescribeRegions', {}, { Format })
    assert.deepEqual([status, headers['content-type']], [200, 'text/xml;charset=utf-8'])
    assert.equal(parseXml(body).name, 'DescribeRegionsResponse')
  }
  const answer = await callV1(server.port, 'DescribeRegions', {}, { Format: 'yaml' })
  expectRefusal(answer, 'InvalidParameter.Format', 400)
  assert.equal(answer.headers['content-type'], 'text/xml;charset=utf-8')
})

test('a V3 answer is JSON', async () => {
  await using server = await serverWithInstance()
  const answer = await callV3(server.port, 'DescribeInstances', server.params)
  assert.equal(answer.headers['content-type'], 'application/json;charset=utf-8')
  assert.equal(answer.json()['TotalCount'], 1)
})

test('an error that comes before the parameters is answered in the form that was asked for, as far as it shows', async () => {
  await using server = await serverWithInstance()
  const json = 'application/json;charset=utf-8'
  const xml = 'text/xml;charset=utf-8'
  const asked: [string, string][] = [
    ['/elsewhere?Format=JSON&Action=DescribeRegions', json],
    ['/elsewhere?Action=DescribeRegions&Format=json', json],
    ['/elsewhere?Format=XML', xml],
    ['/elsewhere?NoFormat=JSON', xml],
    ['/elsewhere', xml],
  ]
  for (const [target, contentType] of asked) {
    const answer = await send(server.port, { target })
    expectRefusal(answer, 'InvalidApi.NotFound', 404)
    assert.equal(answer.headers['content-type'], contentType, target)
    expectRefusal(await send(server.port, { method: 'PUT', target }), 'UnsupportedHTTPMethod', 400)
  }
  const { headers } = signedV3(server.port, 'DescribeRegions')
  const v3 = await send(server.port, { target: '/elsewhere', headers: headers ?? {} })
  assert.deepEqual([v3.status, v3.headers['content-type']], [404, json])
})

test('every answer names its request in body and headers, with an id of its own', async () => {
  await using server = await serverWithInstance()
  const seen = new Set<string>()
  for (const params of [server.params, {}]) {
    for (const Format of ['JSON', 'XML']) {
      const { headers, body } = await callV1(server.port, 'DescribeInstances', params, { Format })
      const id = Format === 'XML' ? childText(parseXml(body), 'RequestId') : JSON.parse(body).RequestId
      assert.match(id, upperUuid)
      assert.equal(headers['x-acs-request-id'], id)
      assert.match(headers['x-acs-trace-id'] ?? '', /^[0-9a-f]{32}$/)
      seen.add(id)
    }
  }
  assert.equal(seen.size, 4)
})

test('an error body is complete, and all of it is text', async () => {
  await using server = await serverWithInstance()
  const target = (Format: string) => targetWith(signedForm(key, 'GET', 'DescribeInstances', {}, { Format }))
  const headers = { host: 'ecs.cn-hangzhou.aliyuncs.com:8526' }
  const json = await send(server.port, { target: target('JSON'), headers })
  const requestId = json.headers['x-acs-request-id'] ?? ''
  const recommend = (id: string) => `https://api.aliyun.com/troubleshoot?q=MissingRegionId&product=Ecs&requestId=${id}`
  assert.deepEqual(json.json(), {
    RequestId: requestId,
    HostId: 'ecs.cn-hangzhou.aliyuncs.com:8526',
    Code: 'MissingRegionId',
    Message: 'RegionId is mandatory for this action.',
    Recommend: recommend(requestId),
  })
  const xml = await send(server.port, { target: target('XML'), headers })
  const root = parseXml(xml.body)
  assert.equal(root.name, 'Error')
  assert.deepEqual(
    root.children.map(({ name }) => name),
    ['RequestId', 'HostId', 'Code', 'Message', 'Recommend'],
  )
  assert.ok(
    xml.body.includes(`<Recommend><![CDATA[${recommend(childText(root, 'RequestId'))}]]></Recommend>`),
    xml.body,
  )
})

test('an unknown action is not found, a real one that is missing says so, an unknown version is not valid', async () => {
  await using server = await serverWithInstance()
  const ask = (Action: string, Version: string) => callV1(server.port, Action, {}, { Version })
  expectRefusal(await ask('StopTheWorld', '2014-05-26'), 'InvalidAction.NotFound', 404)
  expectRefusal(await ask('StopInstances', '2016-01-20'), 'InvalidAction.NotFound', 404)
  expectRefusal(await ask('StopInstances', '2014-05-27'), 'InvalidVersion', 400)
  for (const [product, action, version] of [
    ['Ecs', 'ModifyPrepayInstanceSpec', '2014-05-26'],
    ['Kms', 'GenerateDataKey', '2016-01-20'],
    ['Vpc', 'CreateVpc', '2016-04-28'],
    ['Sts', 'AssumeRole', '2015-04-01'],
    ['Location', 'DescribeEndpoints', '2015-06-12'],
  ] as const) {
    const answer = await ask(action, version)
    expectRefusal(answer, 'NotImplemented', 501)
    assert.ok(answer.json()['Message'].startsWith(`${product} has the action ${action}, but localyun`), answer.body)
    assert.match(answer.json()['Recommend'], new RegExp(`\\?q=NotImplemented&product=${product}&requestId=`))
  }
  for (const name of ['Action', 'Version']) {
    const answer = await callV1(server.port, 'DescribeRegions', {}, { [name]: undefined })
    expectRefusal(answer, 'MissingParameter', 400)
    assert.ok(answer.json()['Message'].includes(`"${name}"`))
  }
})
