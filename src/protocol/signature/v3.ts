import { createHash, createHmac } from 'node:crypto'
import { compareNames, percentEncode } from './encode.ts'

export const algorithmV3 = 'ACS3-HMAC-SHA256'

export interface AuthorizationV3 {
  readonly algorithm: string
  readonly accessKeyId: string
  /** Lower-case, in the client's order. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Reads an `Authorization` header; undefined when a part is missing or malformed. */
export function parseAuthorizationV3(header: string): AuthorizationV3 | undefined {
  const match = /^(ACS3-[\w-]+)\s+(.+)$/.exec(header.trim())
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const parts = new Map(
    match[2].split(',').map(part => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()] as const
    }),
  )
  const accessKeyId = parts.get('Credential')
  const signedHeaders = parts.get('SignedHeaders')
  const signature = parts.get('Signature')
  if (!accessKeyId || !signedHeaders || !signature || !/^[0-9a-f]{64}$/i.test(signature)) return undefined
  return {
    algorithm: match[1],
    accessKeyId,
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    signature: signature.toLowerCase(),
  }
}

export interface RequestV3 {
  readonly method: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The `x-acs-content-sha256` header, checked against the body. */
  readonly contentHash: string
}

/**
 * The canonical request. The specification encodes parameter names, some clients leave them as they are: the two
 * differ only for unusual names, and a server has to try both. Source: help page "V3 request structure and signature".
 */
export function canonicalRequestV3(
  request: RequestV3,
  signedHeaders: readonly string[],
  { encodeNames }: { encodeNames: boolean },
): string {
  const query = Object.keys(request.query)
    .sort(compareNames)
    .map(name => `${encodeNames ? percentEncode(name) : name}=${percentEncode(request.query[name] ?? '')}`)
    .join('&')
  const headers = [...signedHeaders]
    .sort(compareNames)
    .map(name => `${name}:${(request.headers[name] ?? '').trim()}\n`)
    .join('')
  return [request.method, '/', query, headers, signedHeaders.join(';'), request.contentHash].join('\n')
}

export function stringToSignV3(canonicalRequest: string): string {
  return `${algorithmV3}\n${sha256Hex(canonicalRequest)}`
}

/** Lower-case hex. */
export function signV3(stringToSign: string, secret: string): string {
  return createHmac('sha256', secret).update(stringToSign).digest('hex')
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
