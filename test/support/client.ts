import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Answers } from '../../src/operations/index.ts'
import { products } from '../../src/protocol/operation.ts'
import { signV1, stringToSignV1 } from '../../src/protocol/signature/v1.ts'

export type Params = Readonly<Record<string, string | number | boolean>>

export interface TestClient {
  /** Calls an ECS operation and returns its JSON answer; throws CallError on an error answer. */
  call<Action extends string>(action: Action, params?: Params): Promise<AnswerTo<Action>>
}

/** What an operation answers, as a test reads it. Of an action that is not known to the compiler, anything. */
export type AnswerTo<Action extends string> = Action extends keyof Answers
  ? Body<Answers[Action]> & { readonly RequestId: string }
  : Record<string, any>

type Body<Output> = [NonNullable<Output>] extends [never] ? unknown : Read<NonNullable<Output>>

/** Without what may be missing: a test that reads a field or an entry that is not there fails by that. */
type Read<Value> = Value extends readonly (infer Entry)[]
  ? Read<Entry>[] & Readonly<Record<0 | 1 | 2 | 3, Read<Entry>>>
  : Value extends object
    ? { -readonly [Key in keyof Value]-?: Read<NonNullable<Value[Key]>> }
    : Value

/** An error answer, as a client sees it. */
export class CallError extends Error {
  readonly code: string
  readonly status: number
  readonly body: Record<string, any>

  constructor(status: number, body: Record<string, any>) {
    super(body['Message'])
    this.code = body['Code']
    this.status = status
    this.body = body
  }
}

export interface ClientOptions {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secret: string
}

export function createClient(options: ClientOptions): TestClient {
  return {
    async call(action, params = {}) {
      const response = await fetch(options.endpoint, {
        method: 'POST',
        body: signedForm(options, 'POST', action, params),
      })
      const body: unknown = await response.json()
      if (response.status !== 200) throw new CallError(response.status, body as Record<string, any>)
      return body as AnswerTo<typeof action>
    },
  }
}

/** Every instance in cn-hangzhou, page by page. */
export async function listInstances(client: TestClient) {
  const found = []
  let token = ''
  do {
    const page = { RegionId: 'cn-hangzhou', MaxResults: 100, ...(token === '' ? {} : { NextToken: token }) }
    const answer = await client.call('DescribeInstances', page)
    found.push(...answer.Instances.Instance)
    token = answer.NextToken
  } while (token !== '')
  return found
}

/** All parameters of a V1 call, signed; query and form alike. */
export function signedForm(
  { accessKeyId, secret }: { accessKeyId: string; secret: string },
  method: string,
  action: string,
  params: Params,
  overrides: Record<string, string | undefined> = {},
): URLSearchParams {
  const all: Record<string, string> = {
    Action: action,
    Version: products.Ecs,
    Format: 'JSON',
    AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
  }
  for (const [name, value] of Object.entries(params)) all[name] = String(value)
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) delete all[name]
    else all[name] = value
  }
  return new URLSearchParams({ ...all, Signature: signV1(stringToSignV1(method, all), secret) })
}

/** `InstanceId.1`, `InstanceId.2`, … */
export function instanceIds(ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id]))
}

/** The call fails with this code (and status and text, when given). */
export async function expectError(
  call: Promise<unknown>,
  code: string,
  expected: { status?: number; message?: string | RegExp } = {},
): Promise<CallError> {
  const error = await call.then(
    answer => assert.fail(`expected ${code}, got an answer: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof CallError, String(error))
  assert.equal(error.code, code)
  if (expected.status !== undefined) assert.equal(error.status, expected.status)
  if (typeof expected.message === 'string') assert.equal(error.message, expected.message)
  if (expected.message instanceof RegExp) assert.match(error.message, expected.message)
  return error
}
