import { wholeNumber } from '../query.ts'
import { every } from '../../platform/clock.ts'
import { toNotification } from '../../services/events/events.ts'
import { findLatestEvent, listEvents, type StateChange } from '../../store/tables/events.ts'
import type { EventStream } from '../../protocol/http.ts'
import type { ControlContext } from '../context.ts'
import { ControlError, defineRoute } from '../route.ts'
import { inWords } from './instances.ts'

const pageSize = 500
/** How often a stream looks for events by itself, where several processes write them, ms. */
const lookEveryMs = 1_000

export interface EventPage {
  readonly events: readonly ReturnType<typeof describe>[]
  /** The number of the newest event; 0 when there is none. */
  readonly latest: number
}

export const eventRoutes = [
  defineRoute({
    method: 'GET',
    path: '/requests',
    summary:
      'The last API calls, newest first: as received, which check refused them, and the answer; secrets left out.',
    query: { limit: 'at most this many; 1 to 1000, default 100' },
    async handle({ journal }, { query }) {
      const entries = journal.list(wholeNumber(query, 'limit', 100, 1, 1000))
      return {
        json: { requests: entries.map(entry => Object.assign(entry, { at: new Date(entry.at).toISOString() })) },
      }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/events',
    summary:
      'State changes, oldest first, and the number of the latest there is. With Accept: text/event-stream a stream that goes on; Last-Event-ID resumes it without a gap.',
    query: {
      after: 'only events with a greater seq; latest: only what happens from now on',
      limit: 'at most this many; 1 to 1000, default 100',
      instanceId: 'only events of this instance',
    },
    async handle(context, { query, headers }) {
      const instanceId = query.get('instanceId') ?? undefined
      const isLatest = query.get('after') === 'latest'
      const given = isLatest ? 0 : wholeNumber(query, 'after', 0, 0)
      if (headers['accept'] === 'text/event-stream') {
        const after = isLatest ? await context.store.transaction('read', findLatestEvent) : given
        const last = headers['last-event-id']
        if (last !== undefined && !/^\d{1,15}$/.test(last)) {
          throw new ControlError(400, 'Last-Event-ID: must be the number of an event.')
        }
        return { stream: streamEvents(context, last === undefined ? after : Number(last), instanceId) }
      }
      const limit = wholeNumber(query, 'limit', 100, 1, 1000)
      const { latest, events } = await context.store.transaction('read', async tx => {
        const newest = await findLatestEvent(tx)
        return {
          latest: newest,
          events: await listEvents(tx, { after: isLatest ? newest : given, limit, instanceId }),
        }
      })
      return { json: { events: events.map(describe), latest } satisfies EventPage }
    },
  }),
]

/** What is stored first, then what is committed from then on; each event once and in order. */
function streamEvents(
  { store, events, log }: ControlContext,
  after: number,
  instanceId: string | undefined,
): EventStream {
  return (send, end) => {
    let sent = after
    const sendPage = async () => {
      const page = await store.transaction('read', tx => listEvents(tx, { after: sent, limit: pageSize, instanceId }))
      for (const change of page) {
        send(`id: ${change.seq}\nevent: state-change\ndata: ${JSON.stringify(describe(change))}\n\n`)
        sent = change.seq
      }
      return page.length === pageSize
    }
    // One page after another, so that no event overtakes another.
    let turn: Promise<void> = Promise.resolve()
    const catchUp = () => {
      turn = turn
        .then(async () => {
          while (await sendPage());
        })
        .catch((reason: unknown) => {
          log.error({ err: reason }, 'A stream of events broke off.')
          end()
        })
    }
    catchUp()
    const unsubscribe = events.subscribe(catchUp)
    // Of what other processes write a word may be lost, or come before a transaction that holds it back is over.
    const stopLooking = store.shared === undefined ? () => undefined : every(lookEveryMs, catchUp)
    return () => {
      stopLooking()
      unsubscribe()
    }
  }
}

function describe(change: StateChange) {
  return { ...inWords(change), notification: toNotification(change) }
}
