import { removeTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { key } from '../../../protocol/resources.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runTagChange, tagErrors } from './tags.ts'

/** Takes tags off a key; those that it does not have are no error. */
export const UntagResource = defineOperation({
  product: 'Kms',
  action: 'UntagResource',
  summary: 'Takes tags off a key.',
  evidence: { page: 'UntagResource' },
  access: { level: 'update', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam, TagKeys: p.jsonList({ required: true }) },
  refused: ['SecretName', 'CertificateId'],
  errors: tagErrors,
  examples: [
    {
      title: 'Take the tag of ECS off a key',
      params: { KeyId: '1234abcd-12ab-34cd-56ef-000000000001', TagKeys: '["acs:ecs:disk-encryption"]' },
    },
  ],
  handle(call, input) {
    const keys = new Set(input.TagKeys)
    return runTagChange(
      call,
      input,
      removeTags(tag => keys.has(tag.key)),
    )
  },
})
