import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { listInstances } from '../../../store/tables/instances/queries.ts'
import { pageOf, pageParams } from '../../paging.ts'

/** Reads which RAM roles instances have. */
export const DescribeInstanceRamRole = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceRamRole',
  summary: 'Reads the RAM roles of up to 100 instances.',
  evidence: { page: 'DescribeInstanceRamRole' },
  access: { level: 'read', on: every('instance') },
  instancesIn: ['InstanceIds'],
  params: {
    RegionId: p.region({ required: true }),
    InstanceIds: p.jsonList({
      error: 'InvalidInstanceIds.Malformed',
      tooMany: 'InvalidParameter.TooManyInstanceIds',
    }),
    ...pageParams({ max: 50 }),
    ...compatibilityParams,
  },
  refused: ['RamRoleName'],
  errors: [
    'InvalidInstanceIds.Malformed',
    'InvalidParameter.TooManyInstanceIds',
    'InvalidInstanceId.NotFound',
    'MissingParameter',
  ],
  examples: [
    {
      title: 'Read the role of an instance',
      params: { RegionId: 'cn-hangzhou', InstanceIds: '["i-bp1example00000000001"]' },
    },
  ],
  async handle(call, input) {
    const ids = [...new Set(input.InstanceIds ?? call.fail('MissingParameter', { name: 'InstanceIds' }))]
    const filter = { accountId: call.principal.account.id, regionId: input.RegionId, ids }
    const instances = await listInstances(call.tx, filter, { limit: ids.length })
    if (instances.length < ids.length) call.fail('InvalidInstanceId.NotFound')
    const roles = instances.map(({ id, details }) => ({ InstanceId: id, RamRoleName: details.ramRoleName }))
    return {
      RegionId: input.RegionId,
      TotalCount: roles.length,
      InstanceRamRoleSets: { InstanceRamRoleSet: pageOf(roles, input) },
    }
  },
})
