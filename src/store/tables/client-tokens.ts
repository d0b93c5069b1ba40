import sql from 'sql-template-tag'
import { json, number, text } from '../columns.ts'
import type { Tx } from '../store.ts'
import { type Row, table } from '../table.ts'

type Answer = Readonly<Record<string, unknown>>

export const clientTokens = table(
  'client_tokens',
  {
    accountId: text,
    action: text,
    token: text,
    /** Hash of the parameters the token was first used with. */
    requestHash: text,
    /** Null where there was nothing to say. */
    answer: json<Answer | null>(),
    /** Machine time, ms. */
    expiresAt: number,
  },
  ['accountId', 'action', 'token'],
)

type ClientToken = Row<typeof clientTokens>
export type ClientTokenUse = Pick<ClientToken, 'accountId' | 'action' | 'token'>

export interface RememberedAnswer extends Pick<ClientToken, 'requestHash'> {
  /** Undefined where there was nothing to say. */
  readonly answer: Answer | undefined
}

const remembered = clientTokens.select('requestHash', 'answer')

export async function findAnswer(tx: Tx, use: ClientTokenUse, wallNow: number): Promise<RememberedAnswer | undefined> {
  const found = await remembered.find(
    tx,
    sql`where account_id = ${use.accountId} and action = ${use.action} and token = ${use.token}
      and expires_at > ${wallNow}`,
  )
  return found === undefined ? undefined : { requestHash: found.requestHash, answer: found.answer ?? undefined }
}

export function putAnswer(
  tx: Tx,
  use: ClientTokenUse,
  { requestHash, answer, expiresAt }: RememberedAnswer & { readonly expiresAt: number },
): Promise<void> {
  return clientTokens.put(tx, [{ ...use, requestHash, answer: answer ?? null, expiresAt }])
}
