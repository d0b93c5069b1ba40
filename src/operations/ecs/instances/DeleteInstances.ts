import { releaseRefusals } from '../../../domain/instances/power.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { instance } from '../../../protocol/resources.ts'
import { release } from '../../../services/instances/release.ts'
import { listFacts } from '../../../store/tables/instances/power.ts'
import { batchInstanceIds } from './common.ts'
import { breakdowns, refusalOf, toBatch } from './power.ts'
import { refusalError, refusalErrors } from './refusals.ts'

/** Releases several instances of a region, all or none. */
export const DeleteInstances = defineOperation({
  product: 'Ecs',
  action: 'DeleteInstances',
  summary: 'Releases one or more instances: stopped, or with Force also running.',
  evidence: { page: 'DeleteInstances', revisions: 'to 2025-04' },
  access: { level: 'delete', on: instance('InstanceId') },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: batchInstanceIds({ malformed: 'InvalidInstanceIds.ValueNotSupported' }),
    Force: p.boolean({ default: false }),
    // With Force: false lets the guests shut down first.
    ForceStop: p.boolean({ default: true }),
    TerminateSubscription: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ClientToken: clientToken,
    ...compatibilityParams,
  },
  errors: [
    ...refusalErrors('single', releaseRefusals),
    ...breakdowns,
    'DRYRUN.SUCCESS',
    'InvalidInstanceIds.ValueNotSupported',
    'InvalidInstanceIds.NotFound',
    'InvalidParameter.CrossRegionNotSupport',
    'InvalidInstanceId.NotFound#null',
    'InvalidParameter.TooManyInstanceIds',
    'IdempotentParameterMismatch',
    'InvalidClientToken.ValueNotSupported',
  ],
  examples: [
    {
      title: 'Release a stopped instance',
      params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000003' },
    },
  ],
  idempotent: {
    mismatch: 'IdempotentParameterMismatch',
    async holds(call, { InstanceId: ids }) {
      const left = await listFacts(call.tx, call.principal.account.id, ids)
      return left.every(({ operation }) => operation === 'release')
    },
  },
  async handle(call, input) {
    const batch = toBatch(call, 'DeleteInstances', { ...input, BatchOptimization: 'AllTogether' })
    const how = { force: input.Force, forceStop: input.ForceStop, terminateSubscription: input.TerminateSubscription }
    const [refused] = await release(call.tx, batch, how, call.services.power)
    if (refused !== undefined) {
      const refusal = refusalOf(refused)
      if (refusal.reason === 'not-found') return call.fail('InvalidInstanceIds.NotFound')
      if (refusal.reason === 'in-another-region') return call.fail('InvalidParameter.CrossRegionNotSupport')
      return call.fail(...refusalError('single', refusal, { operation: batch.action, region: input.RegionId }))
    }
    return batch.dryRun ? call.fail('DRYRUN.SUCCESS') : undefined
  },
})
