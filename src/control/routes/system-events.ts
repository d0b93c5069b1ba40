import { z } from 'zod'
import { systemEventTypeNames } from '../../domain/system-events/system-events.ts'
import { findInstance } from '../../store/tables/instances/instances.ts'
import { listSystemEvents, type SystemEvent } from '../../store/tables/system-events.ts'
import { parseDuration } from '../duration.ts'
import { ControlError, defineRoute } from '../route.ts'

const path = '/instances/{id}/system-events'

const systemEvent = z.strictObject({
  type: z.enum(systemEventTypeNames),
  /** When the platform acts; at once unless given. */
  notBefore: z.union([z.iso.datetime(), z.strictObject({ in: z.string() })]).optional(),
  reason: z.string().max(256).default('A simulated event.'),
})

export const systemEventRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'What the platform did and is going to do to an instance, newest first.',
    async handle({ store }, { param }) {
      const id = param('id')
      const [instance, events] = await store.transaction('read', async tx => [
        await findInstance(tx, id),
        await listSystemEvents(tx, { instanceIds: [id] }),
      ])
      if (instance === undefined && events.length === 0) throw noInstance(id)
      return { json: { systemEvents: events.map(describe) } }
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Plans a system event; when its time comes, the platform reboots, stops or releases the instance.',
    body: systemEvent,
    async handle({ store, services, clock }, { param, body }) {
      const notBefore = readTime(body.notBefore, clock.now())
      const plan = { instanceId: param('id'), type: body.type, notBefore, reason: body.reason }
      const event = await store.transaction('write', tx => services.systemEvents.schedule(tx, plan))
      if (event === undefined) throw noInstance(plan.instanceId)
      return { json: { systemEvent: describe(event) } }
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/{eventId}`,
    summary: 'Cancels a system event that has not begun.',
    async handle({ store, services }, { param }) {
      const where = { instanceId: param('id'), id: param('eventId') }
      const event = await store.transaction('write', tx => services.systemEvents.cancel(tx, where))
      if (event === undefined) throw new ControlError(404, `${where.instanceId} has no system event ${where.id}.`)
      if (event.status !== 'Canceled') {
        throw new ControlError(409, `${event.id} is ${event.status}; only what is Scheduled can be canceled.`)
      }
      return { json: { systemEvent: describe(event) } }
    },
  }),
]

/** A time, or how far it is from now; neither may have passed. */
function readTime(given: z.infer<typeof systemEvent>['notBefore'], now: number): number | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'string') {
    const at = Date.parse(given)
    if (at < now) throw new ControlError(400, `notBefore: it is ${new Date(now).toISOString()} already.`)
    return at
  }
  const ms = parseDuration(given.in)
  if (ms === undefined) throw new ControlError(400, 'notBefore.in: must be a duration such as "PT30M" or "30m".')
  return now + ms
}

function noInstance(id: string): ControlError {
  return new ControlError(404, `There is no instance ${id}.`)
}

function describe({ id, type, status, reason, ...times }: SystemEvent) {
  const shown = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    id,
    type,
    status,
    reason,
    publishedAt: shown(times.publishedAt),
    notBefore: shown(times.notBefore),
    startedAt: shown(times.startedAt),
    finishedAt: shown(times.finishedAt),
  }
}
