import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { products } from '../../src/protocol/operation.ts'
import { canonicalRequestV3, sha256Hex, signV3, stringToSignV3 } from '../../src/protocol/signature/v3.ts'
import { type Params, signedForm } from './client.ts'
import { childText, parseXml } from './xml.ts'

/** An answer as it came over the socket. */
export interface RawAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What a JSON body holds; throws for another body. */
  json(): Record<string, any>
}

export interface RawRequest {
  /** GET without a body, POST with one, unless given. */
  readonly method?: string
  /** The request target as it stands in the first line; `/` unless given. */
  readonly target?: string
  /** Added to `Host`, `Connection` and `Content-Length`; undefined leaves one of these out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string
  /** Sends the body in chunks of this many bytes instead of with its length. */
  readonly chunkSize?: number
}

export const key = { accessKeyId: 'localyun', secret: 'localyun-secret' } as const
export type Key = Readonly<Record<keyof typeof key, string>>
export const form = { 'content-type': 'application/x-www-form-urlencoded' } as const

/** Sends one request, byte for byte as described, and reads its answer. */
export function send(port: number, request: RawRequest): Promise<RawAnswer> {
  const { body = '', chunkSize, target = '/' } = request
  const method = request.method ?? (body === '' ? 'GET' : 'POST')
  const length = chunkSize === undefined ? String(Buffer.byteLength(body)) : undefined
  const headers: Record<string, string | undefined> = {
    host: `127.0.0.1:${port}`,
    connection: 'close',
    'content-length': method === 'GET' && body === '' ? undefined : length,
    'transfer-encoding': chunkSize === undefined ? undefined : 'chunked',
    ...request.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => (value === undefined ? '' : `${name}: ${value}\r\n`))
  const content = chunkSize === undefined ? body : inChunks(body, chunkSize)
  return exchange(port, `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${content}`)
}

/** `body` is ASCII, as forms are. */
function inChunks(body: string, size: number): string {
  let chunks = ''
  for (let start = 0; start < body.length; start += size) {
    const chunk = body.slice(start, start + size)
    chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
  }
  return `${chunks}0\r\n\r\n`
}

/** Writes text on a connection of its own and reads what comes back until the server closes. */
export function exchange(port: number, text: string, tls?: { ca: string }): Promise<RawAnswer> {
  const socket = tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ca: tls.ca })
  socket.write(text)
  return readAnswer(socket)
}

/** Reads one answer from a connection that the server will close. */
export function readAnswer(socket: Socket): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk as Buffer))
    // A server that has answered need not read the rest; what it said counts.
    socket.on('error', reason => chunks.length === 0 && reject(reason))
    socket.on('close', () => {
      const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'))
      if (answer === undefined) reject(new Error('The server closed the connection without a whole answer.'))
      else resolve(answer)
    })
  })
}

function parseAnswer(text: string): RawAnswer | undefined {
  const [, head = '', body = ''] = /^(.*?)\r\n\r\n(.*)$/s.exec(text) ?? []
  const [statusLine = '', ...lines] = head.split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1])
  if (Number.isNaN(status)) return undefined
  const headers = Object.fromEntries(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  if (headers['content-length'] !== String(Buffer.byteLength(body))) return undefined
  return { status, headers, body, json: () => JSON.parse(body) as Record<string, any> }
}

/** The request target for these parameters. */
export function targetWith(query: URLSearchParams, path = '/'): string {
  return `${path}?${query.toString()}`
}

/** A V1 call with everything in the query. Overrides replace common parameters; undefined leaves one out. */
export function callV1(
  port: number,
  action: string,
  params: Params = {},
  overrides: Record<string, string | undefined> = {},
  signer: Key = key,
): Promise<RawAnswer> {
  return send(port, { target: targetWith(signedForm(signer, 'GET', action, params, overrides)) })
}

/** A V1 call with everything in the form. */
export function postV1(
  port: number,
  action: string,
  params: Params = {},
  overrides: Record<string, string | undefined> = {},
): Promise<RawAnswer> {
  return send(port, { headers: form, body: signedForm(key, 'POST', action, params, overrides).toString() })
}

export interface RequestV3 {
  readonly method?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string
  /** Replace or add to the headers before they are signed; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Leave these out of the signature. */
  readonly unsigned?: readonly string[]
  /** Whether parameter names are encoded before they are signed; only unusual names show the difference. */
  readonly encodeNames?: boolean
}

/** A V3 signed request. */
export function signedV3(port: number, action: string, request: RequestV3 = {}, signer: Key = key): RawRequest {
  const { method = 'POST', query = {}, body = '', encodeNames = true, unsigned = [] } = request
  const contentHash = sha256Hex(body)
  const all: Record<string, string | undefined> = {
    host: `127.0.0.1:${port}`,
    accept: 'application/json',
    'x-acs-action': action,
    'x-acs-version': products.Ecs,
    'x-acs-date': timestamp(),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-content-sha256': contentHash,
    ...(body === '' ? {} : form),
    ...request.headers,
  }
  const headers = Object.fromEntries(Object.entries(all).filter(pair => pair[1] !== undefined))
  const signed = Object.keys(headers)
    .filter(name => name !== 'accept' && name !== 'user-agent' && !unsigned.includes(name))
    .sort()
  const source = { method, query, headers, contentHash: headers['x-acs-content-sha256'] ?? '' }
  const signature = signV3(stringToSignV3(canonicalRequestV3(source, signed, { encodeNames })), signer.secret)
  const authorization = `ACS3-HMAC-SHA256 Credential=${signer.accessKeyId},SignedHeaders=${signed.join(';')},Signature=${signature}`
  const target = targetWith(new URLSearchParams(query))
  return { method, target, body, headers: { ...headers, authorization } }
}

/** A V3 call with the parameters in the query. */
export function callV3(
  port: number,
  action: string,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string | undefined>> = {},
  signer: Key = key,
): Promise<RawAnswer> {
  return send(port, signedV3(port, action, { query, headers }, signer))
}

/** The answer is this error, in JSON or XML. Returns its body; of XML, code and message only. */
export function expectRefusal(answer: RawAnswer, code: string, status: number): Record<string, any> {
  const body = answer.body.startsWith('<?xml') ? readXmlError(answer.body) : answer.json()
  assert.deepEqual([body['Code'], answer.status], [code, status], body['Message'])
  return body
}

function readXmlError(text: string): Record<string, string> {
  const root = parseXml(text)
  assert.equal(root.name, 'Error')
  return { Code: childText(root, 'Code'), Message: childText(root, 'Message') }
}

/** The machine's time, moved by seconds, as requests spell it. */
export function timestamp(seconds = 0): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, '')
}

/** Asks again and again until the answer is yes. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 10_000, everyMs = 5): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not come true within ${limitMs} ms: ${holds.toString()}`)
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}
