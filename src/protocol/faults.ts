import type { CallTarget } from '../services/faults/faults.ts'
import type { Tx } from '../store/store.ts'
import { ApiError } from './errors.ts'
import type { CallContext } from './call-context.ts'
import type { HttpAnswer } from './http.ts'
import type { AnyOperation, Principal } from './operation.ts'
import type { RawParams } from './params.ts'
import { renderError } from './render/answer.ts'
import type { Trace } from './trace.ts'

/** A fault rule breaks the connection before anything is done. */
export class ConnectionDropped extends Error {}

export const dropped: HttpAnswer = { status: 0, headers: {}, body: '', drop: true }

interface FaultedCall {
  readonly operation: AnyOperation
  /** Not decoded yet: a fault comes before the check of the parameters. */
  readonly params: RawParams
  readonly principal: Principal
}

/** An error on demand ends the call here; what is to happen after the work is kept for then. */
export async function meetFault(context: CallContext, trace: Trace, call: FaultedCall, tx: Tx): Promise<void> {
  const target = toTarget(call)
  // A transaction that is run again meets nothing new, and counts once.
  const fault = await tx.once('fault of the call', () => context.faults.triggerForCall(tx, target))
  trace.fault = fault
  if (fault?.kind === 'error') throw new ApiError(fault.error)
  if (fault?.kind === 'throttle') throw new ApiError('Throttling.User', {}, { retryAfterMs: fault.retryAfterMs })
  if (fault?.kind === 'drop' && fault.when === 'before') throw new ConnectionDropped()
}

/** The answer as a fault rule lets it out. */
export function spoil(trace: Trace, answered: HttpAnswer): HttpAnswer {
  const { fault } = trace
  if (fault?.kind === 'drop') {
    trace.code = 'ConnectionDropped'
    return dropped
  }
  if (fault?.kind !== 'error-after-commit') return answered
  const error = new ApiError(fault.error)
  trace.code = error.code
  return renderError(trace, error)
}

function toTarget({ operation, params, principal }: FaultedCall): CallTarget {
  return {
    action: operation.action,
    region: params['RegionId'],
    accountId: principal.account.id,
    instanceIds: instanceParams(operation).flatMap(name => idsIn(params, name)),
    tags: tagsIn(params),
  }
}

/** The parameters that name instances. */
export function instanceParams({ access, instancesIn = [] }: AnyOperation): string[] {
  const ofAccess = [access.on].flat().flatMap(({ kind, idsIn }) => {
    const isInstance = kind === 'instance' || typeof kind === 'object'
    return isInstance && idsIn !== undefined ? [idsIn] : []
  })
  return [...ofAccess, ...instancesIn]
}

/** `Name`, `Name.1`, `Name.2` …, or several in the text of one. */
function idsIn(params: RawParams, name: string): string[] {
  return Object.entries(params).flatMap(([sent, text]) => {
    const isMeant = sent === name || (sent.startsWith(`${name}.`) && /^\d+$/.test(sent.slice(name.length + 1)))
    return isMeant ? (text?.match(/\bi-[a-z0-9]{8,32}\b/g) ?? []) : []
  })
}

/** `Tag.1.Key` and `Tag.1.Value`, in any case. */
function tagsIn(params: RawParams): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {}
  for (const [name, key] of Object.entries(params)) {
    const place = /^Tag\.(\d+)\.Key$/i.exec(name)?.[1]
    if (place === undefined || key === undefined) continue
    tags[key] = params[`Tag.${place}.Value`] ?? params[`Tag.${place}.value`] ?? ''
  }
  return tags
}
