import { addTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { changeTagsOf, readTagList, requireInstances, tagFaultErrors, taggedInstance, tagList } from './params.ts'

/** The older TagResources, for one instance. */
export const AddTags = defineOperation({
  product: 'Ecs',
  action: 'AddTags',
  summary: 'Puts tags on one instance; TagResources is newer.',
  evidence: { page: 'AddTags' },
  access: { level: 'create', on: tagged('ResourceType', 'ResourceId') },
  params: {
    ...taggedInstance,
    Tag: tagList({ required: true }),
    ...compatibilityParams,
  },
  errors: [
    'InvalidResourceType.NotFound#tags',
    'InvalidResourceId.NotFound',
    'InvalidTagCount',
    'NotImplemented#value',
    ...tagFaultErrors,
  ],
  examples: [
    {
      title: 'Tag an instance',
      params: {
        RegionId: 'cn-hangzhou',
        ResourceType: 'instance',
        ResourceId: 'i-bp1example00000000001',
        'Tag.1.Key': 'env',
        'Tag.1.Value': 'dev',
      },
    },
  ],
  async handle(call, input) {
    requireInstances(call, 'AddTags', input.ResourceType)
    const outcome = await changeTagsOf(call, input, addTags(readTagList(call, input.Tag)))
    if (outcome === 'too-many') call.fail('InvalidTagCount')
    return undefined
  },
})
