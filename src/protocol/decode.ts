import { parse } from 'node:querystring'
import { findRegion } from '../domain/catalogue/regions.ts'
import { ApiError } from './errors.ts'
import type { HttpRequest } from './http.ts'
import type { RawParams } from './params.ts'

export interface DecodedRequest {
  /** Of the query alone: what a V3 signature covers by name. */
  readonly query: RawParams
  /** Query and form together; where both name a parameter, the form has the last word. */
  readonly params: RawParams
}

/** Reads the request target and the form body. Unknown parameters stay in: they are part of the signature. */
export function decodeRequest(request: HttpRequest): DecodedRequest {
  const question = request.target.indexOf('?')
  const path = question === -1 ? request.target : request.target.slice(0, question)
  // Some clients build //?… : any run of slashes is the root. A proxy's clients put the whole URL there.
  if (!/^(?:https?:\/\/[^/]+)?\/*$/i.test(path)) throw new ApiError('InvalidApi.NotFound')
  const query = parsePairs(question === -1 ? '' : request.target.slice(question + 1))
  if (request.body.length === 0) return { query, params: query }
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== undefined && type !== 'application/x-www-form-urlencoded') throw new ApiError('UnsupportedBody')
  return { query, params: { ...query, ...parsePairs(request.body.toString('utf8')) } }
}

/** The region in a product's host name: `kms.cn-beijing.aliyuncs.com`, `kms-vpc.cn-beijing.…`. */
export function regionOfHost(host: string | undefined): string | undefined {
  const label = host?.split('.')[1]
  return label === undefined || findRegion(label) === undefined ? undefined : label
}

/** `a=1&b=2`; of a name that stands twice, the last value counts. */
function parsePairs(text: string): Record<string, string | undefined> {
  if (text === '') return {}
  const pairs = parse(text, '&', '=', { maxKeys: 0 })
  for (const name in pairs) {
    const value = pairs[name]
    if (Array.isArray(value)) pairs[name] = value.at(-1)
  }
  return pairs as Record<string, string | undefined>
}
