import { createHash } from 'node:crypto'
import { findAnswer, putAnswer } from '../store/tables/client-tokens.ts'
import type { Tx } from '../store/store.ts'

/** How long a ClientToken keeps its answer; machine time, ms. */
const tokenMemoryMs = 24 * 60 * 60_000

export interface TokenUse {
  readonly accountId: string
  readonly action: string
  /** Undefined: every call is one of its own. */
  readonly token: string | undefined
  /** What must be the same when the token is used again. */
  readonly input: unknown
  /** Machine time, ms. */
  readonly wallNow: number
}

/** A token was used before with other parameters. */
export class TokenMismatch extends Error {
  override readonly name = 'TokenMismatch'
}

/** Does `work` once per token: a repeat gets the first answer and changes nothing. */
export async function once<Answer>(tx: Tx, use: TokenUse, work: () => Promise<Answer>): Promise<Answer> {
  const { accountId, action, token, wallNow } = use
  if (token === undefined) return work()
  // Two calls with the same token must not both find it unused.
  await tx.advisoryLock(`token/${accountId}/${action}/${token}`)
  const requestHash = createHash('sha256').update(JSON.stringify(use.input)).digest('hex')
  const remembered = await findAnswer(tx, { accountId, action, token }, wallNow)
  if (remembered !== undefined) {
    if (remembered.requestHash !== requestHash) throw new TokenMismatch(token)
    return remembered.answer as Answer
  }
  const answer = await work()
  await putAnswer(tx, { accountId, action, token }, { requestHash, answer, expiresAt: wallNow + tokenMemoryMs })
  return answer
}
