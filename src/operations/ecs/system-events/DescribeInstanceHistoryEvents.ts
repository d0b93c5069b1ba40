import {
  finishedStatuses,
  type SystemEventStatus,
  systemEventStatuses,
} from '../../../domain/system-events/system-events.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import {
  countSystemEvents,
  listSystemEvents,
  type SystemEvent,
  type SystemEventFilter,
} from '../../../store/tables/system-events.ts'
import { given } from '../instances/common.ts'
import { formatSecond } from '../instances/wire.ts'
import { readPlace, writePlace } from '../../paging.ts'
import { listOrOne, readSystemEventFilter, systemEventErrors, systemEventParams, toWireSystemEvent } from './params.ts'

const error = 'InvalidParameter#event'
/** How long a finished event is shown. */
const memoryMs = 30 * 24 * 60 * 60_000

const statusNames = Object.keys(systemEventStatuses) as SystemEventStatus[]

const params = {
  RegionId: p.region({ required: true }),
  InstanceId: p.string(),
  ResourceId: p.repeated(p.string(), { max: 100, about: 'list of instance ids, in place of InstanceId' }),
  // There are events of instances only.
  ResourceType: p.enum(['instance', 'ddh', 'managedhost'], { default: 'instance', error }),
  ResourceGroupId: p.string(),
  ...systemEventParams,
  EventCycleStatus: p.enum(statusNames, { error }),
  InstanceEventCycleStatus: p.repeated(p.enum(statusNames, { error }), {
    max: 7,
    about: 'list of statuses, in place of EventCycleStatus; without either, what is finished',
  }),
  // Below 10 counts as 10, above 100 as 100.
  MaxResults: p.integer({ min: 1, error }),
  NextToken: p.string({ pattern: /^[\w=-]{1,64}$/, badValue: '!' }),
  PageNumber: p.integer({ default: 1, min: 1, error }),
  PageSize: p.integer({ default: 10, min: 1, max: 100, error }),
  ...compatibilityParams,
}

const errors = [...systemEventErrors, 'InvalidParameter'] as const satisfies readonly ErrorName[]

type Input = InputOf<typeof params>

/**
 * System events, newest first: those that are finished, unless other statuses are asked for; what finished more than 30
 * days ago is forgotten.
 */
export const DescribeInstanceHistoryEvents = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstanceHistoryEvents',
  summary: 'Queries the system events of instances and what became of them, page by page.',
  evidence: { page: 'DescribeInstanceHistoryEvents', revisions: '2026-06' },
  access: { level: 'list', on: every('instance') },
  params,
  refused: ['ImpactLevel', 'Tag'],
  errors,
  examples: [
    {
      title: 'Find what happened to an instance, and what is to happen',
      params: {
        RegionId: 'cn-hangzhou',
        InstanceId: 'i-bp1example00000000001',
        'InstanceEventCycleStatus.1': 'Executed',
        'InstanceEventCycleStatus.2': 'Scheduled',
      },
    },
  ],
  async handle(call, input) {
    const filter = readFilter(call, input)
    const byToken = input.MaxResults !== undefined || input.NextToken !== undefined
    const limit = byToken ? Math.min(100, Math.max(10, input.MaxResults ?? 10)) : input.PageSize
    const page = byToken
      ? given('before', input.NextToken === undefined ? undefined : readPlace(call, input.NextToken))
      : { skip: (input.PageNumber - 1) * limit }
    const found = await listSystemEvents(call.tx, filter, { limit: limit + 1, ...page })
    const events = found.slice(0, limit)
    const last = events.at(-1)
    return {
      InstanceSystemEventSet: { InstanceSystemEventType: events.map(toWire) },
      TotalCount: await countSystemEvents(call.tx, filter),
      PageNumber: byToken ? 1 : input.PageNumber,
      PageSize: limit,
      NextToken: found.length > limit && last !== undefined ? writePlace(last.seq) : '',
    }
  },
})

function readFilter(call: Call<(typeof errors)[number]>, input: Input): SystemEventFilter {
  const instanceIds = listOrOne(input.ResourceId, input.InstanceId)
  return {
    ...readSystemEventFilter(call, input),
    accountId: call.principal.account.id,
    regionId: input.RegionId,
    statuses: listOrOne(input.InstanceEventCycleStatus, input.EventCycleStatus) ?? finishedStatuses,
    finishedSince: call.now - memoryMs,
    ...given('instanceIds', input.ResourceType === 'instance' ? instanceIds : []),
    ...given('resourceGroupId', input.ResourceGroupId),
  }
}

function toWire(event: SystemEvent) {
  return {
    ...toWireSystemEvent(event),
    InstanceId: event.instanceId,
    ResourceType: 'instance',
    EventFinishTime: event.finishedAt === null ? '' : formatSecond(event.finishedAt),
    ReasonCode: '',
  }
}
