export type Tags = Readonly<Record<string, string>>

export interface Tag {
  readonly key: string
  readonly value: string
}

/** Of one resource; more are refused. Help page "Limits", section "Tag limits". */
const maxTags = 20

export type TagFault = 'malformed-key' | 'malformed-value' | 'duplicate-key'

/** Keys of 1 to 128 characters, values of up to 128; neither with http(s)://, keys without the cloud's own prefixes. */
export function readTags(list: readonly Tag[]): { readonly tags: Tags } | { readonly fault: TagFault } {
  const tags = new Map<string, string>()
  for (const { key, value } of list) {
    const reserved = /^(aliyun|acs:)/i.test(key)
    if (key === '' || key.length > 128 || reserved || /https?:\/\//i.test(key)) return { fault: 'malformed-key' }
    if (value.length > 128 || /https?:\/\//i.test(value)) return { fault: 'malformed-value' }
    if (tags.has(key)) return { fault: 'duplicate-key' }
    tags.set(key, value)
  }
  return { tags: Object.fromEntries(tags) }
}

/** A change of the tags of a resource; undefined where they would become too many. */
export type TagChange = (tags: Tags) => Tags | undefined

/** Adds tags; a key that is there gets the new value. */
export const addTags =
  (added: Tags): TagChange =>
  tags => {
    const all = { ...tags, ...added }
    return Object.keys(all).length > maxTags ? undefined : all
  }

/** Takes away those that `isMeant` picks. */
export const removeTags =
  (isMeant: (tag: Tag) => boolean): TagChange =>
  tags =>
    Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isMeant({ key, value })))
