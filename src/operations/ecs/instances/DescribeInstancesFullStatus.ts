import { given } from '../../given.ts'
import { healthStatuses, healthStatusNames } from '../../../domain/instances/health.ts'
import type { InstanceStatus } from '../../../domain/instances/types.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { countFullStatuses, type FullStatus, listFullStatuses } from '../../../store/tables/instances/full-status.ts'
import { listSystemEvents, type SystemEvent, type SystemEventFilter } from '../../../store/tables/system-events.ts'
import { pageParams, rowsOf } from '../../paging.ts'
import { instanceIdPattern } from './common.ts'
import {
  listOrOne,
  readSystemEventFilter,
  systemEventErrors,
  systemEventParams,
  toWireSystemEvent,
} from '../system-events/params.ts'

const error = 'InvalidParameter#event'

/** 1 stands in the samples; the other codes are assumed. */
const statusCodes = { Pending: 0, Running: 1, Starting: 2, Stopping: 3, Stopped: 4 } as const satisfies Record<
  InstanceStatus,
  number
>

/** More than all instances of a page have. */
const eventLimit = 10_000

/**
 * Status, health and system events of instances, newest first. Without a period only events that are still to come are
 * shown; conditions on events leave out the instances that have none of them.
 */
export const DescribeInstancesFullStatus = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstancesFullStatus',
  summary: 'Queries the status, the health and the scheduled system events of instances, page by page.',
  evidence: { page: 'DescribeInstancesFullStatus', revisions: '2024-12' },
  access: { level: 'list', on: every('instance') },
  instancesIn: ['InstanceId'],
  params: {
    RegionId: p.region({ required: true }),
    InstanceId: p.repeated(p.string({ pattern: instanceIdPattern, error, badValue: 'i-!', about: 'instance id' }), {
      max: 100,
      tooMany: 'InstanceIdLimitExceeded',
    }),
    Status: p.enum(['Starting', 'Running', 'Stopped'], { error }),
    HealthStatus: p.enum(healthStatusNames, { error }),
    ...systemEventParams,
    ...pageParams({ error }),
    ...compatibilityParams,
  },
  errors: [...systemEventErrors, 'InstanceIdLimitExceeded'] as const satisfies readonly ErrorName[],
  examples: [
    {
      title: 'Find what is to happen to an instance',
      params: { RegionId: 'cn-hangzhou', 'InstanceId.1': 'i-bp1example00000000001' },
    },
  ],
  async handle(call, input) {
    const { PageNumber, PageSize } = input
    const wanted = readSystemEventFilter(call, input)
    const inPeriod = wanted.notBefore !== undefined || wanted.publishedAt !== undefined
    const events: SystemEventFilter = inPeriod ? wanted : { ...wanted, statuses: ['Scheduled', 'Inquiring'] }
    const filter = {
      instances: {
        accountId: call.principal.account.id,
        regionId: input.RegionId,
        ...given('ids', listOrOne(input.InstanceId, undefined)),
        equals: given('status', input.Status),
      },
      health: input.HealthStatus,
      events: Object.keys(wanted).length > 0 ? events : undefined,
    }
    const instances = await listFullStatuses(call.tx, filter, rowsOf(input))
    const instanceSeqs = instances.map(instance => instance.seq)
    const shown = await listSystemEvents(call.tx, { ...events, instanceSeqs }, { limit: eventLimit })
    const byInstance = Map.groupBy(shown, event => event.instanceSeq)
    return {
      InstanceFullStatusSet: {
        InstanceFullStatusType: instances.map(instance => toWire(instance, byInstance.get(instance.seq) ?? [])),
      },
      TotalCount: await countFullStatuses(call.tx, filter),
      PageNumber,
      PageSize,
    }
  },
})

function toWire({ id, status, health }: FullStatus, events: readonly SystemEvent[]) {
  return {
    InstanceId: id,
    Status: { Code: statusCodes[status], Name: status },
    HealthStatus: { Code: healthStatuses[health], Name: health },
    ScheduledSystemEventSet: { ScheduledSystemEventType: events.map(toWireSystemEvent) },
  }
}
