import type { StartRefusal } from '../../domain/instances/power.ts'
import { type ReactivationRefusal, refusalOfReactivation } from '../../domain/instances/reactivating.ts'
import type { AccountFacts } from '../../domain/instances/types.ts'
import { findAccount } from '../../store/tables/identity/accounts.ts'
import {
  deleteReactivations,
  isStoppedForArrears,
  listDueReactivations,
  postponeReactivation,
} from '../../store/tables/billing/arrears.ts'
import { listMachines, type Machine } from '../../store/tables/instances/power.ts'
import { lockInstances } from '../../store/tables/instances/instances.ts'
import type { Tx } from '../../store/store.ts'
import type { BatchRequest, PowerParts, RefusedOutcome } from './batch.ts'
import { lookAgainAt } from './look-again.ts'
import type { InstanceService } from './instances.ts'
import { start } from './start.ts'

/** Brings instances back that were stopped because their account was in arrears. */
export class ReactivationService {
  readonly #instances: InstanceService
  readonly #power: PowerParts

  constructor(instances: InstanceService, power: PowerParts) {
    this.#instances = instances
    this.#power = power
  }

  /**
   * Starts what a settled account is to have back. What is not off yet is waited for; what cannot be started, for want of
   * stock for example, stays Stopped. Returns how many instances were looked at.
   */
  async reactivateDue(tx: Tx, { now, limit }: { readonly now: number; readonly limit: number }): Promise<number> {
    const due = await listDueReactivations(tx, now, limit)
    if (due.length === 0) return 0
    const machines = await listMachines(
      tx,
      due.map(({ instanceSeq }) => instanceSeq),
    )
    const ready: Machine[] = []
    const waiting = new Set<number>()
    for (const machine of machines) {
      if (machine.status === 'Stopped' && machine.operation === null) ready.push(machine)
      else if (machine.intentPower === 'off') {
        waiting.add(machine.seq)
        await postponeReactivation(tx, machine.seq, await lookAgainAt(tx, machine.seq, now))
      }
    }
    for (const [accountId, own] of Map.groupBy(ready, machine => machine.accountId)) {
      const account = await findAccount(tx, accountId)
      if (account !== undefined) await start(tx, batchOf(account, own), this.#power)
    }
    await deleteReactivations(
      tx,
      due.map(({ instanceSeq }) => instanceSeq).filter(seq => !waiting.has(seq)),
    )
    return due.length
  }

  /** As the user asks for it. Where the start is refused, the caller is to fail the transaction. */
  async reactivate(
    tx: Tx,
    batch: Omit<BatchRequest, 'instanceIds' | 'mode' | 'dryRun'>,
    instanceId: string,
  ): Promise<'done' | 'not-found' | ReactivationRefusal | RefusedOutcome<StartRefusal>> {
    const { account, regionId } = batch
    const [instance] = await lockInstances(tx, account.id, [instanceId])
    if (instance === undefined || instance.regionId !== (regionId ?? instance.regionId)) return 'not-found'
    const stoppedForArrears = await isStoppedForArrears(tx, instance.seq)
    const refusal = refusalOfReactivation({ instance, account, stoppedForArrears })
    if (refusal !== undefined) return refusal
    await this.#instances.setLock(tx, instance.id, 'financial', false)
    const order = { ...batch, instanceIds: [instanceId], mode: 'together', dryRun: false } as const
    const [outcome] = await start(tx, order, this.#power)
    if (outcome?.accepted === false) return outcome
    await deleteReactivations(tx, [instance.seq])
    return 'done'
  }
}

function batchOf(account: AccountFacts, machines: readonly Machine[]): BatchRequest {
  return {
    account,
    regionId: undefined,
    // In the order they were made: the first come first where stock is short.
    instanceIds: machines.toSorted((a, b) => a.seq - b.seq).map(({ id }) => id),
    mode: 'separately',
    dryRun: false,
    requestId: '',
    action: 'ReActivateInstances',
    platformReason: 'the account is settled',
    waitsForHost: true,
  }
}
