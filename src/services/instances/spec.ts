import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { holdsCapacity } from '../../domain/instances/capacity.ts'
import {
  decideSpecChange,
  type SpecChange,
  type SpecRefusal,
  type SpecSituation,
} from '../../domain/instances/spec-change.ts'
import type { AccountFacts } from '../../domain/instances/types.ts'
import { type Instance, lockInstances } from '../../store/tables/instances/instances.ts'
import { updateSpec } from '../../store/tables/instances/attributes.ts'
import { changeStock } from '../../store/tables/instances/stock.ts'
import type { Tx } from '../../store/store.ts'
import { hasRoom } from './capacity.ts'

export type SpecOutcome = 'done' | 'not-found' | 'no-stock' | SpecRefusal

/**
 * Changes the type or the public bandwidth of an instance, or says why not; `dryRun` only decides. An instance that holds
 * capacity needs room for its new type, and gives that of the old one back.
 */
export async function changeSpec(
  tx: Tx,
  { account, id }: { readonly account: AccountFacts; readonly id: string },
  change: SpecChange,
  { dryRun, now }: { readonly dryRun: boolean; readonly now: number },
): Promise<SpecOutcome> {
  const [instance] = await lockInstances(tx, account.id, [id])
  if (instance === undefined) return 'not-found'
  const { details } = instance
  const decision = decideSpecChange(specSituation(instance, account), change)
  if ('refusal' in decision) return decision.refusal
  const { plan } = decision
  if (plan.of === 'type' && !(await exchangeCapacity(tx, instance, plan.type, dryRun))) return 'no-stock'
  if (dryRun) return 'done'
  if (plan.of === 'type') {
    const { type, family, cpu, creditSpecification } = plan
    await updateSpec(tx, id, { type, family, creditsSince: now, details: { ...details, cpu, creditSpecification } })
  } else {
    const bandwidth = { internetMaxBandwidthOut: plan.out, internetMaxBandwidthIn: plan.in }
    await updateSpec(tx, id, { details: { ...details, ...bandwidth } })
  }
  return 'done'
}

export function specSituation(instance: Instance, account: AccountFacts): SpecSituation {
  const { details } = instance
  return {
    instance,
    account,
    current: findInstanceType(instance.type),
    creditSpecification: details.creditSpecification,
    diskCount: details.disks.length,
    hasEip: instance.eip !== '',
    bandwidthOut: details.internetMaxBandwidthOut,
    bandwidthIn: details.internetMaxBandwidthIn,
  }
}

/** False when the zone has no room for the new type. */
async function exchangeCapacity(tx: Tx, instance: Instance, type: string, dryRun: boolean): Promise<boolean> {
  if (!holdsCapacity(instance)) return true
  const place = { zoneId: instance.zoneId, type }
  if (!(await hasRoom(tx, place, instance))) return false
  if (dryRun) return true
  await changeStock(tx, instance, 1)
  await changeStock(tx, place, -1)
  return true
}
