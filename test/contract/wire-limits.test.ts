import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { generate } from 'selfsigned'
import { createTestApp } from '../support/app.ts'
import { signedForm } from '../support/client.ts'
import { exchange, expectRefusal, form, key, postV1, readAnswer, send, signedV3, targetWith } from '../support/raw.ts'

const mebibyte = 1024 * 1024

/** A signed DescribeRegions whose form has exactly this length. */
function formOf(port: number, bytes: number) {
  return signedV3(port, 'DescribeRegions', { body: `Filler=${'x'.repeat(bytes - 'Filler='.length)}` })
}

test('a body of 1 MiB is read, a larger one is refused with words, declared or in chunks', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  for (const chunks of [{}, { chunkSize: 60_000 }, { chunkSize: mebibyte + 1 }]) {
    assert.equal((await send(port, { ...formOf(port, mebibyte), ...chunks })).status, 200)
    const answer = await send(port, { ...formOf(port, mebibyte + 1), ...chunks })
    const body = expectRefusal(answer, 'RequestTooLarge', 413)
    assert.equal(body['Message'], 'The request body is larger than 1 MiB.')
  }
})

test('a much larger body is refused too, in the form its sender reads, and the answer arrives', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const large = formOf(port, 32 * mebibyte)
  for (const chunks of [{}, { chunkSize: mebibyte }]) {
    const answer = await send(port, { ...large, ...chunks })
    assert.equal(answer.headers['content-type'], 'application/json;charset=utf-8')
    const { RequestId } = expectRefusal(answer, 'RequestTooLarge', 413)
    assert.equal(answer.headers['x-acs-request-id'], RequestId)
  }
  const answer = await fetch(`${server.app.endpoint}/?Format=JSON`, { method: 'POST', body: large.body ?? '' })
  assert.deepEqual([answer.status, ((await answer.json()) as Record<string, string>)['Code']], [413, 'RequestTooLarge'])
})

test('a request line and headers of more than 64 KiB are refused with words', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const target = (bytes: number) => targetWith(signedForm(key, 'GET', 'DescribeRegions', { Filler: 'x'.repeat(bytes) }))
  assert.equal((await send(port, { target: target(60_000) })).status, 200)
  for (const request of [{ target: target(70_000) }, { headers: { 'x-filler': 'x'.repeat(70_000) } }]) {
    const body = expectRefusal(await send(port, request), 'RequestHeaderTooLarge', 431)
    assert.equal(body['Message'], 'The request line and headers are larger than 64 KiB.')
  }
})

test('headers that do not arrive in time are answered with words', async () => {
  await using server = await createTestApp({}, { headersTimeoutMs: 200, requestTimeoutMs: 300 })
  const texts = ['GET /?Action=', 'GET / HTTP/1.1\r\nHost: localhost\r\n']
  for (const answer of await Promise.all(texts.map(text => exchange(server.app.port, text)))) {
    const body = expectRefusal(answer, 'RequestTimeout', 408)
    assert.equal(body['Message'], 'The request did not arrive completely within its time limit.')
    assert.equal(answer.headers['connection'], 'close')
  }
})

test('a body that does not arrive in time is answered with words', async () => {
  await using server = await createTestApp({}, { headersTimeoutMs: 200, requestTimeoutMs: 300 })
  const { port } = server.app
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${form['content-type']}\r\n`
  const rests = [
    'Content-Length: 100\r\n\r\n',
    'Content-Length: 100\r\n\r\nAction=',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nAct',
  ]
  for (const answer of await Promise.all(rests.map(rest => exchange(port, head + rest)))) {
    expectRefusal(answer, 'RequestTimeout', 408)
  }
  assert.equal((await postV1(port, 'DescribeRegions')).status, 200)
})

test('a client that leaves in the middle of its body harms nobody', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  for (let count = 0; count < 20; count++) {
    await new Promise<void>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.on('close', () => resolve())
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nAction=', () =>
        socket.resetAndDestroy(),
      )
    })
  }
  assert.equal((await postV1(port, 'DescribeRegions')).status, 200)
})

test('what is not HTTP is answered with words', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const head = 'GET / HTTP/1.1\r\nHost: localhost\r\n'
  for (const text of [
    'hello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `${head}no colon\r\n\r\n`,
    `${head}Content-Length: many\r\n\r\n`,
    `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
    `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    'GET /?a b HTTP/1.1\r\nHost: localhost\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
  ]) {
    const answer = await exchange(port, text)
    const body = expectRefusal(answer, 'MalformedRequest', 400)
    assert.equal(body['Message'], 'The request is not valid HTTP.', text)
  }
  assert.equal((await postV1(port, 'DescribeRegions')).status, 200)
})

test('a request without a Host header is answered like any other', async () => {
  await using server = await createTestApp()
  for (const version of ['HTTP/1.1', 'HTTP/1.0']) {
    const target = targetWith(signedForm(key, 'GET', 'DescribeRegions', {}))
    const answer = await exchange(server.app.port, `GET ${target} ${version}\r\nConnection: close\r\n\r\n`)
    assert.equal(answer.status, 200, answer.body)
  }
})

test('a body that is not a form is refused; an empty one may call itself anything', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const target = (method: string) => targetWith(signedForm(key, method, 'DescribeRegions', {}))
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'multipart/form-data; boundary=x',
    'text/xml',
  ]) {
    const headers = { 'content-type': type }
    const refused = await send(port, { target: target('POST'), body: '{}', headers })
    const body = expectRefusal(refused, 'UnsupportedBody', 415)
    assert.equal(body['Message'], 'The request body must be application/x-www-form-urlencoded.')
    assert.equal((await send(port, { method: 'POST', target: target('POST'), headers })).status, 200)
    assert.equal((await send(port, { target: target('GET'), headers })).status, 200)
  }
})

test('a connection carries one call after another, refused ones too', async () => {
  await using server = await createTestApp()
  const { port } = server.app
  const line = (query: string, connection: string) =>
    `GET /?${query} HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`
  const good = () => signedForm(key, 'GET', 'DescribeInstanceStatus', { RegionId: 'cn-hangzhou' }).toString()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', chunk => (text += chunk.toString()))
  const closed = new Promise(resolve => socket.on('close', resolve))
  socket.write(line(good(), 'keep-alive') + line('Format=JSON', 'keep-alive') + line(good(), 'close'))
  await closed
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1])
  assert.deepEqual(statuses, ['200', '400', '200'])
})

test('a client may ask whether to go on with its body', async () => {
  await using server = await createTestApp()
  const body = signedForm(key, 'POST', 'DescribeRegions', {}).toString()
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { ...form, expect: '100-continue', 'content-length': body.length }
    const call = httpRequest(server.app.endpoint, { method: 'POST', headers, agent: false })
    call.on('continue', () => call.end(body))
    call.on('error', reject)
    call.on('response', response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    call.flushHeaders()
  })
  assert.equal(status, 200)
})

test('with a certificate the server speaks TLS, and refuses plain HTTP', async () => {
  const { cert, private: privateKey } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  await using server = await createTestApp({ tls: { cert, key: privateKey } })
  const { endpoint, port } = server.app
  assert.equal(endpoint, `https://127.0.0.1:${port}`)
  const target = targetWith(signedForm(key, 'GET', 'DescribeRegions', {}))
  const text = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
  const answer = await exchange(port, text, { ca: cert })
  assert.equal(answer.status, 200, answer.body)
  assert.ok(answer.json()['Regions'].Region.length > 0)
  await assert.rejects(exchange(port, text))
})

test('a server that is closed finishes what it has begun', async () => {
  const server = await createTestApp()
  const { port } = server.app
  const body = signedForm(key, 'POST', 'DescribeRegions', {}).toString()
  const socket = connect(port, '127.0.0.1')
  const answer = readAnswer(socket)
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`
  await new Promise<void>(resolve => socket.write(head + body.slice(0, 10), () => resolve()))
  // The first half has been read once another call, sent later, is answered.
  assert.equal((await postV1(port, 'DescribeRegions')).status, 200)
  const closed = server.app.close()
  socket.write(body.slice(10))
  const { status, headers } = await answer
  assert.deepEqual([status, headers['connection']], [200, 'close'])
  await closed
  await assert.rejects(postV1(port, 'DescribeRegions'))
})
