import { type Resource, toArn } from '../../domain/identity/resources.ts'
import { parseKeyArn } from '../../domain/keys/keys.ts'
import type { Tx } from '../../store/store.ts'
import { listInstanceResources } from '../../store/tables/instances/resources.ts'
import { listKeyResources } from '../../store/tables/keys.ts'
import { listEipResources } from '../../store/tables/network/eips.ts'
import { usualRegion } from '../keys/keys.ts'

/** One kind of resource that policies speak of. */
export interface ResourceKind {
  /** As ARNs spell the product and the kind: `acs:ecs:…:instance/i-…`. */
  readonly product: string
  readonly type: string
  /** How ARNs name all of them; `type/*` unless given. */
  readonly all?: string
  /** The region of a call that names none, where the product has one. */
  readonly usualRegion?: string
  /** What is meant by a name that callers may give instead of an id. */
  readonly parse?: (name: string, accountId: string) => { readonly id: string; readonly regionId: string | undefined }
  /** Those of `ids` that the account has, in one query; without it the call's region counts. */
  readonly find?: (tx: Tx, accountId: string, ids: readonly string[]) => Promise<Resource[]>
}

/** Every kind that an operation names, by a name of our own. */
export const resourceKinds = {
  instance: { product: 'ecs', type: 'instance', find: listInstanceResources },
  disk: { product: 'ecs', type: 'disk' },
  image: { product: 'ecs', type: 'image' },
  securitygroup: { product: 'ecs', type: 'securitygroup' },
  eip: { product: 'vpc', type: 'eip', find: listEipResources },
  key: { product: 'kms', type: 'key', all: 'key', usualRegion, parse: parseKeyName, find: listKeyResources },
  bill: { product: 'bss', type: 'bill', all: '*' },
  traffic: { product: 'cdt', type: 'traffic', all: '*' },
} as const satisfies Record<string, ResourceKind>

export type ResourceKindName = keyof typeof resourceKinds

/** Kinds that can be tagged but are not here have no rows, and so only a name. */
export function findEcsKind(type: string): ResourceKind {
  const kinds: readonly ResourceKind[] = Object.values(resourceKinds)
  return kinds.find(kind => kind.product === 'ecs' && kind.type === type) ?? { product: 'ecs', type }
}

/** The key that an ARN of the account names; someone else's ARN is the id of no key. */
function parseKeyName(name: string, accountId: string) {
  const arn = parseKeyArn(name)
  return arn?.accountId === accountId ? arn : { id: name, regionId: undefined }
}

/** Permission on one resource is asked for by its ARN. */
export interface AskedResource {
  readonly arn: string
  /** What the account has under this ARN; undefined for all of a kind, and when there is none. */
  readonly found: Resource | undefined
}

/** How a call names resources of one kind. */
export interface NamedResources {
  readonly accountId: string
  /** The region that the call names. */
  readonly regionId: string | undefined
  /** Without any, all of the kind in the call's region are meant. */
  readonly ids: readonly string[]
}

/**
 * What a caller must have permission for. The region is that of the resource, whatever the call says; only what the
 * account does not have is asked for in the call's region.
 */
export async function resolveResources(tx: Tx, kind: ResourceKind, named: NamedResources): Promise<AskedResource[]> {
  const { accountId } = named
  if (named.ids.length === 0) {
    const place = { accountId, regionId: named.regionId ?? kind.usualRegion }
    return [{ arn: toArn(kind.product, place, kind.all ?? `${kind.type}/*`), found: undefined }]
  }
  const refs = named.ids.map(name => kind.parse?.(name, accountId) ?? { id: name, regionId: undefined })
  const ids = refs.map(({ id }) => id)
  const resources = Map.groupBy((await kind.find?.(tx, accountId, ids)) ?? [], resource => resource.id)
  return refs.flatMap((ref): AskedResource[] => {
    const regionId = named.regionId ?? ref.regionId
    const arn = (place: { accountId: string; regionId: string | undefined }) =>
      toArn(kind.product, place, `${kind.type}/${ref.id}`)
    const owned = resources.get(ref.id)
    if (owned === undefined) return [{ arn: arn({ accountId, regionId }), found: undefined }]
    // Keys of two regions can have the same id: where the region does not tell which is meant, both are.
    const meant = owned.filter(resource => resource.regionId === regionId)
    return (meant.length > 0 ? meant : owned).map(found => ({ arn: arn(found), found }))
  })
}
