import type { InternetChargeType } from '../../domain/network/eip.ts'
import { type AddressRefusal, refusalOfAddress } from '../../domain/network/public-address.ts'
import { decideSpecChange, type SpecChange, type SpecRefusal } from '../../domain/instances/spec-change.ts'
import type { AccountFacts } from '../../domain/instances/types.ts'
import { lockInstances } from '../../store/tables/instances/instances.ts'
import { updatePublicIp, updatePublicSide } from '../../store/tables/instances/attributes.ts'
import type { Tx } from '../../store/store.ts'
import { takePublicAddresses } from './network.ts'
import { specSituation } from '../instances/spec.ts'

/** Gives an instance a static public address, or says which it has already. */
export async function assignPublicAddress(
  tx: Tx,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<{ readonly address: string } | { readonly refusal: 'not-found' | AddressRefusal }> {
  const [instance] = await lockInstances(tx, accountId, [id])
  if (instance === undefined) return { refusal: 'not-found' }
  const refusal = refusalOfAddress({ ...instance, bandwidthOut: instance.details.internetMaxBandwidthOut })
  if (refusal !== undefined) return { refusal }
  if (instance.publicIp !== '') return { address: instance.publicIp }
  const [address = ''] = await takePublicAddresses(tx, 1)
  await updatePublicIp(tx, id, address)
  return { address }
}

export interface NetworkChange extends Omit<Extract<SpecChange, { of: 'bandwidth' }>, 'of'> {
  readonly chargeType: InternetChargeType | undefined
  /** Gives the instance a static public address if it has none. */
  readonly assign: boolean
}

export type NetworkRefusal = 'not-found' | 'nothing-to-assign' | SpecRefusal

/**
 * Changes the public bandwidth of an instance, how it is paid, and whether there is a static public address: bandwidth 0 takes it
 * away.
 */
export async function changeNetwork(
  tx: Tx,
  { account, id }: { readonly account: AccountFacts; readonly id: string },
  { chargeType, assign, ...bandwidth }: NetworkChange,
): Promise<'done' | NetworkRefusal> {
  const [instance] = await lockInstances(tx, account.id, [id])
  if (instance === undefined) return 'not-found'
  const situation = specSituation(instance, account)
  const decision = decideSpecChange(situation, { of: 'bandwidth', ...bandwidth })
  if ('refusal' in decision) return decision.refusal
  if (decision.plan.of !== 'bandwidth') throw new Error('A change of bandwidth was planned as one of type.')
  const { out, in: into } = decision.plan
  if (assign && situation.hasEip) return 'eip-bound'
  if (assign && out === 0) return 'nothing-to-assign'
  const [another = ''] = assign && instance.publicIp === '' ? await takePublicAddresses(tx, 1) : []
  const keeps = out > 0
  await updatePublicSide(tx, id, {
    internetChargeType: chargeType ?? instance.internetChargeType,
    publicIp: keeps ? another || instance.publicIp : '',
    regainsPublicIp: keeps && another === '' && instance.regainsPublicIp,
    details: { ...instance.details, internetMaxBandwidthOut: out, internetMaxBandwidthIn: into },
  })
  return 'done'
}
