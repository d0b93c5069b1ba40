import { given } from '../../given.ts'
import {
  finishedStatuses,
  type SystemEventStatus,
  systemEventStatuses,
} from '../../../domain/system-events/system-events.ts'
import { dayMs } from '../../../domain/time.ts'
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
import { formatSecond } from '../../times.ts'
import { cutPage, eitherPageParams, readPaging, readPlace, writePlace } from '../../paging.ts'
import { listOrOne, readSystemEventFilter, systemEventErrors, systemEventParams, toWireSystemEvent } from './params.ts'

const error = 'InvalidParameter#event'
/** How long a finished event is shown. */
const memoryMs = 30 * dayMs

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
  ...eitherPageParams({ error }),
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
  instancesIn: ['InstanceId', 'ResourceId'],
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
    const { number, size, skip, token } = readPaging(input, { max: 100 })
    const found = await listSystemEvents(call.tx, filter, {
      limit: size + 1,
      ...given('skip', skip),
      ...given('before', token === undefined ? undefined : readPlace(call, token, 's')[0]),
    })
    const { page, NextToken } = cutPage(found, size, last => writePlace('s', last.seq))
    return {
      InstanceSystemEventSet: { InstanceSystemEventType: page.map(toWire) },
      TotalCount: await countSystemEvents(call.tx, filter),
      PageNumber: number,
      PageSize: size,
      NextToken,
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
