import {
  type ChargeRefusal,
  isPurchasable,
  nextDayOfMonth,
  periodMs,
  refusalOfChargeType,
  refusalOfRenewal,
  type RenewalStatus,
  retentionMs,
  type SubscriptionPeriod,
} from '../../domain/billing/subscription.ts'
import { type Rates, totalOf } from '../../domain/prices/rates.ts'
import type { AccountFacts, ChargeType } from '../../domain/instances/types.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Instance, lockInstances } from '../../store/tables/instances/instances.ts'
import { findJob } from '../../store/tables/instances/jobs.ts'
import type { Tx } from '../../store/store.ts'
import { updateSubscription } from '../../store/tables/billing/subscriptions.ts'
import type { PowerParts } from '../instances/batch.ts'
import { restartAfterStop } from '../instances/power.ts'
import { start } from '../instances/start.ts'
import type { Metering } from './metering.ts'
import { canPay, nextOrderId } from './payments.ts'

export interface SubscriptionServiceOptions {
  readonly clock: Clock
  readonly meter: Metering
  readonly power: PowerParts
}

/** Who asks, as in a BatchRequest. */
interface Caller {
  readonly account: AccountFacts
  readonly requestId: string
  readonly action: string
}

/** By a period, or until a day of a month. */
export type Renewal = SubscriptionPeriod | { readonly day: number }

export type RenewalOutcome =
  | { readonly orderId: string }
  | { readonly refusal: 'not-found' | 'cannot-pay' | NonNullable<ReturnType<typeof refusalOfRenewal>> }

interface ChargeChange {
  readonly wanted: ChargeType
  /** Of a subscription. */
  readonly period: SubscriptionPeriod
  readonly dryRun: boolean
}

export type ChargeOutcome =
  | { readonly orderId: string; readonly fees: readonly { readonly id: string; readonly fen: number }[] }
  | { readonly refusal: 'not-found' | 'bad-period' | 'cannot-pay' | ChargeRefusal }

/** What is kept of the settings of automatic renewal. */
interface RenewalSettings {
  readonly status: RenewalStatus
  /** Undefined leaves it as it is. */
  readonly period: SubscriptionPeriod | undefined
}

/** Subscriptions: renewed, begun and given up. Every method runs inside the caller's transaction. */
export class SubscriptionService {
  readonly #options: SubscriptionServiceOptions

  constructor(options: SubscriptionServiceOptions) {
    this.#options = options
  }

  /**
   * Renews from the old end on, and pays. An instance whose subscription had ended is unlocked, and started when it was on
   * until then; where it cannot be, it stays Stopped.
   */
  async renew(tx: Tx, caller: Caller, id: string, by: Renewal): Promise<RenewalOutcome> {
    const { clock, meter } = this.#options
    const now = clock.now()
    const [instance] = await lockInstances(tx, caller.account.id, [id])
    if (instance === undefined) return { refusal: 'not-found' }
    const from = instance.expiresAt ?? now
    const until = 'day' in by ? nextDayOfMonth(from, by.day) : from + periodMs(by)
    const refusal = refusalOfRenewal(instance, until, now)
    if (refusal !== undefined) return { refusal }
    const fen = meter.priceOf(instance, until - from)
    if (!(await canPay(tx, instance.accountId, totalOf(fen), now))) return { refusal: 'cannot-pay' }
    await meter.pay(tx, instance, { fen, note: 'renewed', at: now })
    await updateSubscription(tx, id, { ...withoutExpiry(instance), expiresAt: until, expiryDueAt: until })
    tx.notifyDue(until)
    if (instance.beforeExpiry === 'on') await this.#restore(tx, caller, instance)
    return { orderId: await nextOrderId(tx) }
  }

  /**
   * Makes subscriptions of pay-as-you-go instances or the other way round: all of them, or none because of the first that
   * cannot be. What is left of a subscription is paid back.
   */
  async changeChargeType(
    tx: Tx,
    { account, regionId, ids }: { account: AccountFacts; regionId: string; ids: readonly string[] },
    { wanted, period, dryRun }: ChargeChange,
  ): Promise<ChargeOutcome> {
    const { clock, meter } = this.#options
    const now = clock.now()
    const found = new Map((await lockInstances(tx, account.id, ids)).map(one => [one.id, one]))
    if (wanted === 'PrePaid' && !isPurchasable(period)) return { refusal: 'bad-period' }
    const orders: { instance: Instance; fen: Rates }[] = []
    for (const id of ids) {
      const instance = found.get(id)
      if (instance === undefined || instance.regionId !== regionId) return { refusal: 'not-found' }
      const refusal = refusalOfChargeType(instance, wanted)
      if (refusal !== undefined) return { refusal }
      const fen =
        wanted === 'PrePaid'
          ? meter.priceOf(instance, periodMs(period))
          : negated(meter.priceOf(instance, Math.max(0, (instance.expiresAt ?? now) - now)))
      orders.push({ instance, fen })
    }
    const total = orders.reduce((sum, { fen }) => sum + totalOf(fen), 0)
    if (total > 0 && !(await canPay(tx, account.id, total, now))) return { refusal: 'cannot-pay' }
    if (dryRun) return { orderId: '', fees: [] }
    const expiresAt = wanted === 'PrePaid' ? now + periodMs(period) : null
    for (const { instance, fen } of orders) {
      await meter.pay(tx, instance, { fen, note: wanted === 'PrePaid' ? 'bought' : 'refunded', at: now })
      await updateSubscription(tx, instance.id, {
        chargeType: wanted,
        renewalStatus: wanted === 'PrePaid' ? 'Normal' : '',
        expiresAt,
        expiryDueAt: expiresAt,
      })
    }
    await meter.update(
      tx,
      orders.map(({ instance: { seq } }) => ({ seq, at: now })),
    )
    if (expiresAt !== null) tx.notifyDue(expiresAt)
    const fees = orders.map(({ instance: { id }, fen }) => ({ id, fen: totalOf(fen) }))
    return { orderId: await nextOrderId(tx), fees }
  }

  /** Says what becomes of subscriptions when they end: of all of them, or of none. */
  async setRenewal(
    tx: Tx,
    { accountId, regionId, ids }: { accountId: string; regionId: string; ids: readonly string[] },
    { status, period }: RenewalSettings,
  ): Promise<{ refusal: 'not-found' | 'pay-as-you-go'; id: string } | 'done'> {
    const found = new Map((await lockInstances(tx, accountId, ids)).map(one => [one.id, one]))
    for (const id of ids) {
      const instance = found.get(id)
      if (instance === undefined || instance.regionId !== regionId) return { refusal: 'not-found', id }
      if (instance.chargeType !== 'PrePaid') return { refusal: 'pay-as-you-go', id }
    }
    for (const instance of found.values()) {
      const { details } = instance
      const renewal = period ?? details.renewal
      await updateSubscription(tx, instance.id, { renewalStatus: status, details: { ...details, renewal } })
    }
    return 'done'
  }

  /** Turns on what the end of its subscription has turned off. */
  async #restore(tx: Tx, { account, requestId, action }: Caller, instance: Instance): Promise<void> {
    const { id, seq, status } = instance
    if (status === 'Stopped') {
      const one = { instanceIds: [id], regionId: undefined, mode: 'separately', dryRun: false } as const
      await start(tx, { account, requestId, action, waitsForHost: true, ...one }, this.#options.power)
      return
    }
    // The guest is still shutting down: it comes up again behind that.
    const job = await findJob(tx, seq)
    if (job?.kind !== 'stop') return
    await restartAfterStop(tx, instance, job, { by: requestId, at: this.#options.clock.now() })
  }
}

/** What changes of an instance when its subscription goes on after all. */
function withoutExpiry(instance: Instance): Pick<Instance, 'beforeExpiry' | 'locks'> {
  const { beforeExpiry, locks } = instance
  if (beforeExpiry === null) return { beforeExpiry, locks }
  return { beforeExpiry: null, locks: locks.filter(lock => lock !== 'financial') }
}

/** What changes of an instance when its subscription has ended. */
export function withExpiry(
  instance: Instance,
  expiresAt: number,
): Pick<Instance, 'beforeExpiry' | 'locks' | 'expiryDueAt'> {
  return {
    beforeExpiry: instance.status === 'Running' ? 'on' : 'off',
    locks: [...instance.locks.filter(lock => lock !== 'financial'), 'financial'],
    expiryDueAt: expiresAt + retentionMs,
  }
}

function negated({ compute, image, systemDisk, dataDisk, bandwidth }: Rates): Rates {
  return {
    compute: -compute,
    image: -image,
    systemDisk: -systemDisk,
    dataDisk: -dataDisk,
    bandwidth: -bandwidth,
  }
}
