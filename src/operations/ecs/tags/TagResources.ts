import { addTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { changeTagsOf, readTagList, requireInstances, tagFaultErrors, taggedInstances, tagList } from './params.ts'

/** Puts tags on instances; a key that is there gets the new value. */
export const TagResources = defineOperation({
  product: 'Ecs',
  action: 'TagResources',
  summary: 'Puts tags on up to 50 instances.',
  evidence: { page: 'TagResources' },
  access: { level: 'create', on: tagged('ResourceType', 'ResourceId') },
  params: {
    ...taggedInstances,
    Tag: tagList({ required: true, tooMany: 'NumberExceed.Tags' }),
    ...compatibilityParams,
  },
  errors: [
    'InvalidResourceType.NotFound#tags',
    'InvalidResourceId.NotFound',
    'NumberExceed.ResourceIds',
    'NumberExceed.Tags',
    'OperationDenied.QuotaExceed',
    'NotImplemented#value',
    ...tagFaultErrors,
  ],
  examples: [
    {
      title: 'Tag two instances',
      params: {
        RegionId: 'cn-hangzhou',
        ResourceType: 'instance',
        'ResourceId.1': 'i-bp1example00000000001',
        'ResourceId.2': 'i-bp1example00000000003',
        'Tag.1.Key': 'env',
        'Tag.1.Value': 'dev',
      },
    },
  ],
  async handle(call, input) {
    requireInstances(call, 'TagResources', input.ResourceType)
    const outcome = await changeTagsOf(call, input, addTags(readTagList(call, input.Tag)))
    if (outcome === 'too-many') call.fail('OperationDenied.QuotaExceed')
    return undefined
  },
})
