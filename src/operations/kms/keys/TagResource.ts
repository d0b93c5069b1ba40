import { addTags } from '../../../domain/tags/tags.ts'
import { readKeyTags } from '../../../domain/keys/keys.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { key } from '../../../protocol/resources.ts'
import { keyIdParam, regionParam } from './common.ts'
import { runTagChange, tagErrors, tagsParam } from './tags.ts'

/** Puts tags on a key; a tag key that is there gets the new value. */
export const TagResource = defineOperation({
  product: 'Kms',
  action: 'TagResource',
  summary: 'Puts tags on a key. ECS encrypts disks with keys tagged `acs:ecs:disk-encryption`=`true`.',
  evidence: { page: 'TagResource' },
  access: { level: 'update', on: key('KeyId') },
  params: { RegionId: regionParam, KeyId: keyIdParam, Tags: tagsParam({ required: true }) },
  refused: ['SecretName', 'CertificateId'],
  errors: tagErrors,
  examples: [
    {
      title: 'Let ECS encrypt disks with a key',
      params: {
        KeyId: '1234abcd-12ab-34cd-56ef-000000000001',
        Tags: '[{"TagKey":"acs:ecs:disk-encryption","TagValue":"true"}]',
      },
    },
  ],
  handle(call, input) {
    const tags = readKeyTags(input.Tags) ?? call.fail('InvalidParameter', { name: 'Tags' })
    return runTagChange(call, input, addTags(tags))
  },
})
