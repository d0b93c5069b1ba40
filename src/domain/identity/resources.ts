import type { Tags } from '../tags/tags.ts'

/** What permission is asked for, as far as policies look at it. */
export interface Resource {
  readonly id: string
  readonly accountId: string
  readonly regionId: string
  readonly tags: Tags
  /** Empty where the kind of resource has no groups. */
  readonly resourceGroupId: string
}

/** The name of a resource in policies; `*` stands for a region that is not known. */
export function toArn(
  product: string,
  { regionId, accountId }: { readonly regionId: string | undefined; readonly accountId: string },
  name: string,
): string {
  return `acs:${product}:${regionId ?? '*'}:${accountId}:${name}`
}
