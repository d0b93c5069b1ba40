import { readTags, type Tag, type Tags } from '../tags/tags.ts'
import type { KmsKeyFacts, KmsKeyState } from '../instances/types.ts'

/** What `acs:kms:cn-hangzhou:1000000000000001:key/…` says; undefined when the text is no ARN of a key. */
export function parseKeyArn(text: string): { regionId: string; accountId: string; id: string } | undefined {
  const [, regionId, accountId, id] = /^acs:kms:([^:]+):([^:]+):key\/(.+)$/.exec(text) ?? []
  return regionId === undefined || accountId === undefined || id === undefined ? undefined : { regionId, accountId, id }
}

export const keyOrigins = ['Aliyun_KMS', 'EXTERNAL'] as const
export type KeyOrigin = (typeof keyOrigins)[number]

export const keyUsages = ['ENCRYPT/DECRYPT', 'SIGN/VERIFY'] as const
export type KeyUsage = (typeof keyUsages)[number]

export const protectionLevels = ['SOFTWARE', 'HSM'] as const
export type ProtectionLevel = (typeof protectionLevels)[number]

/** What each kind of key can be used for; the first is what it is used for unless told. Help page "CreateKey". */
const usagesOfSpec = {
  Aliyun_AES_256: ['ENCRYPT/DECRYPT'],
  Aliyun_SM4: ['ENCRYPT/DECRYPT'],
  RSA_2048: ['SIGN/VERIFY', 'ENCRYPT/DECRYPT'],
  RSA_3072: ['SIGN/VERIFY', 'ENCRYPT/DECRYPT'],
  EC_P256: ['SIGN/VERIFY'],
  EC_P256K: ['SIGN/VERIFY'],
  EC_SM2: ['SIGN/VERIFY', 'ENCRYPT/DECRYPT'],
} as const satisfies Record<string, readonly KeyUsage[]>

export type KeySpec = keyof typeof usagesOfSpec
export const keySpecs = Object.keys(usagesOfSpec) as KeySpec[]

/** The usage of a key of this kind, or undefined when it cannot be used that way. */
export function usageOf(spec: KeySpec, wanted: KeyUsage | undefined): KeyUsage | undefined {
  const usages: readonly KeyUsage[] = usagesOfSpec[spec]
  return usages.find(usage => usage === (wanted ?? usages[0]))
}

export function isSymmetric(spec: KeySpec): boolean {
  return spec.startsWith('Aliyun_')
}

/** What only KMS itself shows of a key. */
export interface KeyDetails {
  readonly description: string
  readonly usage: KeyUsage
  readonly spec: KeySpec
  readonly origin: KeyOrigin
  readonly protectionLevel: ProtectionLevel
  readonly deletionProtection: boolean
  readonly deletionProtectionDescription: string
  /** How often its material changes by itself; null is never. */
  readonly rotationSeconds: number | null
}

export interface KmsKey extends KmsKeyFacts {
  readonly accountId: string
  readonly regionId: string
  readonly tags: Tags
  /** Instance time, ms. */
  readonly createdAt: number
  /** When it is gone, ms of instance time; null unless its deletion is scheduled. */
  readonly deleteAt: number | null
  readonly details: KeyDetails
}

export type KeyEvent = 'enable' | 'disable' | 'schedule-deletion' | 'cancel-deletion'

/**
 * The state that follows, or undefined where KMS refuses. Help page "Impact of CMK status on API operations". An
 * external key whose deletion is taken back waits for its material again: none is kept here.
 */
export function nextKeyState(state: KmsKeyState, origin: KeyOrigin, event: KeyEvent): KmsKeyState | undefined {
  const isUsual = state === 'Enabled' || state === 'Disabled'
  switch (event) {
    case 'enable':
      return isUsual ? 'Enabled' : undefined
    case 'disable':
      return isUsual ? 'Disabled' : undefined
    case 'schedule-deletion':
      return state === 'PendingDeletion' ? undefined : 'PendingDeletion'
    case 'cancel-deletion':
      if (state !== 'PendingDeletion') return undefined
      return origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled'
  }
}

/** The tag that lets ECS encrypt disks with a key. Help page "Encrypt a data disk". */
const ecsTag = { key: 'acs:ecs:disk-encryption', value: 'true' } as const

export const ecsTags: Tags = { [ecsTag.key]: ecsTag.value }

export function hasEcsTag(tags: Tags): boolean {
  return tags[ecsTag.key] === ecsTag.value
}

export function withEcsTag(key: KmsKey, tagged: boolean): KmsKey {
  const { [ecsTag.key]: _, ...others } = key.tags
  return { ...key, ecsTag: tagged, tags: tagged ? { ...others, ...ecsTags } : others }
}

/** As tags of instances, and the one of ECS, whose prefix nobody else may use; undefined when one is not valid. */
export function readKeyTags(list: readonly Tag[]): Tags | undefined {
  const [ours, others] = [list.filter(tag => tag.key === ecsTag.key), list.filter(tag => tag.key !== ecsTag.key)]
  const read = readTags(others)
  if (ours.length > 1 || !('tags' in read)) return undefined
  return { ...read.tags, ...Object.fromEntries(ours.map(tag => [tag.key, tag.value])) }
}
