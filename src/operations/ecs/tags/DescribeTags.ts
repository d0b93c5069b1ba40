import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { countTagSets } from '../../../store/tables/instances/queries.ts'
import { pageOf, pageParams } from '../../paging.ts'
import { resourceType, tagList, toTag } from './params.ts'

/** Lists the tags in use in a region, by key and value. */
export const DescribeTags = defineOperation({
  product: 'Ecs',
  action: 'DescribeTags',
  summary: 'Lists the tags in use and how many instances have each, page by page.',
  evidence: { page: 'DescribeTags' },
  access: { level: 'list', on: instance('ResourceId') },
  params: {
    RegionId: p.region({ required: true }),
    ResourceType: resourceType(),
    ResourceId: p.string({ about: 'instance id' }),
    Tag: tagList(),
    ...pageParams({ size: 50 }),
    ...compatibilityParams,
  },
  refused: ['Category'],
  errors: ['InvalidResourceType.NotFound#tags', 'InvalidTagCount'],
  examples: [
    { title: 'List the tags of all instances', params: { RegionId: 'cn-hangzhou', ResourceType: 'instance' } },
  ],
  async handle(call, input) {
    const { PageNumber, PageSize } = input
    const sets =
      (input.ResourceType ?? 'instance') === 'instance'
        ? await countTagSets(call.tx, {
            accountId: call.principal.account.id,
            regionId: input.RegionId,
            tagged: true,
            ...(input.ResourceId === undefined ? {} : { ids: [input.ResourceId] }),
          })
        : []
    const wanted = input.Tag.map(toTag)
    const counts = new Map<string, { key: string; value: string; count: number }>()
    for (const { tags, count } of sets) {
      for (const [key, value] of Object.entries(tags)) {
        const meant = wanted.some(tag => (tag.key ?? key) === key && (tag.value ?? value) === value)
        if (wanted.length > 0 && !meant) continue
        const name = JSON.stringify([key, value])
        counts.set(name, { key, value, count: count + (counts.get(name)?.count ?? 0) })
      }
    }
    const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tag]) => tag)
    return {
      TotalCount: sorted.length,
      PageNumber,
      PageSize,
      Tags: { Tag: pageOf(sorted, input).map(toWire) },
    }
  },
})

/** Nothing but instances has tags here. */
const noOthers = {
  Disk: 0,
  Volume: 0,
  Image: 0,
  Snapshot: 0,
  Securitygroup: 0,
  Ddh: 0,
  Eni: 0,
  KeyPair: 0,
  LaunchTemplate: 0,
  ReservedInstance: 0,
  SnapshotPolicy: 0,
}

function toWire({ key, value, count }: { key: string; value: string; count: number }) {
  return { TagKey: key, TagValue: value, ResourceTypeCount: { Instance: count, ...noOthers } }
}
