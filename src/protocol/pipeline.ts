import { InjectedError } from '../domain/faults/errors.ts'
import { sleep } from '../platform/clock.ts'
import { StoreUnavailable, type Tx } from '../store/store.ts'
import { authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { decodeRequest, type DecodedRequest, regionOfHost } from './decode.ts'
import { ApiError, type ErrorName } from './errors.ts'
import { ConnectionDropped, dropped, meetFault, spoil } from './faults.ts'
import type { CallContext } from './call-context.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'
import { handleOnce } from './idempotency.ts'
import { findKnownProduct } from './known-actions.ts'
import { type AnyOperation, type Call, changesState, type Output, products, wireRules } from './operation.ts'
import { decode, type InputOf, type ParamSchema, ParamSource, type RawParams } from './params.ts'
import { type Format, renderError, renderSuccess } from './render/answer.ts'
import { Trace } from './trace.ts'

/** A request that names an operation we have. */
interface KnownCall extends DecodedRequest {
  readonly request: HttpRequest
  readonly operation: AnyOperation
}

/** Answers one request. Never throws. */
export async function answer(context: CallContext, request: HttpRequest): Promise<HttpAnswer> {
  const begun = context.metrics.callBegins()
  const trace = new Trace(context.random.uuid(), request)
  let answered: HttpAnswer
  try {
    answered = succeed(context, trace, await carryOut(context, trace))
  } catch (reason) {
    answered = reason instanceof ConnectionDropped ? dropped : refuse(context, trace, reason)
  }
  // Everything is committed by now.
  if (trace.fault?.kind === 'latency') await sleep(trace.fault.latencyMs)
  answered = spoil(trace, answered)
  context.metrics.callEnds(begun, trace.product, countedAction(trace), trace.code || 'OK')
  return answered
}

/** The checks that the request alone decides; then the others and the handler, in one transaction. */
function carryOut(context: CallContext, trace: Trace): Promise<Output> {
  const { request } = trace
  trace.at('method')
  if (request.method !== 'GET' && request.method !== 'POST') throw new ApiError('UnsupportedHTTPMethod')
  trace.at('parameters')
  const { query, params } = decodeRequest(request)
  trace.params = params
  trace.at('format')
  const format = readFormat(params)
  trace.format = format ?? trace.format
  trace.at('action')
  const operation = findOperation(context, trace, format)
  const call = { request, query, params, operation }
  // A dry run writes nothing, so it also works on a store that cannot write.
  const mode = changesState(operation) && !isDryRun(call) ? 'write' : 'read'
  return context.store.transaction(mode, tx => checkAndHandle(context, trace, call, tx))
}

async function checkAndHandle(context: CallContext, trace: Trace, known: KnownCall, tx: Tx): Promise<Output> {
  const { operation, params } = known
  const principal = await authenticate(context, trace, known, tx)
  trace.at('fault')
  if (!context.faults.none) await meetFault(context, trace, { operation, params, principal }, tx)
  trace.at('input')
  const input = decodeInput(known)
  trace.input = input
  trace.at('policy')
  // The account itself may do everything.
  const denial =
    principal.policy === undefined ? undefined : await authorize(operation, { principal, params, input, tx })
  const answerEmpty = denial !== undefined && operation.access.denied === 'empty' && !isDryRun(known)
  if (denial !== undefined && !answerEmpty) throw denial
  trace.at('handler')
  const call: Call<ErrorName> = {
    requestId: trace.requestId,
    principal,
    tx,
    services: context.services,
    random: context.random,
    now: context.clock.now(),
    wallNow: context.wallNow(),
    answerEmpty,
    fail,
  }
  return handleOnce(operation, call, input)
}

function readFormat(params: RawParams): Format | undefined {
  const format = params['Format']?.toLowerCase()
  if (format === undefined || format === '') return undefined
  if (format !== 'json' && format !== 'xml') throw new ApiError('InvalidParameter.Format')
  return format
}

/** With both, the parameters rule; V3 has only the headers. */
function findOperation(context: CallContext, trace: Trace, askedFormat: Format | undefined): AnyOperation {
  const { params, request } = trace
  const action = params['Action'] || request.headers['x-acs-action']
  const version = params['Version'] || request.headers['x-acs-version']
  if (!action) throw new ApiError('MissingParameter', { name: 'Action' })
  if (!version) throw new ApiError('MissingParameter', { name: 'Version' })
  trace.action = action
  const operation = context.operationsByName.get(`${version} ${action}`)
  const product = operation?.product ?? findKnownProduct(version, action)
  trace.operation = operation
  trace.product = product ?? trace.product
  if (askedFormat === undefined) trace.format = wireRules[trace.product]?.defaultFormat ?? trace.format
  if (operation !== undefined) return operation
  if (product !== undefined) throw new ApiError('NotImplemented', { product, action })
  if (!Object.values(products).some(known => known === version)) throw new ApiError('InvalidVersion')
  throw new ApiError('InvalidAction.NotFound')
}

function decodeInput(call: KnownCall): InputOf<ParamSchema> {
  const { action, params: schema, refused = [] } = call.operation
  const source = new ParamSource(withRegionOfHost(call))
  const input = decode(schema, source)
  const name = refused.find(one => source.mentions(one))
  if (name !== undefined) throw new ApiError('NotImplemented#parameter', { action, name })
  return input
}

/** A region that stands in the call itself rules. */
function withRegionOfHost({ params, operation, request }: KnownCall): RawParams {
  if (wireRules[operation.product]?.hostNamesRegion !== true || params['RegionId']) return params
  const region = regionOfHost(request.headers['host'])
  return region === undefined ? params : { ...params, RegionId: region }
}

function isDryRun({ params, operation }: KnownCall): boolean {
  return operation.params['DryRun'] !== undefined && params['DryRun']?.toLowerCase() === 'true'
}

const fail: Call<ErrorName>['fail'] = (error, words) => {
  throw new ApiError(error, words)
}

function succeed(context: CallContext, trace: Trace, output: Output): HttpAnswer {
  if (context.log.isDebug) context.log.debug(logFields(trace), 'Answered.')
  const rendered = renderSuccess(trace, output)
  record(context, trace, { code: '', message: '' }, rendered)
  return rendered
}

function refuse(context: CallContext, trace: Trace, reason: unknown): HttpAnswer {
  const error = toApiError(context, trace, reason)
  const rendered = renderError(trace, error)
  record(context, trace, error, rendered)
  return rendered
}

function record(
  context: CallContext,
  trace: Trace,
  { code, message }: { code: string; message: string },
  answer: HttpAnswer,
): void {
  trace.code = code
  // The answer to a wrong signature quotes the whole request.
  const quotesRequest = code === 'SignatureDoesNotMatch'
  context.journal.add({
    requestId: trace.requestId,
    at: context.wallNow(),
    method: trace.request.method,
    action: trace.action,
    accessKeyId: trace.principal?.accessKeyId ?? '',
    rawParams: trace.params,
    input: trace.input,
    status: answer.status,
    code,
    message: quotesRequest ? '' : message,
    refusedBy: code === '' ? '' : trace.step,
    rawAnswer: quotesRequest ? '' : answer.body,
    fault: trace.fault?.kind ?? '',
  })
}

function toApiError({ log }: CallContext, trace: Trace, reason: unknown): ApiError {
  const error = reason instanceof InjectedError ? new ApiError(reason.fields) : reason
  const { requestId, action } = trace
  if (error instanceof ApiError) {
    const { status, code, message } = error
    // The message of a wrong signature quotes the whole request.
    const quoted = code === 'SignatureDoesNotMatch' ? {} : { error: message }
    if (log.isDebug) log.debug({ ...logFields(trace), status, code, ...quoted }, 'Answered with an error.')
    return error
  }
  if (error instanceof StoreUnavailable) {
    log.warn({ err: error, requestId, action }, 'The store is out of reach.')
    return new ApiError('ServiceUnavailable')
  }
  // A bug or a broken store: the stack is for the log, never for the caller.
  log.error({ err: error, requestId, action }, 'A call failed unexpectedly.')
  return new ApiError('InternalError')
}

function logFields({ requestId, action, params, principal }: Trace) {
  return { requestId, action, region: params['RegionId'], accessKeyId: principal?.accessKeyId }
}

/** An action that exists: whatever else callers send must not become labels without number. */
function countedAction({ operation, action, code }: Trace): string {
  if (operation !== undefined) return operation.action
  return code === 'NotImplemented' ? action : ''
}
