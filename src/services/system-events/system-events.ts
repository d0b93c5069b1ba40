import { getRegion } from '../../domain/catalogue/regions.ts'
import type { SystemEventType } from '../../domain/system-events/system-events.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { findInstance, type Instance } from '../../store/tables/instances/instances.ts'
import type { Tx } from '../../store/store.ts'
import {
  cancelSystemEvent,
  insertSystemEvent,
  listSystemEvents,
  type SystemEvent,
} from '../../store/tables/system-events.ts'

export interface SystemEventServiceOptions {
  readonly clock: Clock
  readonly random: Random
}

/** Plans and cancels what the platform does to instances by itself; due.ts carries it out. */
export class SystemEventService {
  readonly #options: SystemEventServiceOptions

  constructor(options: SystemEventServiceOptions) {
    this.#options = options
  }

  /** `notBefore` is instance time in ms, now unless given. Undefined when there is no such instance. */
  async schedule(
    tx: Tx,
    plan: {
      readonly instanceId: string
      readonly type: SystemEventType
      readonly notBefore?: number | undefined
      readonly reason: string
    },
  ): Promise<SystemEvent | undefined> {
    const instance = await findInstance(tx, plan.instanceId)
    return instance === undefined ? undefined : this.announce(tx, instance, plan)
  }

  /** As schedule, for an instance that is at hand. */
  announce(
    tx: Tx,
    instance: Pick<Instance, 'id' | 'seq' | 'accountId' | 'regionId'>,
    plan: { readonly type: SystemEventType; readonly notBefore?: number | undefined; readonly reason: string },
  ): Promise<SystemEvent> {
    const { clock, random } = this.#options
    const publishedAt = clock.now()
    const notBefore = plan.notBefore ?? publishedAt
    tx.notifyDue(notBefore)
    return insertSystemEvent(tx, {
      id: `e-${getRegion(instance.regionId).idPrefix}${random.token(17)}`,
      accountId: instance.accountId,
      regionId: instance.regionId,
      instanceSeq: instance.seq,
      instanceId: instance.id,
      type: plan.type,
      reason: plan.reason,
      publishedAt,
      notBefore,
    })
  }

  /** Cancels an event that has not begun; otherwise says how far it is. Undefined when there is no such event. */
  async cancel(tx: Tx, where: { readonly instanceId: string; readonly id: string }): Promise<SystemEvent | undefined> {
    const find = async () => {
      const [event] = await listSystemEvents(tx, { ids: [where.id], instanceIds: [where.instanceId] })
      return event
    }
    const event = await find()
    if (event?.status !== 'Scheduled') return event
    const at = this.#options.clock.now()
    // Another process may have begun it in the meantime.
    if (!(await cancelSystemEvent(tx, event, at))) return find()
    return { ...event, status: 'Canceled', finishedAt: at }
  }
}
