import { removeTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { changeTagsOf, requireInstances, taggedInstances } from './params.ts'

/** Takes tags from instances: those named, or with All every one. */
export const UntagResources = defineOperation({
  product: 'Ecs',
  action: 'UntagResources',
  summary: 'Takes some or all tags from up to 50 instances.',
  evidence: { page: 'UntagResources' },
  access: { level: 'delete', on: tagged('ResourceType', 'ResourceId') },
  params: {
    ...taggedInstances,
    TagKey: p.repeated(p.string(), { max: 20, tooMany: 'NumberExceed.Tags' }),
    // Counts only without TagKey.
    All: p.boolean({ default: false }),
    ...compatibilityParams,
  },
  errors: [
    'InvalidResourceType.NotFound#tags',
    'InvalidResourceId.NotFound',
    'NumberExceed.ResourceIds',
    'NumberExceed.Tags',
    'MissingParameter.Tags',
    'NotImplemented#value',
  ],
  examples: [
    {
      title: 'Take one tag away',
      params: {
        RegionId: 'cn-hangzhou',
        ResourceType: 'instance',
        'ResourceId.1': 'i-bp1example00000000001',
        'TagKey.1': 'quote',
      },
    },
  ],
  async handle(call, input) {
    requireInstances(call, 'UntagResources', input.ResourceType)
    const keys = new Set(input.TagKey)
    if (keys.size === 0 && !input.All) call.fail('MissingParameter.Tags')
    const change = removeTags(({ key }) => keys.size === 0 || keys.has(key))
    await changeTagsOf(call, input, change)
    return undefined
  },
})
