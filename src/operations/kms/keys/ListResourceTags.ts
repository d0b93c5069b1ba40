import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { findKmsKey } from '../../../store/tables/keys.ts'
import { keyErrors, keyIdParam, readKeyRef, regionParam } from './common.ts'

/** Lists the tags of a key. */
export const ListResourceTags = defineOperation({
  product: 'Kms',
  action: 'ListResourceTags',
  summary: 'Lists the tags of a key.',
  evidence: { page: 'ListResourceTags' },
  access: { level: 'list', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam },
  errors: keyErrors,
  examples: [{ title: 'Read the tags of a key', params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000001' } }],
  async handle(call, input) {
    const ref = readKeyRef(call, input)
    const key = (await findKmsKey(call.tx, { ...ref, now: call.now })) ?? call.fail('Forbidden.KeyNotFound')
    const tags = Object.entries(key.tags).map(([TagKey, TagValue]) => ({ KeyId: key.id, TagKey, TagValue }))
    return { Tags: { Tag: tags } }
  },
})
