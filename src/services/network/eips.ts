import { getRegion } from '../../domain/catalogue/regions.ts'
import { type AssociationRefusal, isSettled, refusalOfAssociation } from '../../domain/network/eip-association.ts'
import { maxBandwidth } from '../../domain/network/eip.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { takeNumbers } from '../../store/tables/world/counters.ts'
import {
  deleteEip,
  type Eip,
  findEip,
  insertEips,
  lockEip,
  updateEip,
  updateHolder,
} from '../../store/tables/network/eips.ts'
import { type Instance, lockInstances } from '../../store/tables/instances/instances.ts'
import { updateEipAddress } from '../../store/tables/instances/attributes.ts'
import type { Tx } from '../../store/store.ts'
import type { Metering } from '../billing/metering.ts'
import { takePublicAddresses } from './network.ts'

interface EipServiceOptions {
  readonly clock: Clock
  readonly random: Random
  readonly meter: Metering
}

/** Which EIP is meant; without a region, whichever region has it. */
export interface EipRef {
  readonly accountId: string
  readonly regionId: string | undefined
  readonly id: string
}

export type EipOrder = Pick<
  Eip,
  'accountId' | 'regionId' | 'name' | 'description' | 'bandwidth' | 'internetChargeType' | 'isp'
> &
  Pick<Eip, 'resourceGroupId' | 'tags'> & { readonly id?: string | undefined }

/** Elastic IP addresses. Every method runs inside the caller's transaction; what they cost is metered in it too. */
export class EipService {
  readonly #options: EipServiceOptions

  constructor(options: EipServiceOptions) {
    this.#options = options
  }

  async allocate(tx: Tx, order: EipOrder): Promise<Eip> {
    const [eip] = await this.prepare(tx, order, 1)
    if (eip === undefined) throw new Error('No EIP was made.')
    await this.open(tx, [eip])
    return eip
  }

  /** EIPs that are not there yet: `open` writes them. */
  async prepare(tx: Tx, { id, ...order }: EipOrder, count: number): Promise<Eip[]> {
    const { random, clock } = this.#options
    const { idPrefix } = getRegion(order.regionId)
    const addresses = await takePublicAddresses(tx, count)
    // A number names one resource of the meter, instance or EIP.
    const firstSeq = 1 + (await takeNumbers(tx, 'instances', count))
    const common = { instanceSeq: null, instanceId: '', allocatedAt: clock.now() }
    return addresses.map((address, index) => {
      const own = { id: id ?? `eip-${idPrefix}${random.token(17)}`, seq: firstSeq + index, address }
      return Object.assign(own, order, common)
    })
  }

  async open(tx: Tx, eips: readonly Eip[]): Promise<void> {
    await insertEips(tx, eips)
    await this.#options.meter.openEips(tx, eips)
  }

  /** Binds an EIP to an instance of the account, at once. */
  async associate(
    tx: Tx,
    ref: EipRef,
    instanceId: string,
  ): Promise<'done' | 'no-eip' | 'no-instance' | AssociationRefusal> {
    const [instance] = await lockInstances(tx, ref.accountId, [instanceId])
    const eip = ownOf(await lockEip(tx, ref.id), ref)
    if (eip === undefined) return 'no-eip'
    if (instance === undefined) return 'no-instance'
    const refusal = refusalOfAssociation({ eip, instance })
    if (refusal !== undefined) return refusal
    await this.#bind(tx, eip, instance)
    return 'done'
  }

  /** Takes an EIP from the instance that has it; with `instanceId`, only from that one. */
  async unassociate(
    tx: Tx,
    ref: EipRef,
    instanceId: string | undefined,
  ): Promise<'done' | 'no-eip' | 'no-instance' | 'eip-unbound' | 'other-instance' | 'instance-unsettled'> {
    const holderId = ownOf(await findEip(tx, ref.id), ref)?.instanceId ?? ''
    const locked = await lockInstances(tx, ref.accountId, [holderId, instanceId ?? holderId])
    const eip = ownOf(await lockEip(tx, ref.id), ref)
    if (eip === undefined) return 'no-eip'
    if (instanceId !== undefined && !locked.some(instance => instance.id === instanceId)) return 'no-instance'
    if (eip.instanceSeq === null) return 'eip-unbound'
    if (eip.instanceId !== (instanceId ?? eip.instanceId)) return 'other-instance'
    const holder = locked.find(instance => instance.seq === eip.instanceSeq)
    if (holder === undefined || !isSettled(holder)) return 'instance-unsettled'
    await updateHolder(tx, eip.id, undefined)
    await updateEipAddress(tx, holder.id, '')
    await this.#updateMeter(tx, eip)
    return 'done'
  }

  /** Releases an EIP that no instance has, for good. */
  async release(tx: Tx, ref: EipRef): Promise<'done' | 'no-eip' | 'eip-in-use'> {
    const eip = ownOf(await lockEip(tx, ref.id), ref)
    if (eip === undefined) return 'no-eip'
    if (eip.instanceSeq !== null) return 'eip-in-use'
    await deleteEip(tx, eip.id)
    await this.#updateMeter(tx, eip)
    return 'done'
  }

  /** Changes what is given; bandwidth in Mbit/s. */
  async modify(
    tx: Tx,
    ref: EipRef,
    change: { readonly [Name in 'name' | 'description' | 'bandwidth']?: Eip[Name] | undefined },
  ): Promise<'done' | 'no-eip' | 'bad-bandwidth'> {
    const eip = ownOf(await lockEip(tx, ref.id), ref)
    if (eip === undefined) return 'no-eip'
    const bandwidth = change.bandwidth ?? eip.bandwidth
    if (bandwidth > maxBandwidth[eip.internetChargeType]) return 'bad-bandwidth'
    const { name = eip.name, description = eip.description } = change
    await updateEip(tx, eip.id, { name, description, bandwidth })
    await this.#updateMeter(tx, eip)
    return 'done'
  }

  async #bind(tx: Tx, eip: Eip, instance: Instance): Promise<void> {
    await updateHolder(tx, eip.id, instance)
    await updateEipAddress(tx, instance.id, eip.address)
    await this.#updateMeter(tx, eip)
  }

  #updateMeter(tx: Tx, { seq }: Eip): Promise<void> {
    return this.#options.meter.update(tx, [{ seq, at: this.#options.clock.now() }])
  }
}

/** An EIP of another account or region is none. */
function ownOf(eip: Eip | undefined, { accountId, regionId }: EipRef): Eip | undefined {
  return eip?.accountId === accountId && eip.regionId === (regionId ?? eip.regionId) ? eip : undefined
}
