import { getRegion } from '../../domain/catalogue/regions.ts'
import { findImage } from '../../domain/catalogue/images.ts'
import { findInstanceType } from '../../domain/catalogue/instance-types.ts'
import { type AttributeChange, type AttributeRefusal, refusalOfChange } from '../../domain/instances/attributes.ts'
import { releaseTime } from '../../domain/instances/auto-release.ts'
import { lockInstances } from '../../store/tables/instances/instances.ts'
import { updateAttributes } from '../../store/tables/instances/attributes.ts'
import type { Tx } from '../../store/store.ts'
import { defaultNetwork } from '../network/network.ts'

export interface InstanceRef {
  readonly accountId: string
  readonly id: string
}

/** Changes what an instance is called and the like: all that is asked, or nothing and says why. */
export async function changeAttributes(
  tx: Tx,
  { accountId, id }: InstanceRef,
  change: AttributeChange,
): Promise<'done' | 'not-found' | AttributeRefusal> {
  const [instance] = await lockInstances(tx, accountId, [id])
  if (instance === undefined) return 'not-found'
  const refusal = refusalOfChange({
    instance,
    change,
    windows: findImage(instance.imageId)?.osType === 'windows',
    burstable: findInstanceType(instance.type)?.credits !== undefined,
    knownGroups: [defaultNetwork(accountId, getRegion(instance.regionId)).securityGroupId],
  })
  if (refusal !== undefined) return refusal
  const { details } = instance
  await updateAttributes(tx, id, {
    name: change.name ?? instance.name,
    securityGroupIds: change.securityGroupIds.length > 0 ? change.securityGroupIds : instance.securityGroupIds,
    deletionProtection: change.deletionProtection ?? instance.deletionProtection,
    autoReleaseAt: instance.autoReleaseAt,
    details: {
      ...details,
      description: change.description ?? details.description,
      hostName: change.hostName ?? details.hostName,
      userData: change.userData ?? details.userData,
      creditSpecification: change.creditSpecification ?? details.creditSpecification,
    },
  })
  return 'done'
}

/** As InstanceService.setReleaseTime; what is answered on success is the time as it is kept. */
export async function changeReleaseTime(
  tx: Tx,
  { accountId, id, regionId }: InstanceRef & { regionId: string | undefined },
  wanted: number | null,
  now: number,
): Promise<{ at: number | null } | 'not-found' | 'subscription' | 'bad-time'> {
  const [instance] = await lockInstances(tx, accountId, [id])
  if (instance === undefined || instance.regionId !== (regionId ?? instance.regionId)) return 'not-found'
  if (instance.chargeType !== 'PostPaid') return 'subscription'
  const at = wanted === null ? null : releaseTime(wanted, now)
  if (at === undefined) return 'bad-time'
  await updateAttributes(tx, id, { autoReleaseAt: at })
  return { at }
}
