import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { tagged } from '../../../protocol/resources.ts'
import { type Instance } from '../../../store/tables/instances/instances.ts'
import { listInstances } from '../../../store/tables/instances/queries.ts'
import { cutPage, nextToken, readPlace, writePlace } from '../../paging.ts'
import { readTagFilter, resourceIds, resourceType, tagList } from './params.ts'

/** Instances per page; one has at most 20 tags. */
const pageSize = 50

/** Lists the tags of instances, newest instance first. */
export const ListTagResources = defineOperation({
  product: 'Ecs',
  action: 'ListTagResources',
  summary: 'Lists the tags of instances, by id or by tag.',
  evidence: { page: 'ListTagResources' },
  access: { level: 'list', on: tagged('ResourceType', 'ResourceId') },
  params: {
    RegionId: p.region({ required: true }),
    ResourceType: resourceType({ required: true }),
    ResourceId: resourceIds(),
    Tag: tagList({ tooMany: 'NumberExceed.Tags' }),
    NextToken: nextToken,
    ...compatibilityParams,
  },
  refused: ['TagFilter'],
  errors: [
    'InvalidResourceType.NotFound#tags',
    'NumberExceed.ResourceIds',
    'NumberExceed.Tags',
    'MissingParameter.Tags',
    'InvalidParameter.TagValue',
    'InvalidParameter',
  ],
  examples: [
    {
      title: 'Read the tags of an instance',
      params: { RegionId: 'cn-hangzhou', ResourceType: 'instance', 'ResourceId.1': 'i-bp1example00000000001' },
    },
  ],
  async handle(call, input) {
    if (input.ResourceId.length === 0 && input.Tag.length === 0) call.fail('MissingParameter.Tags')
    const tags = readTagFilter(input.Tag, () => call.fail('InvalidParameter.TagValue'))
    const before = input.NextToken === undefined ? undefined : readPlace(call, input.NextToken, 's')[0]
    // Nothing but instances has tags here.
    if (input.ResourceType !== 'instance') return { NextToken: '', TagResources: { TagResource: [] } }
    const filter = {
      accountId: call.principal.account.id,
      regionId: input.RegionId,
      tagged: true,
      tags,
      ...(input.ResourceId.length === 0 ? {} : { ids: input.ResourceId }),
    }
    const found = await listInstances(call.tx, filter, {
      limit: pageSize + 1,
      ...(before === undefined ? {} : { before }),
    })
    const { page, NextToken } = cutPage(found, pageSize, last => writePlace('s', last.seq))
    return { NextToken, TagResources: { TagResource: page.flatMap(toWireTags) } }
  },
})

function toWireTags({ id, tags }: Instance) {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({
    ResourceId: id,
    ResourceType: 'instance',
    TagKey,
    TagValue,
  }))
}
