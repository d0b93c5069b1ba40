import sql from 'sql-template-tag'
import type { AccountFacts, KmsServiceState } from '../../../domain/instances/types.ts'
import type { Policy } from '../../../domain/identity/policy.ts'
import type { Tx } from '../../store.ts'

// What calls are judged by is kept in memory: whatever writes these tables calls `tx.dropCache`.

export interface AccessKey {
  readonly id: string
  readonly accountId: string
  readonly secret: string
  readonly status: 'Active' | 'Inactive'
  /** What a RAM user may do; undefined is the account itself, which may do everything. */
  readonly policy: Policy | undefined
}

/** An access key together with its account. */
export async function findAccessKey(
  tx: Tx,
  id: string,
): Promise<{ key: AccessKey; account: AccountFacts } | undefined> {
  const row = await tx.get<AccessKeyRow & AccountRow>(sql`
    select k.id as key_id, k.account_id, k.secret, k.status, k.policy,
      a.id, a.balance_fen, a.default_economical_mode, a.kms
    from access_keys k join accounts a on a.id = k.account_id where k.id = ${id}`)
  if (row === undefined) return undefined
  return {
    key: {
      id: row.key_id,
      accountId: row.account_id,
      secret: row.secret,
      status: row.status,
      policy: row.policy === null ? undefined : (JSON.parse(row.policy) as Policy),
    },
    account: toAccount(row),
  }
}

/** As findAccessKey, from memory where it is known: for judging a call. */
export function findCachedAccessKey(tx: Tx, id: string): ReturnType<typeof findAccessKey> {
  return tx.cached(`access key ${id}`, () => findAccessKey(tx, id))
}

/** As findAccount, from memory where it is known: for judging a call. */
export function findCachedAccount(tx: Tx, id: string): Promise<AccountFacts | undefined> {
  return tx.cached(`account ${id}`, () => findAccount(tx, id))
}

export async function findAccount(tx: Tx, id: string): Promise<AccountFacts | undefined> {
  const row = await tx.get<AccountRow>(
    sql`select id, balance_fen, default_economical_mode, kms from accounts where id = ${id}`,
  )
  return row === undefined ? undefined : toAccount(row)
}

export async function putAccount(tx: Tx, account: AccountFacts): Promise<void> {
  tx.dropCache()
  await tx.run(sql`
    insert into accounts (id, balance_fen, default_economical_mode, kms)
    values (${account.id}, ${account.balanceFen}, ${account.defaultEconomicalMode ? 1 : 0}, ${account.kms})
    on conflict (id) do update set balance_fen = excluded.balance_fen,
      default_economical_mode = excluded.default_economical_mode, kms = excluded.kms`)
}

export async function updateKmsState(tx: Tx, id: string, kms: KmsServiceState): Promise<void> {
  tx.dropCache()
  await tx.run(sql`update accounts set kms = ${kms} where id = ${id}`)
}

/** `balanceFen` is what the account was found to have when it was settled; calls are judged by it. */
export async function updateSettledBalance(tx: Tx, id: string, balanceFen: number): Promise<void> {
  tx.dropCache()
  await tx.run(sql`update accounts set balance_fen = ${balanceFen} where id = ${id}`)
}

export async function putAccessKey(tx: Tx, key: AccessKey): Promise<void> {
  tx.dropCache()
  const policy = key.policy === undefined ? null : JSON.stringify(key.policy)
  await tx.run(sql`
    insert into access_keys (id, account_id, secret, status, policy)
    values (${key.id}, ${key.accountId}, ${key.secret}, ${key.status}, ${policy})
    on conflict (id) do update set account_id = excluded.account_id, secret = excluded.secret,
      status = excluded.status, policy = excluded.policy`)
}

interface AccountRow {
  id: string
  balance_fen: number
  default_economical_mode: number
  kms: KmsServiceState
}

interface AccessKeyRow {
  key_id: string
  account_id: string
  secret: string
  status: 'Active' | 'Inactive'
  policy: string | null
}

function toAccount(row: AccountRow): AccountFacts {
  return {
    id: row.id,
    balanceFen: row.balance_fen,
    defaultEconomicalMode: row.default_economical_mode === 1,
    kms: row.kms,
  }
}
