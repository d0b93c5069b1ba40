import type { HttpAnswer, HttpRequest } from '../protocol/http.ts'
import { jsonContentType } from '../protocol/render/json.ts'
import type { ControlContext } from './context.ts'
import type { Store } from '../store/store.ts'
import { readHealth } from './health.ts'
import { ControlError } from './route.ts'

export const controlPrefix = '/_localyun/'

export function isControlRequest(request: HttpRequest): boolean {
  return request.target.startsWith(controlPrefix)
}

/** Answers a request to `/_localyun/…`. Never throws. */
export async function answerControl(context: ControlContext, request: HttpRequest): Promise<HttpAnswer> {
  try {
    checkCaller(context.config.controlToken, request)
    const url = new URL(request.target, 'http://localhost')
    const path = url.pathname.slice(controlPrefix.length - 1)
    if (path === '/health' && request.method === 'GET') return await answerHealth(context.store)
    // Loaded with the first request: validation is the larger part of it, and a start should not have to wait.
    const { routeControlRequest } = await import('./router.ts')
    const answer = await routeControlRequest(context, request, url, path)
    if ('stream' in answer) return streamAnswer(answer.stream)
    if ('text' in answer) {
      return { status: 200, headers: { 'content-type': answer.contentType }, body: answer.text }
    }
    return json(answer.status ?? 200, answer.json)
  } catch (reason) {
    if (reason instanceof ControlError) return json(reason.status, { error: reason.message })
    context.log.error({ err: reason, target: request.target }, 'A control request failed unexpectedly.')
    return json(500, { error: 'The request failed unexpectedly; the log of the server says why.' })
  }
}

/** Ready to answer calls, or not: a balancer takes 503 for that. */
async function answerHealth(store: Store): Promise<HttpAnswer> {
  const { httpStatus, status } = await readHealth(store)
  return json(httpStatus, { status })
}

/**
 * With a token: who has it. Without: this machine only, and no page of a browser, whose scripts can reach loopback
 * addresses from anywhere on the web.
 */
function checkCaller(token: string | undefined, { remoteAddress, headers }: HttpRequest): void {
  if (token !== undefined) {
    if (headers['authorization'] === `Bearer ${token}`) return
    throw new ControlError(401, 'The control API asks for its token: Authorization: Bearer TOKEN.')
  }
  if (!isLoopback(remoteAddress)) {
    throw new ControlError(
      403,
      'The control API answers this machine only. Set --control-token to use it from elsewhere.',
    )
  }
  const host = (headers['host'] ?? '').replace(/:\d+$/, '')
  const isOwnName = host === 'localhost' || host === '[::1]' || isLoopback(host)
  const { origin } = headers
  if (!isOwnName || (origin !== undefined && origin.replace(/^https?:\/\//, '') !== headers['host'])) {
    throw new ControlError(403, 'The control API does not answer pages of other sites.')
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address)
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': jsonContentType }, body: JSON.stringify(body) }
}

function streamAnswer(stream: NonNullable<HttpAnswer['stream']>): HttpAnswer {
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
  return { status: 200, headers, body: '', stream }
}
