import sql from 'sql-template-tag'
import type { Policy } from '../../../domain/identity/policy.ts'
import type { AccountFacts, KmsServiceState } from '../../../domain/instances/types.ts'
import { flag, json, number, optional, text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { type Row, table } from '../../table.ts'

// What calls are judged by is kept in memory: whatever writes these tables calls `tx.dropCache`.

export const accounts = table(
  'accounts',
  {
    id: text,
    /** What the account was found to have when it was settled; calls are judged by it. */
    balanceFen: number,
    defaultEconomicalMode: flag,
    kms: textOf<KmsServiceState>(),
  },
  ['id'],
)

export const accessKeys = table(
  'access_keys',
  {
    id: text,
    accountId: text,
    secret: text,
    status: textOf<'Active' | 'Inactive'>(),
    /** What a RAM user may do; undefined is the account itself, which may do everything. */
    policy: optional(json<Policy>()),
  },
  ['id'],
)

export type AccessKey = Row<typeof accessKeys>

const keyColumns = accessKeys.all
const keyWithAccount = sql`
  select ${keyColumns.of('k')}, ${accounts.all.of('a')} from access_keys k join accounts a on a.id = k.account_id`

/** An access key together with its account. */
export function findAccessKey(tx: Tx, id: string): Promise<{ key: AccessKey; account: AccountFacts } | undefined> {
  return tx.get(sql`${keyWithAccount} where k.id = ${id}`, values => ({
    key: keyColumns.read(values),
    account: accounts.all.read(values.slice(keyColumns.width)),
  }))
}

/** As findAccessKey, from memory where it is known: for judging a call. */
export function findCachedAccessKey(tx: Tx, id: string): ReturnType<typeof findAccessKey> {
  return tx.cached(`access key ${id}`, () => findAccessKey(tx, id))
}

/** As findAccount, from memory where it is known: for judging a call. */
export function findCachedAccount(tx: Tx, id: string): Promise<AccountFacts | undefined> {
  return tx.cached(`account ${id}`, () => findAccount(tx, id))
}

export function findAccount(tx: Tx, id: string): Promise<AccountFacts | undefined> {
  return accounts.all.find(tx, sql`where id = ${id}`)
}

export function putAccount(tx: Tx, account: AccountFacts): Promise<void> {
  tx.dropCache()
  return accounts.put(tx, [account])
}

export async function updateKmsState(tx: Tx, id: string, kms: KmsServiceState): Promise<void> {
  tx.dropCache()
  await accounts.update(tx, { kms }, sql`id = ${id}`)
}

export async function updateSettledBalance(tx: Tx, id: string, balanceFen: number): Promise<void> {
  tx.dropCache()
  await accounts.update(tx, { balanceFen }, sql`id = ${id}`)
}

export function putAccessKey(tx: Tx, key: AccessKey): Promise<void> {
  tx.dropCache()
  return accessKeys.put(tx, [key])
}
