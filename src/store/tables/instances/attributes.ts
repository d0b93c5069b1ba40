import sql from 'sql-template-tag'
import type { Guest, LockReason } from '../../../domain/instances/types.ts'
import type { Tx } from '../../store.ts'
import { type Instance, instances } from './instances.ts'

/** Gives an instance a static public address. */
export async function updatePublicIp(tx: Tx, id: string, publicIp: string): Promise<void> {
  await instances.update(tx, { publicIp, regainsPublicIp: false }, sql`id = ${id}`)
}

/** CPU credits begin anew at this time. */
export async function updateCreditsSince(tx: Tx, ids: readonly string[], at: number): Promise<void> {
  await instances.update(tx, { creditsSince: at }, tx.dialect.oneOf(sql`id`, ids))
}

/** Shows an EIP's address at an instance; empty text takes it away. */
export async function updateEipAddress(tx: Tx, id: string, eip: string): Promise<void> {
  await instances.update(tx, { eip }, sql`id = ${id}`)
}

export async function updateLocks(tx: Tx, id: string, locks: readonly LockReason[]): Promise<void> {
  await instances.update(tx, { locks }, sql`id = ${id}`)
}

export async function updateTags(tx: Tx, id: string, tags: Readonly<Record<string, string>>): Promise<void> {
  await instances.update(tx, { tags }, sql`id = ${id}`)
}

export async function updateGuest(tx: Tx, id: string, guest: Guest): Promise<void> {
  await instances.update(tx, { guest }, sql`id = ${id}`)
}

type Attributes = Pick<Instance, 'name' | 'securityGroupIds' | 'deletionProtection' | 'autoReleaseAt' | 'details'>

/** What is left out stays as it is. */
export async function updateAttributes(
  tx: Tx,
  id: string,
  { name, securityGroupIds, deletionProtection, autoReleaseAt, details }: Partial<Attributes>,
): Promise<void> {
  const changes = { name, securityGroupIds, deletionProtection, autoReleaseAt, details }
  await instances.update(tx, changes, sql`id = ${id}`)
}

/** What is left out stays as it is. */
export async function updateSpec(
  tx: Tx,
  id: string,
  { type, family, creditsSince, details }: Partial<Pick<Instance, 'type' | 'family' | 'creditsSince' | 'details'>>,
): Promise<void> {
  await instances.update(tx, { type, family, creditsSince, details }, sql`id = ${id}`)
}

/** Changes the public side of an instance; without an address the next start brings none either. */
export async function updatePublicSide(
  tx: Tx,
  id: string,
  {
    internetChargeType,
    publicIp,
    regainsPublicIp,
    details,
  }: Pick<Instance, 'internetChargeType' | 'publicIp' | 'regainsPublicIp' | 'details'>,
): Promise<void> {
  await instances.update(tx, { internetChargeType, publicIp, regainsPublicIp, details }, sql`id = ${id}`)
}
