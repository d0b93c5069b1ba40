import { toArn } from '../../domain/identity/resources.ts'
import { chinaTime } from '../../domain/time.ts'
import { insertEvents, type NewStateChange, type StateChange } from '../../store/tables/events.ts'
import type { SharedStore, Tx } from '../../store/store.ts'

export type EventListener = (changes: readonly StateChange[]) => void

/** Keeps, in the transaction of an event, what is to be sent because of it. */
export interface Outbox {
  /** Nobody wants events: they need not be kept. */
  readonly isIdle: boolean
  put(tx: Tx, changes: readonly StateChange[]): Promise<void>
}

/** The log of state changes: written in the transaction of the change, told to listeners once that is durable. */
export class EventLog {
  readonly #listeners = new Set<EventListener>()
  readonly #shared: SharedStore | undefined
  readonly #outbox: Outbox | undefined

  constructor(shared: SharedStore | undefined, outbox?: Outbox) {
    this.#outbox = outbox
    this.#shared = shared
    shared?.listen(topic => {
      if (topic === 'events') for (const listener of this.#listeners) listener([])
    })
  }

  async record(tx: Tx, changes: readonly NewStateChange[]): Promise<void> {
    if (changes.length > 0) await tx.batchWrite(this.#write, changes)
  }

  readonly #write = async (tx: Tx, changes: readonly NewStateChange[]): Promise<void> => {
    const written = await insertEvents(tx, changes)
    if (this.#outbox?.isIdle === false) await this.#outbox.put(tx, written)
    tx.afterCommit(() => {
      for (const listener of this.#listeners) listener(written)
      this.#shared?.notify('events')
    })
  }

  /**
   * Calls `listener` with what is committed from now on; call the result to end it. An empty list says that another
   * process has written events: they are in the store.
   */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** An event in the shape of a state-change notification (help page "Instance event notification"). */
export function toNotification(change: StateChange) {
  return {
    ver: '1.0',
    id: notificationId(change.seq),
    product: 'ECS',
    resourceId: instanceArn(change),
    level: 'INFO',
    name: notificationName(change),
    userId: change.accountId,
    eventTime: eventTime(change.at),
    regionId: change.regionId,
    content: notificationContent(change),
  }
}

/** After the product; EventBridge calls it a type and writes `ecs:` before it. */
export function notificationName({ state }: StateChange): string {
  return state === 'Interruption' ? 'Instance:PreemptibleInstanceInterruption' : 'Instance:StateChange'
}

/** What is particular to a change of state; EventBridge calls it data. `delete` is the only action that is documented. */
export function notificationContent({ instanceId, state }: StateChange) {
  if (state === 'Interruption') return { instanceId, action: 'delete' }
  return { resourceId: instanceId, resourceType: 'ALIYUN::ECS::Instance', state }
}

export function instanceArn({ regionId, accountId, instanceId }: StateChange): string {
  return toArn('ecs', { regionId, accountId }, `instance/${instanceId}`)
}

/** An upper-case UUID that belongs to the event's number, so that a repeated delivery shows as one. */
export function notificationId(seq: number): string {
  return `00000000-0000-4000-8000-${seq.toString(16).toUpperCase().padStart(12, '0')}`
}

/** `20190409T121826.922+0800` */
function eventTime(at: number): string {
  return `${chinaTime(at).replaceAll(/[-:]/g, '')}+0800`
}
