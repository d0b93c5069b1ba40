import { findZone } from '../../../domain/catalogue/regions.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { countInstances, type InstanceFilter, listStatuses } from '../../../store/tables/instances/queries.ts'
import { pageParams, rowsOf } from '../../paging.ts'
import { instanceIdPattern } from './common.ts'

/** Queries the status of instances, newest first. */
export const DescribeInstanceStatus = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceStatus',
  summary: 'Queries the status of instances, page by page.',
  evidence: { page: 'DescribeInstanceStatus', revisions: '2025-01' },
  access: { level: 'read', on: every('instance'), denied: 'empty' },
  instancesIn: ['InstanceId'],
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: p.repeated(
      p.string({
        pattern: instanceIdPattern,
        error: 'Abs.InvalidInstanceIds.MalFormed',
        badValue: 'i-!',
        about: 'instance id',
      }),
      { max: 100, tooMany: 'InvalidParameter.TooManyInstanceIds' },
    ),
    ZoneId: p.string(),
    // Clusters are no more; an id of one matches nothing.
    ClusterId: p.string({ hidden: true }),
    ...pageParams({ max: 50 }),
    ...compatibilityParams,
  },
  errors: ['Abs.InvalidInstanceIds.MalFormed', 'InvalidParameter.TooManyInstanceIds', 'InvalidZoneId.NotFound'],
  examples: [
    { title: 'Watch an instance', params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000001' } },
  ],
  async handle(call, input) {
    const { RegionId: regionId, PageNumber, PageSize, ZoneId: zoneId } = input
    if (zoneId !== undefined && findZone(zoneId)?.region.id !== regionId) call.fail('InvalidZoneId.NotFound')
    const filter: InstanceFilter = {
      accountId: call.principal.account.id,
      regionId,
      at: call.now,
      ...(input.InstanceId.length === 0 ? {} : { ids: input.InstanceId }),
      ...(zoneId === undefined ? {} : { equals: { zoneId } }),
    }
    const nothing = call.answerEmpty || input.ClusterId !== undefined
    const total = nothing ? 0 : await countInstances(call.tx, filter)
    const rows = nothing ? [] : await listStatuses(call.tx, filter, rowsOf(input))
    return {
      TotalCount: total,
      PageNumber,
      PageSize,
      InstanceStatuses: { InstanceStatus: rows.map(({ id, status }) => ({ InstanceId: id, Status: status })) },
    }
  },
})
