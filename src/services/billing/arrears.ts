import { arrearsStepAt, type ArrearsTerms, runsDryAt, unlimitedBalanceFen } from '../../domain/billing/arrears.ts'
import { fromFen, toFenDown } from '../../domain/billing/money.ts'
import type { Clock } from '../../platform/clock.ts'
import { failpoints } from '../../platform/failpoints.ts'
import { updateSettledBalance } from '../../store/tables/identity/accounts.ts'
import {
  cancelArrearsEvents,
  listDebtors,
  listUnannounced,
  queueReactivations,
} from '../../store/tables/billing/arrears.ts'
import {
  type Balance,
  deleteBalance,
  findBalance,
  findDueBalance,
  putBalance,
} from '../../store/tables/billing/balances.ts'
import { updateLocks } from '../../store/tables/instances/attributes.ts'
import { rateAt, totalUpTo } from '../../store/tables/billing/meter.ts'
import type { Tx } from '../../store/store.ts'
import { type Metering, toSeconds } from './metering.ts'
import { leftOf } from './payments.ts'
import type { SystemEventService } from '../system-events/system-events.ts'

export interface ArrearsOptions {
  readonly clock: Clock
  readonly meter: Metering
  readonly systemEvents: SystemEventService
  readonly terms: ArrearsTerms
}

/** Instances that are unlocked in one go. */
const portionSize = 500

/**
 * The balances of accounts that can run dry, and what becomes of those that have. An account is settled when it may be
 * below zero: at the whole hour that its costs foretell, or at the next one after they have changed.
 */
export class ArrearsService {
  readonly #options: ArrearsOptions

  constructor(options: ArrearsOptions) {
    this.#options = options
  }

  /** What an account has now, 1/100 CNY, rounded down; null for one that never runs dry. */
  async readBalance(tx: Tx, accountId: string): Promise<number | null> {
    const balance = await findBalance(tx, accountId)
    if (balance === undefined) return null
    return toFenDown(await leftOf(tx, balance, toSeconds(this.#options.clock.now())))
  }

  /** Says what an account has at this moment, 1/100 CNY; null takes the limit away. What it owed is settled with it. */
  async setBalance(tx: Tx, accountId: string, fen: number | null): Promise<void> {
    const now = this.#options.clock.now()
    const before = await findBalance(tx, accountId)
    const inArrearsSince = before?.inArrearsSince ?? null
    if (fen === null) {
      await deleteBalance(tx, accountId)
      await updateSettledBalance(tx, accountId, unlimitedBalanceFen)
      if (inArrearsSince !== null) await this.#recover(tx, accountId, now)
      return
    }
    const paidIn = fromFen(fen) + (await totalUpTo(tx, accountId, toSeconds(now)))
    await this.#settle(tx, { accountId, paidIn, inArrearsSince, settleAt: null }, now, portionSize)
  }

  /** Settles the accounts that are due, some instances at a time; returns how many turns that took. */
  async settleDue(tx: Tx, { now, limit }: { readonly now: number; readonly limit: number }): Promise<number> {
    const balance = await findDueBalance(tx, now)
    if (balance === undefined) return 0
    // As of the hour it was due, however late it is looked at.
    await this.#settle(tx, balance, balance.settleAt ?? now, limit)
    failpoints.pass('account:settled')
    return 1
  }

  async #settle(tx: Tx, balance: Balance, at: number, limit: number): Promise<void> {
    const { accountId } = balance
    const seconds = toSeconds(at)
    const left = await leftOf(tx, balance, seconds)
    await updateSettledBalance(tx, accountId, toFenDown(left))
    if (left >= 0n) {
      const settleAt = runsDryAt(left, await rateAt(tx, accountId, seconds), seconds)
      await this.#put(tx, { ...balance, inArrearsSince: null, settleAt })
      if (balance.inArrearsSince !== null) await this.#recover(tx, accountId, at)
      return
    }
    const since = balance.inArrearsSince ?? at
    const { step, stopAt, nextAt } = arrearsStepAt(since, at, this.#options.terms)
    const hasMore = step !== 'wait' && (await this.#collectArrears(tx, { accountId, step, stopAt, at, limit }))
    await this.#put(tx, { ...balance, inArrearsSince: since, settleAt: hasMore ? at : nextAt })
  }

  /** Announces the stop, and when its time has come locks; true when that was not all. */
  async #collectArrears(
    tx: Tx,
    {
      accountId,
      step,
      stopAt,
      at,
      limit,
    }: { accountId: string; step: string; stopAt: number; at: number; limit: number },
  ): Promise<boolean> {
    const { meter, systemEvents, terms } = this.#options
    const toAnnounce = await listUnannounced(tx, accountId, limit)
    for (const instance of toAnnounce) {
      const plan = { type: 'AccountUnbalanced.Stop', notBefore: Math.max(stopAt, at), reason: stopReason } as const
      await systemEvents.announce(tx, instance, plan)
    }
    if (toAnnounce.length === limit || step === 'announce') return toAnnounce.length === limit
    const toLock = await listDebtors(tx, { accountId, locked: false, limit })
    for (const instance of toLock) {
      await updateLocks(tx, instance.id, [...instance.locks, 'financial'])
      const notBefore = at + terms.releaseMs
      await systemEvents.announce(tx, instance, { type: 'AccountUnbalanced.Delete', notBefore, reason: releaseReason })
    }
    await meter.update(
      tx,
      toLock.map(({ seq }) => ({ seq, at })),
    )
    return toLock.length === limit
  }

  /** Unlocks what the account has, and has what was stopped started again. */
  async #recover(tx: Tx, accountId: string, at: number): Promise<void> {
    const { meter } = this.#options
    await cancelArrearsEvents(tx, accountId, at)
    for (;;) {
      const debtors = await listDebtors(tx, { accountId, locked: true, limit: portionSize })
      for (const { id, locks } of debtors) {
        await updateLocks(
          tx,
          id,
          locks.filter(lock => lock !== 'financial'),
        )
      }
      await meter.update(
        tx,
        debtors.map(({ seq }) => ({ seq, at })),
      )
      if (debtors.length < portionSize) break
    }
    await queueReactivations(tx, accountId, at)
    tx.notifyDue(at)
  }

  async #put(tx: Tx, balance: Balance): Promise<void> {
    await putBalance(tx, balance)
    const { settleAt } = balance
    if (settleAt !== null) tx.notifyDue(settleAt)
  }
}

const stopReason = 'The account has an outstanding payment.'
const releaseReason = 'The account has not settled an outstanding payment.'
