import { type KeyDetails, type KeyEvent, hasEcsTag, type KmsKey, nextKeyState } from '../../domain/keys/keys.ts'
import type { Tags } from '../../domain/tags/tags.ts'
import type { KmsKeyState } from '../../domain/instances/types.ts'
import { dayMs } from '../../domain/time.ts'
import { lockKmsKey, putKmsKey } from '../../store/tables/keys.ts'
import type { Tx } from '../../store/store.ts'

/** The region of a call that names none, neither itself nor by the host it was sent to. */
export const usualRegion = 'cn-hangzhou'

/** How long a key stays in PendingDeletion that was put there without saying, days. */
export const usualWindowDays = 30

/** Which key is meant; without a region, whichever region has it. */
export interface KeyRef {
  readonly accountId: string
  readonly regionId: string | undefined
  readonly id: string
}

interface NewKey {
  readonly accountId: string
  readonly regionId: string
  readonly id: string
  readonly state: KmsKeyState
  readonly tags: Tags
  readonly ecsAuthorized: boolean
  readonly details?: Partial<KeyDetails>
}

/** Makes a key, or replaces the one of this name. */
export async function createKey(tx: Tx, { details, ...rest }: NewKey, now: number): Promise<KmsKey> {
  const key: KmsKey = {
    ...rest,
    ecsTag: hasEcsTag(rest.tags),
    createdAt: now,
    deleteAt: rest.state === 'PendingDeletion' ? now + usualWindowDays * dayMs : null,
    details: {
      description: '',
      usage: 'ENCRYPT/DECRYPT',
      spec: 'Aliyun_AES_256',
      origin: rest.state === 'PendingImport' ? 'EXTERNAL' : 'Aliyun_KMS',
      protectionLevel: 'SOFTWARE',
      deletionProtection: false,
      deletionProtectionDescription: '',
      rotationSeconds: null,
      ...details,
    },
  }
  await putKmsKey(tx, key)
  return key
}

/** Changes the state of a key as the rules allow; `wrong-state` says that they don't. */
export async function changeKeyState(
  tx: Tx,
  ref: KeyRef,
  change: { readonly event: KeyEvent; readonly windowDays?: number },
  now: number,
): Promise<'done' | 'not-found' | 'wrong-state'> {
  const key = await lockKmsKey(tx, { ...ref, now })
  if (key === undefined) return 'not-found'
  const isProtected = change.event === 'schedule-deletion' && key.details.deletionProtection
  const state = isProtected ? undefined : nextKeyState(key.state, key.details.origin, change.event)
  if (state === undefined) return 'wrong-state'
  await putKmsKey(tx, withState(key, state, now, change.windowDays))
  return 'done'
}

/** Changes what may change in every state but PendingDeletion. */
export async function changeKey(
  tx: Tx,
  ref: KeyRef,
  change: (key: KmsKey) => KmsKey | undefined,
  now: number,
): Promise<'done' | 'not-found' | 'pending-deletion' | 'refused'> {
  const key = await lockKmsKey(tx, { ...ref, now })
  if (key === undefined) return 'not-found'
  if (key.state === 'PendingDeletion') return 'pending-deletion'
  const changed = change(key)
  if (changed === undefined) return 'refused'
  await putKmsKey(tx, changed)
  return 'done'
}

/** The key in another state, whatever the rules say. */
export function withState(key: KmsKey, state: KmsKeyState, now: number, windowDays = usualWindowDays): KmsKey {
  return { ...key, state, deleteAt: state === 'PendingDeletion' ? now + windowDays * dayMs : null }
}
