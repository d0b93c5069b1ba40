import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { TestApp } from '../support/app.ts'
import type { CallStep, Step } from './steps.ts'

/** The secrets of the access keys that calls are signed with; the world knows the same. */
export const secrets: Readonly<Record<string, string>> = {
  localyun: 'localyun-secret',
  second: 'second-secret',
  third: 'third-secret',
}

/** What came back for one step. */
export interface Answer {
  /** Of the connection; 0 when the server broke it off. */
  readonly status: number
  /** `OK`, or the code of the error. */
  readonly code: string
  /** Status, headers that clients read, and body. */
  readonly text: string
  readonly body: string
}

/** Plays steps on servers, each after the one before. */
export class Player implements Disposable {
  readonly #server: TestApp
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #number = 0

  constructor(server: TestApp) {
    this.#server = server
  }

  async play(step: Step): Promise<Answer> {
    this.#number++
    switch (step.kind) {
      case 'advance':
        await this.#server.advance(step.ms / 1000)
        return { status: 200, code: 'OK', text: '', body: '' }
      case 'control': {
        const body = step.body === undefined ? '' : JSON.stringify(step.body)
        const host = `127.0.0.1:${this.#server.app.port}`
        return this.#send({ method: step.method, target: `/_localyun${step.path}`, host, body })
      }
      case 'call':
        return this.#call(step)
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #call(step: CallStep): Promise<Answer> {
    const { method, host = 'ecs.test' } = step
    const form = toForm(step, this.#number)
    return method === 'GET'
      ? this.#send({ method, target: `/?${form}`, host, body: '' })
      : this.#send({ method, target: '/', host, body: form })
  }

  #send(sent: { method: string; target: string; host: string; body: string }): Promise<Answer> {
    const { method, target, host, body } = sent
    const headers: Record<string, string> = { host, 'content-length': String(Buffer.byteLength(body)) }
    if (body !== '' && target === '/') headers['content-type'] = 'application/x-www-form-urlencoded'
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: this.#server.app.port, agent: this.#agent, method, path: target, headers },
        response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk as Buffer))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve(toAnswer(response.statusCode ?? 0, response.headers, withoutMachineTime(target, text)))
          })
        },
      )
      outgoing.on('error', (reason: NodeJS.ErrnoException) => {
        // A fault may break the connection off; anything else is no answer at all.
        if (reason.code === 'ECONNRESET') resolve({ status: 0, code: 'dropped', text: 'dropped', body: '' })
        else reject(reason)
      })
      outgoing.end(body)
    })
  }
}

function toAnswer(status: number, headers: NodeJS.Dict<string | string[]>, body: string): Answer {
  const shown = Object.keys(headers)
    .filter(name => name === 'content-type' || name.startsWith('x-acs-'))
    .sort()
    .map(name => `${name}: ${String(headers[name])}\n`)
  const code = /"Code":"([^"]*)"|<Code>([^<]*)<\/Code>/.exec(body)
  const isError = status >= 400
  return {
    status,
    code: isError ? (code?.[1] ?? code?.[2] ?? 'error') : 'OK',
    text: `${status}\n${shown.join('')}\n${body}`,
    body,
  }
}

/** All parameters of a call, signed where the step names a key. */
function toForm({ action, version, params, method, format, key, common = {} }: CallStep, number: number): string {
  const all: Record<string, string> = { Action: action, Version: version }
  if (format !== undefined) all['Format'] = format
  if (key !== undefined) {
    all['AccessKeyId'] = key
    all['SignatureMethod'] = 'HMAC-SHA1'
    all['SignatureVersion'] = '1.0'
    all['SignatureNonce'] = `nonce-${number}`
    all['Timestamp'] = new Date().toISOString().replace(/\.\d+/, '')
  }
  Object.assign(all, params)
  for (const [name, value] of Object.entries(common)) {
    if (value === null) delete all[name]
    else all[name] = value
  }
  if (key !== undefined && common['Signature'] === undefined) {
    all['Signature'] = sign(method, all, secrets[key] ?? 'unknown')
  }
  return new URLSearchParams(all).toString()
}

/** A V1 signature, by itself: what is compared must not move with what is to be compared. */
function sign(method: string, params: Readonly<Record<string, string>>, secret: string): string {
  const sorted = Object.keys(params)
    .sort((a, b) => (a < b ? -1 : 1))
    .map(name => `${encode(name)}=${encode(params[name] ?? '')}`)
  const text = `${method}&${encode('/')}&${encode(sorted.join('&'))}`
  return createHmac('sha1', `${secret}&`).update(text).digest('base64')
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Columns of the machine's time, which differs from run to run. */
const machineTimes: Readonly<Record<string, readonly string[]>> = {
  client_tokens: ['expires_at'],
  jobs: ['leased_until'],
  hosts: ['seen_until'],
  webhooks: ['created_at', 'gone_at'],
}
/** Tables that are written with the machine's time, now or a second later. */
const machineTables: readonly string[] = ['nonces']

interface StateText {
  readonly tables: Record<string, { columns: string[]; rows: (string | number | null)[][] }>
}

/** A state export without what the machine's time decides; any other answer as it is. */
function withoutMachineTime(target: string, text: string): string {
  if (target !== '/_localyun/state') return text
  const state = JSON.parse(text) as StateText
  if (state.tables === undefined) return text
  for (const table of machineTables) if (state.tables[table] !== undefined) state.tables[table].rows = []
  for (const [table, columns] of Object.entries(machineTimes)) {
    const found = state.tables[table]
    for (const column of columns) {
      const index = found?.columns.indexOf(column) ?? -1
      for (const row of found?.rows ?? []) if (index >= 0 && row[index]) row[index] = 'machine time'
    }
  }
  return JSON.stringify(state)
}

/** A few characters that stand for a text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
