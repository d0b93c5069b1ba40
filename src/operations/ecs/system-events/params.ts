import { given } from '../../given.ts'
import {
  type SystemEventStatus,
  systemEventStatuses,
  systemEventTypes,
} from '../../../domain/system-events/system-events.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { type InputOf, p } from '../../../protocol/params.ts'
import type { Period, SystemEvent, SystemEventFilter } from '../../../store/tables/system-events.ts'
import { formatSecond } from '../../times.ts'

const error = 'InvalidParameter#event'

/** New types come from time to time: those that nothing here is of are accepted and match nothing. */
const eventType = () =>
  p.string({
    pattern: /^[A-Za-z]+(\.[A-Za-z]+)?$/,
    error,
    badValue: '!',
    about: 'a type such as `SystemFailure.Reboot`',
  })

const period = () => p.object({ Start: p.time({ error }), End: p.time({ error }) })

/** The conditions on events that DescribeInstancesFullStatus and DescribeInstanceHistoryEvents share. */
export const systemEventParams = {
  EventId: p.repeated(p.string(), { max: 100, tooMany: 'EventIdLimitExceeded' }),
  EventType: eventType(),
  InstanceEventType: p.repeated(eventType(), { max: 30, about: 'list of types, in place of EventType' }),
  NotBefore: period(),
  EventPublishTime: period(),
}

export const systemEventErrors = [
  error,
  'InvalidParameter.TimeEndBeforeStart',
  'EventIdLimitExceeded',
] as const satisfies readonly ErrorName[]

type Input = InputOf<typeof systemEventParams>

export function readSystemEventFilter(call: Call<(typeof systemEventErrors)[number]>, input: Input): SystemEventFilter {
  const { EventId: ids, EventType: type, InstanceEventType: types } = input
  return {
    ...given('ids', listOrOne(ids, undefined)),
    ...given('types', listOrOne(types, type)),
    ...given('notBefore', readPeriod(call, 'NotBefore', input.NotBefore)),
    ...given('publishedAt', readPeriod(call, 'EventPublishTime', input.EventPublishTime)),
  }
}

/** The list, or the single value that counts only without one; undefined when neither is given. */
export function listOrOne<Value>(list: readonly Value[], one: Value | undefined): readonly Value[] | undefined {
  if (list.length > 0) return list
  return one === undefined ? undefined : [one]
}

function readPeriod(
  call: Call<(typeof systemEventErrors)[number]>,
  name: string,
  given: Input['NotBefore'],
): Period | undefined {
  if (given === undefined) return undefined
  const { Start: from, End: end } = given
  if (from !== undefined && end !== undefined && end < from) call.fail('InvalidParameter.TimeEndBeforeStart', { name })
  // Times are shown to the second: the end of a period holds all of its last one.
  return { from, until: end === undefined ? undefined : end + 999 }
}

/** What both operations show of an event. */
export function toWireSystemEvent(event: SystemEvent) {
  return {
    EventId: event.id,
    EventType: { Code: systemEventTypes[event.type].code, Name: event.type },
    EventCycleStatus: cycleStatus(event.status),
    EventPublishTime: formatSecond(event.publishedAt),
    NotBefore: formatSecond(event.notBefore),
    ImpactLevel: '100',
    Reason: event.reason,
    // Says something of local disks only.
    ExtendedAttribute: { Device: '', DiskId: '', InactiveDisks: { InactiveDisk: [] } },
  }
}

function cycleStatus(status: SystemEventStatus) {
  return { Code: systemEventStatuses[status], Name: status }
}
