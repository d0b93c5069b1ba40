import type { CallEffect } from '../domain/faults/rule.ts'
import type { HttpRequest } from './http.ts'
import type { AnyOperation, Principal, Product } from './operation.ts'
import type { RawParams } from './params.ts'
import { type Format, presumedFormat } from './render/answer.ts'

/** The checks of a call, in their order. Documents show it; pipeline.test.ts makes calls that meet every check in turn. */
export const checkOrder = [
  // GET and POST mean the same; nothing else exists.
  'method',
  // Path, query and form body; from here on the parameters are known.
  'parameters',
  // JSON or XML.
  'format',
  // A version some product has, and an action it has.
  'action',
  // The caller's access key exists and is active. From here on everything is in one transaction with the handler.
  'access key',
  // The time stamp is within 15 minutes of ours.
  'timestamp',
  // The caller knows the secret.
  'signature',
  // The call is not a replay.
  'nonce',
  // Errors on demand stand where throttling does in the real service.
  'fault',
  // Required, well-formed and in range; region, then ids, then the rest.
  'input',
  // The RAM user's policy allows it.
  'policy',
] as const

/** `handler` is the operation's own rules. */
export type Step = (typeof checkOrder)[number] | 'handler'

/**
 * What is known of a call so far. Checks write it down for whoever reports the end of the call, wherever that comes: answer,
 * journal, log and metrics. Nothing is decided by it.
 */
export class Trace {
  readonly requestId: string
  readonly request: HttpRequest
  #step: Step = 'method'
  params: RawParams = {}
  /** Known from the start, so that even a malformed request is answered in a form its sender can read. */
  format: Format
  action = ''
  /** Known once the action is, even if we don't have the operation. */
  product: Product = 'Ecs'
  operation: AnyOperation | undefined
  principal: Principal | undefined
  /** Decoded. */
  input: unknown
  /** What a rule has in store for the call, once it is done. */
  fault: CallEffect | undefined
  /** Of the error it is answered with; empty on success. */
  code = ''

  constructor(requestId: string, request: HttpRequest) {
    this.requestId = requestId
    this.request = request
    this.format = presumedFormat(request)
  }

  /** The step that the call is in, and is refused by if it fails. */
  get step(): Step {
    return this.#step
  }

  at(step: Step): void {
    this.#step = step
  }
}
