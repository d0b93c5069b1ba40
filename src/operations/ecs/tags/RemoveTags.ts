import { removeTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { changeTagsOf, requireInstances, taggedInstance, tagList, toTag } from './params.ts'

/** The older UntagResources, for one instance; a tag is named by its key, or by key and value. */
export const RemoveTags = defineOperation({
  product: 'Ecs',
  action: 'RemoveTags',
  summary: 'Takes tags from one instance; UntagResources is newer.',
  evidence: { page: 'RemoveTags' },
  access: { level: 'delete', on: tagged('ResourceType', 'ResourceId') },
  params: {
    ...taggedInstance,
    Tag: tagList(),
    ...compatibilityParams,
  },
  errors: [
    'InvalidResourceType.NotFound#tags',
    'InvalidResourceId.NotFound',
    'InvalidTagCount',
    'InvalidTagKey.Malformed',
    'NotImplemented#value',
  ],
  examples: [
    {
      title: 'Take one tag away',
      params: {
        RegionId: 'cn-hangzhou',
        ResourceType: 'instance',
        ResourceId: 'i-bp1example00000000001',
        'Tag.1.Key': 'quote',
      },
    },
  ],
  async handle(call, input) {
    requireInstances(call, 'RemoveTags', input.ResourceType)
    const named = input.Tag.map(toTag)
    if (named.length === 0) call.fail('InvalidTagCount')
    if (named.some(tag => tag.key === undefined)) call.fail('InvalidTagKey.Malformed')
    const change = removeTags(({ key, value }) => named.some(tag => tag.key === key && (tag.value ?? value) === value))
    await changeTagsOf(call, input, change)
    return undefined
  },
})
