import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { BatchRefused } from '../../../services/instances/instances.ts'
import { once, TokenMismatch } from '../../../protocol/idempotency.ts'
import { batchInstanceIds, distinct, instanceArn, singleError } from './common.ts'
import { singlePowerErrors } from './power-single.ts'

/** Releases several instances of a region, all or none. */
export const DeleteInstances = defineOperation({
  product: 'Ecs',
  action: 'DeleteInstances',
  summary: 'Releases one or more instances: stopped, or with Force also running.',
  evidence: { page: 'DeleteInstances', revisions: 'to 2025-04' },
  access: {
    level: 'delete',
    resources: ({ RegionId, InstanceId }, accountId) => InstanceId.map(id => instanceArn(RegionId, accountId, id)),
  },
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: batchInstanceIds({ malformed: 'InvalidInstanceIds.ValueNotSupported' }),
    Force: p.boolean({ default: false }),
    // With Force: false lets the guests shut down first.
    ForceStop: p.boolean({ default: true }),
    TerminateSubscription: p.boolean({ default: false }),
    DryRun: p.boolean({ default: false }),
    ClientToken: p.string({
      pattern: /^[\x20-\x7e]{1,64}$/,
      error: 'InvalidClientToken.ValueNotSupported',
      badValue: 'x'.repeat(65),
      about: 'at most 64 ASCII characters',
    }),
    ...compatibilityParams,
  },
  errors: [
    ...singlePowerErrors,
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
  async handle(call, input) {
    const { account } = call.principal
    const { ClientToken: token, ...rest } = input
    const use = { accountId: account.id, action: 'DeleteInstances', token, input: rest, wallNow: call.wallNow }
    try {
      const release = async () => {
        await call.services.instances.release(
          call.tx,
          {
            account,
            regionId: input.RegionId,
            instanceIds: distinct(input.InstanceId),
            mode: 'together',
            dryRun: input.DryRun,
            requestId: call.requestId,
            action: 'DeleteInstances',
          },
          { force: input.Force, forceStop: input.ForceStop, terminateSubscription: input.TerminateSubscription },
        )
        return null
      }
      if (!input.DryRun) await once(call.tx, use, release)
      else await release()
    } catch (reason) {
      if (reason instanceof TokenMismatch) return call.fail('IdempotentParameterMismatch')
      if (!(reason instanceof BatchRefused)) throw reason
      if (reason.refusal.reason === 'in-another-region') return call.fail('InvalidParameter.CrossRegionNotSupport')
      if (reason.refusal.reason === 'not-found') return call.fail('InvalidInstanceIds.NotFound')
      return call.fail(...singleError(reason.refusal, { action: 'DeleteInstances', expected: 'Stopped' }))
    }
    return input.DryRun ? call.fail('DRYRUN.SUCCESS') : undefined
  },
})
