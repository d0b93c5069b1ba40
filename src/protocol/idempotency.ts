import { createHash } from 'node:crypto'
import { findAnswer, putAnswer } from '../store/tables/client-tokens.ts'
import type { ErrorName } from './errors.ts'
import type { AnyOperation, Call, Idempotence, Output } from './operation.ts'
import { type InputOf, p, type ParamSchema } from './params.ts'

/** How long a ClientToken keeps its answer; machine time, ms. */
const tokenMemoryMs = 24 * 60 * 60_000

/** `ClientToken` of an operation that is `idempotent`. */
export const clientToken = p.string({
  pattern: /^[\x20-\x7e]{1,64}$/,
  error: 'InvalidClientToken.ValueNotSupported',
  badValue: 'x'.repeat(65),
  about: 'at most 64 ASCII characters',
})

/**
 * Handles a call, once per ClientToken: a repeat gets the kept answer and changes nothing. What changes a resource is repeated only
 * while that change still holds, and carried out again otherwise. A call that fails leaves its token free.
 */
export function handleOnce(
  operation: AnyOperation,
  call: Call<ErrorName>,
  input: InputOf<ParamSchema>,
): Promise<Output> {
  const { idempotent } = operation
  const { ClientToken: token, DryRun: dryRun } = input
  // A dry run does nothing that could be done twice.
  const output =
    idempotent === undefined || typeof token !== 'string' || dryRun === true
      ? operation.handle(call, input)
      : handleToken({ operation, idempotent, token }, call, input)
  return operation.render === undefined ? output : output.then(answer => answer && operation.render?.(answer))
}

interface TokenUse {
  readonly operation: AnyOperation
  readonly idempotent: Idempotence<InputOf<ParamSchema>>
  readonly token: string
}

async function handleToken(
  { operation, idempotent, token }: TokenUse,
  call: Call<ErrorName>,
  input: InputOf<ParamSchema>,
): Promise<Output> {
  const { tx, wallNow } = call
  const use = { accountId: call.principal.account.id, action: operation.action, token }
  // Two calls with the same token must not both find it unused.
  await tx.advisoryLock(`token/${use.accountId}/${use.action}/${token}`)
  const requestHash = hash(idempotent.compared?.(input) ?? input)
  const kept = await findAnswer(tx, use, wallNow)
  if (kept !== undefined) {
    const isRepeat = kept.requestHash === requestHash
    const holds = idempotent.holds === undefined || (await idempotent.holds(call, input))
    if (isRepeat && holds) return kept.answer
    if (!isRepeat && (holds || idempotent.tokens !== 'shared')) return call.fail(idempotent.mismatch)
  }
  const answer = await operation.handle(call, input)
  await putAnswer(tx, use, { requestHash, answer, expiresAt: wallNow + tokenMemoryMs })
  return answer
}

function hash(compared: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify({ ...compared, ClientToken: undefined })
  return createHash('sha256').update(text).digest('hex')
}
