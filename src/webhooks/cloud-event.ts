import { instanceArn, notificationContent, notificationId, notificationName } from '../services/events/events.ts'
import type { StateChange } from '../store/tables/events.ts'

/** Of a request that carries one event as JSON (structured mode). */
export const cloudEventType = 'application/cloudevents+json; charset=utf-8'

/** One and the same for every try to deliver an event. */
export function eventId(change: Pick<StateChange, 'seq'>): string {
  return notificationId(change.seq)
}

/**
 * A change of state as a CloudEvent 1.0, as EventBridge forms those of ECS (help pages "Event notification overview" and
 * "Elastic Computing Service events"); who, why and by which call are attributes of our own.
 */
export function toCloudEvent(change: StateChange) {
  return {
    specversion: '1.0',
    id: eventId(change),
    source: 'acs.ecs',
    type: `ecs:${notificationName(change)}`,
    subject: instanceArn(change),
    time: new Date(change.at).toISOString(),
    datacontenttype: 'application/json',
    aliyunaccountid: change.accountId,
    aliyunregionid: change.regionId,
    sequence: String(change.seq).padStart(15, '0'),
    actor: change.actor,
    reason: change.reason,
    // An attribute cannot be empty.
    ...(change.requestId === '' ? {} : { requestid: change.requestId }),
    data: notificationContent(change),
  }
}
