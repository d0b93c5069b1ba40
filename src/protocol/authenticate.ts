import { timingSafeEqual } from 'node:crypto'
import type { Tx } from '../store/store.ts'
import { ApiError } from './errors.ts'
import type { CallContext, KeyOfAccount } from './call-context.ts'
import type { HttpRequest } from './http.ts'
import type { Principal } from './operation.ts'
import type { RawParams } from './params.ts'
import { signV1, stringToSignV1 } from './signature/v1.ts'
import {
  algorithmV3,
  type AuthorizationV3,
  canonicalRequestV3,
  parseAuthorizationV3,
  sha256Hex,
  signV3,
  stringToSignV3,
} from './signature/v3.ts'
import type { Trace } from './trace.ts'

/** A time stamp is good for this long before and after the machine's time. */
const timeWindowMs = 15 * 60_000

/** Headers that, when sent, a V3 signature must cover. */
const mustBeSigned = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
]

/** What a request says of its signer, before anything of it is believed. */
interface Credentials {
  readonly accessKeyId: string
  readonly timestamp: string
  readonly nonce: string
  readonly securityToken: string | undefined
  readonly v3: AuthorizationV3 | undefined
}

interface SignedRequest {
  readonly request: HttpRequest
  readonly query: RawParams
  readonly params: RawParams
}

/** V3 is told by its Authorization header; everything else is V1. */
function isV3(request: HttpRequest): boolean {
  return request.headers['authorization']?.startsWith('ACS3-') ?? false
}

/** Collects the parts of the signature, whichever generation; a missing one is an error of its own. */
function readCredentials({ request, params }: SignedRequest): Credentials {
  if (isV3(request)) {
    const { headers } = request
    const v3 = parseAuthorizationV3(headers['authorization'] ?? '')
    if (v3 === undefined) throw new ApiError('IncompleteSignature')
    if (v3.algorithm !== algorithmV3) throw new ApiError('InvalidSignatureMethod')
    return {
      accessKeyId: v3.accessKeyId,
      timestamp: required(headers['x-acs-date'], 'x-acs-date'),
      nonce: required(headers['x-acs-signature-nonce'], 'x-acs-signature-nonce'),
      securityToken: headers['x-acs-security-token'],
      v3,
    }
  }
  const accessKeyId = required(params['AccessKeyId'], 'AccessKeyId')
  required(params['Signature'], 'Signature')
  const method = params['SignatureMethod']
  if (method !== undefined && method !== '' && method !== 'HMAC-SHA1') throw new ApiError('InvalidSignatureMethod')
  const version = params['SignatureVersion']
  if (version !== undefined && version !== '' && version !== '1.0') throw new ApiError('IncompleteSignature')
  return {
    accessKeyId,
    timestamp: required(params['Timestamp'], 'Timestamp'),
    nonce: required(params['SignatureNonce'], 'SignatureNonce'),
    securityToken: params['SecurityToken'],
    v3: undefined,
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new ApiError('MissingParameter', { name })
  return value
}

/** Who calls. Without authentication everybody is taken at their word. */
export async function authenticate(
  context: CallContext,
  trace: Trace,
  signed: SignedRequest,
  tx: Tx,
): Promise<Principal> {
  trace.at('access key')
  if (context.auth === 'off') {
    trace.principal = await assumePrincipal(context, tx, signed)
    return trace.principal
  }
  const credentials = readCredentials(signed)
  const { key, account } = requireUsable(await context.findAccessKey(tx, credentials.accessKeyId), credentials)
  const principal = { account, accessKeyId: key.id, policy: key.policy }
  trace.principal = principal
  trace.at('timestamp')
  checkTimestamp(credentials, context.wallNow())
  trace.at('signature')
  checkSignature(signed, credentials, key.secret)
  trace.at('nonce')
  const fresh = context.nonces.use(credentials.accessKeyId, credentials.nonce, trace.requestId)
  // In memory it is known at once.
  if (fresh !== true && !(await fresh)) throw new ApiError('SignatureNonceUsed')
  return principal
}

/** The key exists and may be used. */
function requireUsable(found: KeyOfAccount | undefined, { securityToken }: Credentials): KeyOfAccount {
  if (found === undefined) throw new ApiError('InvalidAccessKeyId.NotFound')
  if (found.key.status !== 'Active') throw new ApiError('InvalidAccessKeyId.Inactive')
  // No temporary credentials are given out, so no token can belong to a key.
  if (securityToken) throw new ApiError('InvalidSecurityToken.MismatchWithAccessKey')
  return found
}

/** Without authentication everybody is the owner of an access key that exists, or else of the default account. */
async function assumePrincipal(context: CallContext, tx: Tx, signed: SignedRequest): Promise<Principal> {
  const named = parseAuthorizationV3(signed.request.headers['authorization'] ?? '')?.accessKeyId
  const accessKeyId = named ?? signed.params['AccessKeyId'] ?? ''
  const found = await context.findAccessKey(tx, accessKeyId)
  if (found !== undefined) return { account: found.account, accessKeyId, policy: found.key.policy }
  const account = await context.findAccount(tx, context.defaultAccountId)
  if (account === undefined) throw new ApiError('InvalidAccessKeyId.NotFound')
  return { account, accessKeyId, policy: undefined }
}

/** Well-formed and within 15 minutes of the machine's time. */
function checkTimestamp({ timestamp }: Credentials, wallNow: number): void {
  const at = Date.parse(timestamp)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(timestamp) || Number.isNaN(at)) {
    throw new ApiError('InvalidTimeStamp.Format')
  }
  if (Math.abs(at - wallNow) > timeWindowMs) throw new ApiError('InvalidTimeStamp.Expired')
}

/** Recomputes the signature; the error carries our string to sign, by which clients tell a wrong secret. */
function checkSignature(signed: SignedRequest, credentials: Credentials, secret: string): void {
  if (credentials.v3 === undefined) {
    const stringToSign = stringToSignV1(signed.request.method, signed.params)
    if (!same(signV1(stringToSign, secret), signed.params['Signature'] ?? '')) {
      throw new ApiError('SignatureDoesNotMatch', { stringToSign })
    }
    return
  }
  checkSignatureV3(signed, credentials.v3, secret)
}

function checkSignatureV3({ request, query }: SignedRequest, v3: AuthorizationV3, secret: string): void {
  const { headers } = request
  if (mustBeSigned.some(name => headers[name] !== undefined && !v3.signedHeaders.includes(name))) {
    throw new ApiError('IncompleteSignature')
  }
  const contentHash = required(headers['x-acs-content-sha256'], 'x-acs-content-sha256').toLowerCase()
  const source = { method: request.method, query, headers, contentHash }
  const stringToSign = stringToSignV3(canonicalRequestV3(source, v3.signedHeaders, { encodeNames: true }))
  const bodyIsSigned = contentHash === sha256Hex(request.body)
  if (bodyIsSigned && same(signV3(stringToSign, secret), v3.signature)) return
  const plain = stringToSignV3(canonicalRequestV3(source, v3.signedHeaders, { encodeNames: false }))
  if (bodyIsSigned && same(signV3(plain, secret), v3.signature)) return
  throw new ApiError('SignatureDoesNotMatch', { stringToSign })
}

function same(ours: string, theirs: string): boolean {
  const a = Buffer.from(ours)
  const b = Buffer.from(theirs)
  return a.length === b.length && timingSafeEqual(a, b)
}
