import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { instance } from '../../../protocol/resources.ts'
import { findInstance } from '../../../store/tables/instances/instances.ts'
import { singleInstanceId } from './common.ts'

/** Reads the user data of one instance; empty when it has none. */
export const DescribeUserData = defineOperation({
  product: 'Ecs',
  action: 'DescribeUserData',
  summary: 'Reads the user data of one instance.',
  evidence: { page: 'DescribeUserData' },
  access: { level: 'read', on: instance('InstanceId') },
  params: { RegionId: p.region({ required: true }), InstanceId: singleInstanceId, ...compatibilityParams },
  errors: ['InvalidInstanceId.NotFound'],
  examples: [
    {
      title: 'Read the user data of an instance',
      params: { RegionId: 'cn-hangzhou', InstanceId: 'i-bp1example00000000001' },
    },
  ],
  async handle(call, { RegionId, InstanceId }) {
    const found = await findInstance(call.tx, InstanceId)
    if (found?.accountId !== call.principal.account.id || found.regionId !== RegionId) {
      return call.fail('InvalidInstanceId.NotFound')
    }
    return { RegionId, InstanceId, UserData: found.details.userData }
  },
})
