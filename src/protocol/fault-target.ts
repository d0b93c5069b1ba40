import type { CallTarget } from '../services/faults/faults.ts'
import { listTags } from '../store/tables/instances/instances.ts'
import type { Tx } from '../store/store.ts'
import type { Principal } from './operation.ts'
import type { RawParams } from './params.ts'

type Tags = Readonly<Record<string, string>>

/** The call as fault rules look at it: its parameters are not decoded yet. */
export function faultTarget(
  { action, params }: { readonly action: string; readonly params: RawParams },
  principal: Principal,
  tx: Tx,
): CallTarget {
  const accountId = principal.account.id
  const instanceIds = namedInstances(params)
  return {
    action,
    region: params['RegionId'],
    accountId,
    instanceIds,
    async tags() {
      return [namedTags(params), ...(await listTags(tx, accountId, instanceIds)).values()]
    },
  }
}

/** The instances that a call is about, in any of the ways in which operations name them. */
function namedInstances(params: RawParams): string[] {
  const ids = Object.keys(params)
    .filter(name => /^(?:InstanceId|ResourceId)(?:\.\d+)?$/.test(name))
    .map(name => params[name] ?? '')
  return [...ids, ...(params['InstanceIds']?.match(/i-[a-z0-9]{8,32}/g) ?? [])]
}

/** `Tag.1.Key` and `Tag.1.Value`, in any case, as they stand in a call. */
function namedTags(params: RawParams): Tags {
  const tags: Record<string, string> = {}
  for (const [name, key] of Object.entries(params)) {
    const place = /^Tag\.(\d+)\.Key$/i.exec(name)?.[1]
    if (place === undefined || key === undefined) continue
    tags[key] = params[`Tag.${place}.Value`] ?? params[`Tag.${place}.value`] ?? ''
  }
  return tags
}
