import type { Tag, TagChange } from '../../../domain/tags/tags.ts'
import { ApiError } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import type { Param } from '../../../protocol/params.ts'
import { changeKey } from '../../../services/keys/keys.ts'
import { keyErrors, readKeyRef } from './common.ts'

/** Of one key. Help page "CreateKey". */
export const maxKeyTags = 20

/** Codes of the operations that change a key's tags. */
export const tagErrors = [
  ...keyErrors,
  'InvalidParameter',
  'Rejected.PendingDeletion',
  'Rejected.LimitExceeded',
] as const

/** `[{"TagKey":"…","TagValue":"…"}]` in one parameter. */
export const tagsParam = ({ required }: { required: boolean }): Param<Tag[]> => ({
  kind: 'json',
  required,
  hidden: false,
  about: 'JSON array of objects with `TagKey` and `TagValue`, at most 20 of them',
  badValue: '[',
  error: 'InvalidParameter',
  read(source, name) {
    const text = source.text(name)
    if (text === undefined && required) throw new ApiError('MissingRequired', { name })
    return text === undefined ? [] : parseTags(text, name)
  },
})

function parseTags(text: string, name: string): Tag[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list.map(toTag)
  } catch {
    // Not JSON, or an entry that is no tag.
  }
  throw new ApiError('InvalidParameter', { name })
}

function toTag(item: unknown): Tag {
  const { TagKey: key, TagValue: value = '' } = item as { TagKey?: unknown; TagValue?: unknown }
  if (typeof key !== 'string' || typeof value !== 'string') throw new TypeError('No tag.')
  return { key, value }
}

/** Changes the tags of a key and answers with nothing but the request id. */
export async function runTagChange(
  call: Call<(typeof tagErrors)[number]>,
  input: { readonly RegionId: string | undefined; readonly KeyId: string },
  change: TagChange,
): Promise<undefined> {
  const outcome = await changeKey(
    call.tx,
    readKeyRef(call, input),
    key => {
      const tags = change(key.tags)
      return tags === undefined ? undefined : { ...key, tags }
    },
    call.now,
  )
  if (outcome === 'not-found') return call.fail('Forbidden.KeyNotFound')
  if (outcome === 'pending-deletion') return call.fail('Rejected.PendingDeletion')
  if (outcome === 'refused') return call.fail('Rejected.LimitExceeded')
  return undefined
}
