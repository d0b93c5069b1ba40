import { parseKeyArn } from '../../../domain/keys/keys.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { type KeyRef, usualRegion } from '../../../services/keys/keys.ts'

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
  const arn = parseKeyArn(id)
  if (arn?.accountId !== accountId) return { accountId, regionId, id }
  return {
    accountId,
    regionId: regionId ?? arn.regionId,
    id: arn.regionId === (regionId ?? arn.regionId) ? arn.id : id,
  }
}
