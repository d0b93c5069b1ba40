import { findInstanceType } from '../domain/catalogue/instance-types.ts'
import { decideSpecChange, type SpecChange, type SpecRefusal } from '../domain/instance/spec-change.ts'
import type { AccountFacts } from '../domain/instance/types.ts'
import { lockInstances, updateSpec } from '../store/instances.ts'
import type { Tx } from '../store/store.ts'

/** Changes the type or the public bandwidth of an instance, or says why not; `dryRun` only decides. */
export async function changeSpec(
  tx: Tx,
  { account, id }: { readonly account: AccountFacts; readonly id: string },
  change: SpecChange,
  { dryRun }: { readonly dryRun: boolean },
): Promise<'done' | 'not-found' | SpecRefusal> {
  const [instance] = await lockInstances(tx, account.id, [id])
  if (instance === undefined) return 'not-found'
  const { details } = instance
  const situation = {
    instance,
    account,
    current: findInstanceType(instance.type),
    creditSpecification: details.creditSpecification,
    diskCount: details.disks.length,
    hasEip: instance.eip !== '',
    bandwidthOut: details.internetMaxBandwidthOut,
    bandwidthIn: details.internetMaxBandwidthIn,
  }
  const decision = decideSpecChange(situation, change)
  if ('refusal' in decision) return decision.refusal
  if (dryRun) return 'done'
  const { plan } = decision
  if (plan.of === 'type') {
    const { type, family, cpu, creditSpecification } = plan
    await updateSpec(tx, id, { type, family, details: { ...details, cpu, creditSpecification } })
  } else {
    const bandwidth = { internetMaxBandwidthOut: plan.out, internetMaxBandwidthIn: plan.in }
    await updateSpec(tx, id, { ...instance, details: { ...details, ...bandwidth } })
  }
  return 'done'
}
