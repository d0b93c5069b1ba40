import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import type { KeyRef } from '../../../services/keys/keys.ts'
import type { Tx } from '../../../store/store.ts'
import { findKmsKey } from '../../../store/tables/keys.ts'

/** The region of a call that names none, neither itself nor by the host it was sent to. */
const usualRegion = 'cn-hangzhou'

/** No operation of KMS has this parameter of its own, but clients send it with every call. */
export const regionParam = p.region()
export const keyIdParam = p.string({ required: true, about: "a key's id or ARN" })

export const keyErrors = ['Forbidden.KmsServiceNotEnabled', 'Forbidden.KeyNotFound', 'Forbidden.AliasNotFound'] as const

interface KeyInput {
  readonly RegionId: string | undefined
  readonly KeyId: string
}

export function regionOf(input: { readonly RegionId: string | undefined }): string {
  return input.RegionId ?? usualRegion
}

export function keyArn(regionId: string | undefined, accountId: string, id: string): string {
  return `acs:kms:${regionId ?? '*'}:${accountId}:key/${id}`
}

/** What a caller must be allowed to act on to make or list keys. */
export function keysArn(input: { readonly RegionId: string | undefined }, accountId: string): string {
  return `acs:kms:${regionOf(input)}:${accountId}:key`
}

/** The ARN of the key that a call means; one that does not exist is in no region. */
export async function keyArns(input: KeyInput, accountId: string, tx: Tx): Promise<string[]> {
  const ref = toKeyRef(input, accountId)
  // A key that is gone since then was there at the beginning of time.
  const key = await findKmsKey(tx, { ...ref, now: 0 })
  return [keyArn(key?.regionId ?? ref.regionId, accountId, ref.id)]
}

/** Whoever has not opened KMS may not use it. */
export function requireOpen(call: Call<'Forbidden.KmsServiceNotEnabled'>): void {
  if (call.principal.account.kms !== 'open') call.fail('Forbidden.KmsServiceNotEnabled')
}

/** Which key a call means. There are no aliases, so none is found. */
export function readKeyRef(call: Call<(typeof keyErrors)[number]>, input: KeyInput): KeyRef {
  requireOpen(call)
  if (/^(acs:kms:[^:]*:[^:]*:)?alias\//.test(input.KeyId)) return call.fail('Forbidden.AliasNotFound')
  return toKeyRef(input, call.principal.account.id)
}

/** Someone else's ARN names no key of the caller's: it is looked for, in vain, by the whole ARN. */
function toKeyRef({ RegionId: regionId, KeyId: id }: KeyInput, accountId: string): KeyRef {
  const [, arnRegion, arnAccount, arnId] = /^acs:kms:([^:]+):([^:]+):key\/(.+)$/.exec(id) ?? []
  if (arnId === undefined || arnAccount !== accountId) return { accountId, regionId, id }
  return { accountId, regionId: regionId ?? arnRegion, id: arnRegion === (regionId ?? arnRegion) ? arnId : id }
}
