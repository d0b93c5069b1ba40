import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { listInstances } from '../../../store/tables/instances/queries.ts'
import { pageOf, pageParams } from '../../paging.ts'

/** Reads how instances use private pools: not at all. */
export const DescribeInstanceAttachmentAttributes = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceAttachmentAttributes',
  summary: 'Reads how up to 100 instances use private pools, of which there are none.',
  evidence: { page: 'DescribeInstanceAttachmentAttributes' },
  access: { level: 'read', on: every('instance') },
  instancesIn: ['InstanceIds'],
  params: {
    RegionId: p.region({ required: true }),
    InstanceIds: p.jsonList({
      required: true,
      error: 'InvalidInstanceIds.Malformed',
      tooMany: 'InvalidParameter.TooManyInstanceIds',
    }),
    ...pageParams(),
    ...compatibilityParams,
  },
  errors: ['InvalidInstanceIds.Malformed', 'InvalidParameter.TooManyInstanceIds', 'InvalidInstanceIds.NotFound'],
  examples: [
    {
      title: 'Read one instance',
      params: { RegionId: 'cn-hangzhou', InstanceIds: '["i-bp1example00000000001"]' },
    },
  ],
  async handle(call, input) {
    const { PageNumber, PageSize } = input
    const ids = [...new Set(input.InstanceIds)]
    const filter = { accountId: call.principal.account.id, regionId: input.RegionId, ids }
    const instances = await listInstances(call.tx, filter, { limit: ids.length })
    if (instances.length < ids.length) call.fail('InvalidInstanceIds.NotFound')
    return {
      TotalCount: instances.length,
      PageNumber,
      PageSize,
      Instances: {
        Instance: pageOf(instances, input).map(({ id }) => ({
          InstanceId: id,
          PrivatePoolOptionsId: '',
          PrivatePoolOptionsMatchCriteria: 'None',
        })),
      },
    }
  },
})
