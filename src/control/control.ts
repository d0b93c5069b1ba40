import type { Clock, ClockMode } from '../platform/clock.ts'
import type { HttpAnswer, HttpRequest } from '../protocol/http.ts'
import { jsonContentType } from '../protocol/render/json.ts'

const prefix = '/_localyun/'

/** What the control API tells about the server. */
export interface ControlSubject {
  readonly version: string
  readonly config: {
    readonly store: string
    readonly auth: string
    readonly clock: ClockMode
    readonly timeScale: number
  }
  readonly clock: Clock
}

export function isControlRequest(request: HttpRequest): boolean {
  return request.target.startsWith(prefix)
}

/** `GET health` and `GET info`; everything else is not there. */
export function answerControl(subject: ControlSubject, request: HttpRequest): HttpAnswer {
  if (!isLoopback(request.remoteAddress)) {
    return json(403, { error: 'The control API answers this machine only.' })
  }
  const path = request.target.slice(prefix.length).replace(/\?.*/, '')
  if (path !== 'health' && path !== 'info') {
    return json(404, { error: `There is no /_localyun/${path}. There are /_localyun/health and /_localyun/info.` })
  }
  if (request.method !== 'GET') return json(405, { error: `/_localyun/${path} answers GET only.` })
  if (path === 'health') return json(200, { status: 'ok' })
  const { version, config, clock } = subject
  const settings = { store: config.store, auth: config.auth, clock: config.clock, timeScale: config.timeScale }
  return json(200, { version, settings, now: new Date(clock.now()).toISOString() })
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': jsonContentType }, body: JSON.stringify(body) }
}
