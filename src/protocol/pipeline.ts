import { InjectedError } from '../domain/faults/errors.ts'
import type { CallEffect } from '../domain/faults/rule.ts'
import { sleep } from '../platform/clock.ts'
import { StoreUnavailable, type Tx } from '../store/store.ts'
import {
  assumePrincipal,
  checkSignature,
  checkTimestamp,
  type Credentials,
  lookUpAccessKey,
  readCredentials,
} from './authenticate.ts'
import { authorize } from './authorize.ts'
import { ApiError } from './errors.ts'
import { decodeRequest, regionOfHost } from './decode.ts'
import { faultTarget } from './fault-target.ts'
import type { Gateway } from './gateway.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'
import { findKnownProduct } from './known-actions.ts'
import {
  type AnyOperation,
  type Call,
  changesState,
  type Principal,
  type Product,
  products,
  wireRules,
} from './operation.ts'
import { decode, type InputOf, type ParamSchema, ParamSource, type RawParams } from './params.ts'
import { type Format, presumedFormat, renderError, renderSuccess } from './render/answer.ts'

/** A call on its way through the checks; each check fills in what the later ones need. */
export interface PendingCall {
  readonly requestId: string
  readonly request: HttpRequest
  readonly gateway: Gateway
  /** The check that the call is in. */
  check: string
  query: RawParams
  params: RawParams
  /** Known from the start, so that even a malformed request is answered in a form its sender can read. */
  format: Format
  action: string
  /** Known once the action is, even if we don't have the operation. */
  product: Product
  operation: AnyOperation | undefined
  credentials: Credentials | undefined
  principal: (Principal & { secret?: string }) | undefined
  tx: Tx | undefined
  input: InputOf<ParamSchema> | undefined
  /** A RAM user without permission asked for a list: it is empty. */
  answerEmpty: boolean
  /** The code of the error it is answered with. */
  code: string
  /** What a rule has in store for the call, once it is done. */
  fault: CallEffect | undefined
}

interface Check {
  readonly name: string
  run(call: PendingCall): void | Promise<void>
}

/** The order in which a call is checked, first part: what the request alone can tell. */
const requestChecks: readonly Check[] = [
  // GET and POST mean the same; nothing else exists.
  { name: 'method', run: checkMethod },
  // Path, query and form body; from here on the parameters are known.
  { name: 'parameters', run: readParams },
  // JSON or XML.
  { name: 'format', run: checkFormat },
  // A version some product has, and an action it has.
  { name: 'action', run: findAction },
]

/** Second part: what needs the store, in one transaction with the handler. */
const storeChecks: readonly Check[] = [
  // The caller's access key exists and is active.
  { name: 'access key', run: identify },
  // The time stamp is within 15 minutes of ours.
  { name: 'timestamp', run: checkTimestampOf },
  // The caller knows the secret.
  { name: 'signature', run: checkSignatureOf },
  // The call is not a replay.
  { name: 'nonce', run: takeNonce },
  // Errors on demand stand where throttling does in the real service.
  { name: 'fault', run: meetFault },
  // Required, well-formed and in range; region, then ids, then the rest.
  { name: 'input', run: decodeInput },
  // The RAM user's policy allows it.
  { name: 'policy', run: checkPolicy },
]

/** The checks in order, for the documents. */
export const checkOrder: readonly string[] = [...requestChecks, ...storeChecks].map(check => check.name)

/** Answers one request. Never throws. */
export async function answer(gateway: Gateway, request: HttpRequest): Promise<HttpAnswer> {
  const call: PendingCall = {
    requestId: gateway.random.uuid(),
    request,
    gateway,
    check: '',
    query: {},
    params: {},
    format: presumedFormat(request),
    action: '',
    product: 'Ecs',
    operation: undefined,
    credentials: undefined,
    principal: undefined,
    tx: undefined,
    input: undefined,
    answerEmpty: false,
    code: '',
    fault: undefined,
  }
  const begun = gateway.metrics.callBegins()
  const answered = await answerCall(call)
  gateway.metrics.callEnds(begun, call.product, countedAction(call), call.code || 'OK')
  return answered
}

async function answerCall(call: PendingCall): Promise<HttpAnswer> {
  const { gateway } = call
  try {
    await runChecks(call, requestChecks)
    const operation = call.operation as AnyOperation
    const output = await gateway.store.transaction(isReadOnly(call, operation) ? 'read' : 'write', async tx => {
      call.tx = tx
      await runChecks(call, storeChecks)
      call.check = 'handler'
      return operation.handle(toHandlerCall(call, tx), call.input ?? {})
    })
    gateway.log.debug(logFields(call), 'Answered.')
    const rendered = renderSuccess(call, output)
    record(call, { code: '', message: '' }, rendered)
    return await afterTheWork(call, rendered)
  } catch (error) {
    if (error instanceof ConnectionDropped) return drop(call)
    const apiError = toApiError(call, error)
    const rendered = renderError(call, apiError)
    record(call, apiError, rendered)
    return afterTheWork(call, rendered)
  }
}

async function runChecks(call: PendingCall, checks: readonly Check[]): Promise<void> {
  for (const check of checks) {
    call.check = check.name
    await check.run(call)
  }
}

function record(call: PendingCall, { code, message }: { code: string; message: string }, answer: HttpAnswer): void {
  call.code = code
  // The answer to a wrong signature quotes the whole request.
  const quotesRequest = code === 'SignatureDoesNotMatch'
  call.gateway.journal.add({
    requestId: call.requestId,
    at: call.gateway.wallNow(),
    method: call.request.method,
    action: call.action,
    accessKeyId: call.principal?.accessKeyId ?? '',
    rawParams: call.params,
    input: call.input,
    status: answer.status,
    code,
    message: quotesRequest ? '' : message,
    refusedBy: code === '' ? '' : call.check,
    rawAnswer: quotesRequest ? '' : answer.body,
    fault: call.fault?.kind ?? '',
  })
}

/** The answer, unless a fault spoils it: everything is committed by now. */
async function afterTheWork(call: PendingCall, rendered: HttpAnswer): Promise<HttpAnswer> {
  const { fault } = call
  if (fault?.kind === 'latency') await sleep(fault.latencyMs)
  if (fault?.kind === 'drop') return drop(call)
  if (fault?.kind !== 'error-after-commit') return rendered
  const error = new ApiError(fault.error)
  call.code = error.code
  return renderError(call, error)
}

function drop(call: PendingCall): HttpAnswer {
  call.code = 'ConnectionDropped'
  return dropped
}

/** One that exists: whatever else callers send must not become labels without number. */
function countedAction({ operation, action, code }: PendingCall): string {
  if (operation !== undefined) return operation.action
  return code === 'NotImplemented' ? action : ''
}

/** The connection is to break before anything is done. */
class ConnectionDropped extends Error {}

const dropped: HttpAnswer = { status: 0, headers: {}, body: '', drop: true }

function toApiError(call: PendingCall, reason: unknown): ApiError {
  const error = reason instanceof InjectedError ? new ApiError(reason.fields) : reason
  if (error instanceof ApiError) {
    const { status, code, message } = error
    // The message of a wrong signature quotes the whole request.
    const quoted = code === 'SignatureDoesNotMatch' ? {} : { error: message }
    call.gateway.log.debug({ ...logFields(call), status, code, ...quoted }, 'Answered with an error.')
    return error
  }
  if (error instanceof StoreUnavailable) {
    call.gateway.log.warn({ err: error, requestId: call.requestId, action: call.action }, 'The store is out of reach.')
    return new ApiError('ServiceUnavailable')
  }
  // A bug or a broken store: the stack is for the log, never for the caller.
  call.gateway.log.error({ err: error, requestId: call.requestId, action: call.action }, 'A call failed unexpectedly.')
  return new ApiError('InternalError')
}

function logFields({ requestId, action, params, principal }: PendingCall) {
  return { requestId, action, region: params['RegionId'], accessKeyId: principal?.accessKeyId }
}

/** A dry run writes nothing, so it also works on a store that cannot write. */
function isReadOnly(call: PendingCall, operation: AnyOperation): boolean {
  return !changesState(operation) || isDryRun(call)
}

function toHandlerCall(call: PendingCall, tx: Tx): Call {
  const { gateway, principal } = call
  if (principal === undefined) throw new Error('The handler ran before the caller was identified.')
  return {
    requestId: call.requestId,
    principal,
    tx,
    services: gateway.services,
    random: gateway.random,
    now: gateway.clock.now(),
    wallNow: gateway.wallNow(),
    answerEmpty: call.answerEmpty,
    fail: (error, words) => {
      throw new ApiError(error, words)
    },
  }
}

function checkMethod({ request: { method } }: PendingCall): void {
  if (method !== 'GET' && method !== 'POST') throw new ApiError('UnsupportedHTTPMethod')
}

function readParams(call: PendingCall): void {
  const { query, params } = decodeRequest(call.request)
  call.query = query
  call.params = params
}

function checkFormat(call: PendingCall): void {
  const format = call.params['Format']?.toLowerCase()
  if (format === undefined || format === '') return
  if (format !== 'json' && format !== 'xml') throw new ApiError('InvalidParameter.Format')
  call.format = format
}

/** With both, the parameters rule; V3 has only the headers. */
function findAction(call: PendingCall): void {
  const { params, gateway } = call
  const { headers } = call.request
  const action = params['Action'] || headers['x-acs-action']
  const version = params['Version'] || headers['x-acs-version']
  if (!action) throw new ApiError('MissingParameter', { name: 'Action' })
  if (!version) throw new ApiError('MissingParameter', { name: 'Version' })
  call.action = action
  call.operation = gateway.findOperation(version, action)
  const product = call.operation?.product ?? findKnownProduct(version, action)
  if (product !== undefined) call.product = product
  if (!params['Format']) call.format = wireRules[call.product]?.defaultFormat ?? call.format
  if (call.operation !== undefined) return
  if (product !== undefined) throw new ApiError('NotImplemented', { product, action })
  if (!Object.values(products).some(known => known === version)) throw new ApiError('InvalidVersion')
  throw new ApiError('InvalidAction.NotFound')
}

async function identify(call: PendingCall): Promise<void> {
  const { gateway } = call
  const tx = call.tx as Tx
  if (gateway.auth === 'off') {
    call.principal = await assumePrincipal(gateway, tx, call)
    return
  }
  call.credentials = readCredentials(call)
  call.principal = await lookUpAccessKey(tx, call.credentials)
}

function checkTimestampOf({ credentials, gateway }: PendingCall): void {
  if (credentials !== undefined) checkTimestamp(credentials, gateway.wallNow())
}

function checkSignatureOf(call: PendingCall): void {
  if (call.credentials !== undefined) checkSignature(call, call.credentials, call.principal?.secret ?? '')
}

async function takeNonce({ credentials, gateway, requestId }: PendingCall): Promise<void> {
  if (credentials === undefined) return
  const fresh = await gateway.nonces.use(credentials.accessKeyId, credentials.nonce, requestId)
  if (!fresh) throw new ApiError('SignatureNonceUsed')
}

/** An error on demand ends the call here; what is to happen after the work is kept for then. */
async function meetFault(call: PendingCall): Promise<void> {
  const { faults } = call.gateway
  if (faults.none) return
  // A transaction that is run again meets nothing new, and counts once.
  call.fault = await (call.tx as Tx).once('fault of the call', () => faults.strikeCall(faultTarget(call)))
  const { fault } = call
  if (fault?.kind === 'error') throw new ApiError(fault.error)
  if (fault?.kind === 'throttle') throw new ApiError('Throttling.User', {}, { retryAfterMs: fault.retryAfterMs })
  if (fault?.kind === 'drop' && fault.when === 'before') throw new ConnectionDropped()
}

function decodeInput(call: PendingCall): void {
  const { params: schema = {}, refused = [] } = call.operation ?? {}
  call.input = decode(schema, withRegionOfHost(call))
  const source = new ParamSource(call.params)
  const name = refused.find(one => source.mentions(one))
  if (name !== undefined) throw new ApiError('NotImplemented#parameter', { action: call.action, name })
}

/** A region that stands in the call itself rules. */
function withRegionOfHost({ params, product, request }: PendingCall): RawParams {
  if (wireRules[product]?.hostNamesRegion !== true || params['RegionId']) return params
  const region = regionOfHost(request.headers['host'])
  return region === undefined ? params : { ...params, RegionId: region }
}

async function checkPolicy(call: PendingCall): Promise<void> {
  const { operation, principal, input } = call
  if (operation === undefined || principal === undefined || input === undefined) return
  const denial = await authorize(operation, principal, input, call.tx as Tx)
  if (denial === undefined) return
  if (operation.access.denied === 'empty' && !isDryRun(call)) call.answerEmpty = true
  else throw denial
}

function isDryRun({ params, operation }: PendingCall): boolean {
  return operation?.params['DryRun'] !== undefined && params['DryRun']?.toLowerCase() === 'true'
}
