import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { signV1, stringToSignV1 } from '../src/protocol/signature/v1.ts'

/** The access key of the default account. */
export const accessKeyId = 'localyun'
export const secret = 'localyun-secret'
export const regionId = 'cn-hangzhou'

type Params = Readonly<Record<string, string>>

/** The form body of a V1 signed call of ECS, with a nonce of its own. */
export function signedForm(action: string, params: Params): string {
  const all = {
    Action: action,
    Version: '2014-05-26',
    Format: 'JSON',
    RegionId: regionId,
    AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
    ...params,
  }
  return new URLSearchParams({ ...all, Signature: signV1(stringToSignV1('POST', all), secret) }).toString()
}

/** A whole HTTP request, ready to be written to a socket. */
export function signedRequest(action: string, params: Params = {}): Buffer {
  const body = signedForm(action, params)
  return Buffer.from(
    'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n' +
      `content-length: ${body.length}\r\n\r\n${body}`,
  )
}

/** Calls the control API; fails with what it answers. */
export async function control<Answer>(port: number, method: string, path: string, body?: unknown): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`http://127.0.0.1:${port}/_localyun${path}`, { method, ...sent })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
  return (text.startsWith('{') ? JSON.parse(text) : text) as Answer
}

/** One StopInstances per `batchSize` ids; no id stands in two of them. */
export function stopRequests(ids: readonly string[], batchSize: number): Buffer[] {
  return batchRequests('StopInstances', ids, batchSize)
}

/** One call of a batch operation per `batchSize` ids. */
export function batchRequests(action: string, ids: readonly string[], batchSize: number): Buffer[] {
  const requests: Buffer[] = []
  for (let start = 0; start < ids.length; start += batchSize) {
    const batch = ids.slice(start, start + batchSize)
    const named = batch.map((id, index) => [`InstanceId.${index + 1}`, id] as const)
    requests.push(signedRequest(action, Object.fromEntries(named)))
  }
  return requests
}

export interface Page {
  readonly instances: { readonly id: string; readonly status: string }[]
  /** Empty on the last page. */
  readonly nextToken: string
  readonly bytes: number
}

/** A page of 100 instances; the first one without a token. */
export async function describePage(port: number, nextToken: string): Promise<Page> {
  const params = nextToken === '' ? { MaxResults: '100' } : { MaxResults: '100', NextToken: nextToken }
  const text = await call(port, 'DescribeInstances', params)
  const body = JSON.parse(text) as {
    Instances: { Instance: { InstanceId: string; Status: string }[] }
    NextToken: string
  }
  const instances = body.Instances.Instance.map(one => ({ id: one.InstanceId, status: one.Status }))
  return { instances, nextToken: body.NextToken, bytes: Buffer.byteLength(text) }
}

/** The size of the answer to a call. */
export async function answerBytes(port: number, action: string, params: Params): Promise<number> {
  return Buffer.byteLength(await call(port, action, params))
}

/** The text of an answer; fails with it when it is a refusal. */
async function call(port: number, action: string, params: Params): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: signedForm(action, params),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${action} was answered ${response.status}: ${text}`)
  return text
}

/** All instances of the region, page by page, newest first. */
export async function describeAll(port: number): Promise<Page['instances']> {
  const all: Page['instances'] = []
  let token = ''
  do {
    const page = await describePage(port, token)
    all.push(...page.instances)
    token = page.nextToken
  } while (token !== '')
  return all
}

/** The token of the page behind this one; pages of 100 have numbers from 1. */
export async function describePageNumber(port: number, page: number): Promise<string> {
  const text = await call(port, 'DescribeInstances', { PageNumber: String(page), PageSize: '100' })
  const { NextToken: token } = JSON.parse(text) as { NextToken?: string }
  if (token === undefined) throw new Error(text)
  return token
}

/** More than the longest stop takes. */
const patienceMs = 30_000

/**
 * Waits until no change of state is under way any more. `soonestMs` is how long that takes at least: asking takes
 * processor time, too.
 */
export async function untilAllStopped(port: number, soonestMs = 100): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  await sleep(soonestMs)
  while ((await countPending(port)) > 0) {
    if (performance.now() > giveUpAt) throw new Error('Not all stops have ended.')
    await sleep(200)
  }
}

async function countPending(port: number): Promise<number> {
  const text = await control<string>(port, 'GET', '/metrics')
  const counts = [...text.matchAll(/^localyun_jobs_pending\{.*\} (\d+)$/gm)]
  if (counts.length === 0) throw new Error('The metrics do not tell what is pending.')
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}
