import type { ApiError } from '../errors.ts'
import type { HttpAnswer, HttpRequest } from '../http.ts'
import { type Product, wireRules } from '../operation.ts'
import { jsonContentType, renderJson } from './json.ts'
import { CData, renderXml, xmlContentType } from './xml.ts'

export type Format = 'json' | 'xml'

/** The form of an answer whose parameters could not be read: what the target asks for, or what its sender is used to. */
export function presumedFormat({ target, headers }: Pick<HttpRequest, 'target' | 'headers'>): Format {
  const asked = /[?&]Format=(\w+)(?:&|$)/.exec(target)?.[1]?.toLowerCase()
  if (asked === 'json' || asked === 'xml') return asked
  return headers['authorization']?.startsWith('ACS3-') === true ? 'json' : 'xml'
}

/** What the renderers need to know of a call. */
interface AnsweredCall {
  readonly requestId: string
  readonly request: Pick<HttpRequest, 'headers'>
  readonly format: Format
  readonly product: Product
  readonly action: string
}

export function renderSuccess(call: AnsweredCall, output: Readonly<Record<string, unknown>> | undefined): HttpAnswer {
  const body = { RequestId: call.requestId, ...output }
  const text = call.format === 'json' ? renderJson(body) : renderXml(xmlRoot(call) ?? `${call.action}Response`, body)
  return { status: 200, headers: headersFor(call), body: text }
}

export function renderError(call: AnsweredCall, error: ApiError): HttpAnswer {
  const recommend = `https://api.aliyun.com/troubleshoot?q=${error.code}&product=${call.product}&requestId=${call.requestId}`
  const body = {
    RequestId: call.requestId,
    HostId: call.request.headers['host'] ?? '',
    Code: error.code,
    Message: error.message,
    Recommend: call.format === 'json' ? recommend : new CData(recommend),
    ...(error.accessDeniedDetail === undefined ? {} : { AccessDeniedDetail: error.accessDeniedDetail }),
  }
  const text = call.format === 'json' ? renderJson(body) : renderXml(xmlRoot(call) ?? 'Error', body)
  const waiting = error.retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(error.retryAfterMs) }
  return { status: error.status, headers: { ...headersFor(call), ...waiting }, body: text }
}

function xmlRoot({ product }: AnsweredCall): string | undefined {
  return wireRules[product]?.xmlRoot
}

function headersFor({ requestId, format }: AnsweredCall): Record<string, string> {
  return {
    'content-type': format === 'json' ? jsonContentType : xmlContentType,
    'x-acs-request-id': requestId,
    'x-acs-trace-id': requestId.replaceAll('-', '').toLowerCase(),
  }
}
