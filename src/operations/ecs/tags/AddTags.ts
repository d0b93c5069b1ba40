import { addTags } from '../../../domain/tags/tags.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { changeTags } from '../../../services/tags/tagging.ts'
import { readTagList, requireInstances, resourceType, tagFaultErrors, tagList } from './params.ts'

/** The older TagResources, for one instance. */
export const AddTags = defineOperation({
  product: 'Ecs',
  action: 'AddTags',
  summary: 'Puts tags on one instance; TagResources is newer.',
  evidence: { page: 'AddTags' },
  access: { level: 'create', on: tagged('ResourceType', 'ResourceId') },
  params: {
    RegionId: p.region({ required: true }),
    ResourceType: resourceType({ required: true }),
    ResourceId: p.string({ required: true, about: 'instance id' }),
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
    const where = {
      accountId: call.principal.account.id,
      regionId: input.RegionId,
      instanceIds: [input.ResourceId],
    }
    const outcome = await changeTags(call.tx, where, addTags(readTagList(call, input.Tag)))
    if (outcome === 'not-found') call.fail('InvalidResourceId.NotFound')
    if (outcome === 'too-many') call.fail('InvalidTagCount')
    return undefined
  },
})
