import sql from 'sql-template-tag'
import type { Tx } from '../store.ts'

export interface ClientTokenUse {
  readonly accountId: string
  readonly action: string
  readonly token: string
}

export interface RememberedAnswer {
  /** Hash of the parameters the token was first used with. */
  readonly requestHash: string
  /** Undefined where there was nothing to say. */
  readonly answer: Readonly<Record<string, unknown>> | undefined
}

export async function findAnswer(tx: Tx, use: ClientTokenUse, wallNow: number): Promise<RememberedAnswer | undefined> {
  const row = await tx.get<{ request_hash: string; answer: string }>(sql`
    select request_hash, answer from client_tokens where account_id = ${use.accountId} and action = ${use.action}
      and token = ${use.token} and expires_at > ${wallNow}`)
  if (row === undefined) return undefined
  const answer = JSON.parse(row.answer) as RememberedAnswer['answer'] | null
  return { requestHash: row.request_hash, answer: answer ?? undefined }
}

export async function putAnswer(
  tx: Tx,
  use: ClientTokenUse,
  remembered: RememberedAnswer & { expiresAt: number },
): Promise<void> {
  const { requestHash, answer, expiresAt } = remembered
  await tx.run(sql`
    insert into client_tokens (account_id, action, token, request_hash, answer, expires_at)
    values (${use.accountId}, ${use.action}, ${use.token}, ${requestHash}, ${JSON.stringify(answer ?? null)}, ${expiresAt})
    on conflict (account_id, action, token) do update set request_hash = excluded.request_hash,
      answer = excluded.answer, expires_at = excluded.expires_at`)
}
