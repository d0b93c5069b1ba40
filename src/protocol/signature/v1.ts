import { createHmac } from 'node:crypto'
import type { RawParams } from '../params.ts'
import { compareNames, percentEncode } from './encode.ts'

/**
 * The string a V1 (HMAC-SHA1) signature is made over: all parameters but `Signature`, query and form alike, sorted,
 * encoded, joined, and encoded once more. Source: help page "Request structure and signature (RPC)".
 */
export function stringToSignV1(method: string, params: RawParams): string {
  const names = Object.keys(params).sort(compareNames)
  let canonical = ''
  for (const name of names) {
    const value = params[name]
    if (name === 'Signature' || value === undefined) continue
    canonical += `${canonical === '' ? '' : '%26'}${encodeTwice(name)}%3D${encodeTwice(value)}`
  }
  return `${method}&%2F&${canonical}`
}

/** What `percentEncode` answers consists of characters that it leaves alone, and of `%`. */
function encodeTwice(text: string): string {
  return percentEncode(text).replaceAll('%', '%25')
}

/** Base64. */
export function signV1(stringToSign: string, secret: string): string {
  return createHmac('sha1', `${secret}&`).update(stringToSign).digest('base64')
}
