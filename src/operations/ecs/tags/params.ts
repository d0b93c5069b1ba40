import { readTags, type TagChange, type TagFault, type Tags } from '../../../domain/tags/tags.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import type { Call } from '../../../protocol/operation.ts'
import { p } from '../../../protocol/params.ts'
import { changeTags } from '../../../services/tags/tagging.ts'

/** The resources that can carry tags; only instances do here. */
const resourceTypes = [
  'instance',
  'disk',
  'snapshot',
  'image',
  'securitygroup',
  'volume',
  'eni',
  'ddh',
  'ddhcluster',
  'keypair',
  'launchtemplate',
  'reservedinstance',
  'snapshotpolicy',
  'elasticityassurance',
  'capacityreservation',
  'command',
  'invocation',
  'activation',
  'managedinstance',
] as const

export const resourceType = <const O extends { required?: boolean }>(options: O = {} as O) =>
  p.enum(resourceTypes, { ...options, error: 'InvalidResourceType.NotFound#tags' })

/** Tags as wire parameters, with the older spelling of their fields. */
export const tagList = (options: { required?: boolean; tooMany?: ErrorName } = {}) =>
  p.repeated(p.object({ Key: p.string(), Value: p.string(), key: p.string(), value: p.string() }), {
    max: 20,
    tooMany: 'InvalidTagCount',
    about: 'list of `Key` and `Value` (legacy spelling `key`, `value`)',
    ...options,
  })

export const resourceIds = (options: { required?: boolean } = {}) =>
  p.repeated(p.string(), {
    max: 50,
    tooMany: 'NumberExceed.ResourceIds',
    about: 'list of instance ids',
    ...(options.required === true ? { required: true, mustHold: 'InvalidResourceId.NotFound' as const } : {}),
  })

/** What a change of tags is about: one instance, or several. */
export const taggedInstance = {
  RegionId: p.region({ required: true }),
  ResourceType: resourceType({ required: true }),
  ResourceId: p.string({ required: true, about: 'instance id' }),
}
export const taggedInstances = {
  RegionId: p.region({ required: true }),
  ResourceType: resourceType({ required: true }),
  ResourceId: resourceIds({ required: true }),
}

interface Tagged {
  readonly RegionId: string
  readonly ResourceId: string | readonly string[]
}

/** Changes the tags of all instances that are named, or of none. */
export async function changeTagsOf(
  call: Call<'InvalidResourceId.NotFound'>,
  { RegionId: regionId, ResourceId }: Tagged,
  change: TagChange,
): Promise<'done' | 'too-many'> {
  const where = { accountId: call.principal.account.id, regionId, instanceIds: [ResourceId].flat() }
  const outcome = await changeTags(call.tx, where, change)
  return outcome === 'not-found' ? call.fail('InvalidResourceId.NotFound') : outcome
}

interface WireTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
  readonly key?: string | undefined
  readonly value?: string | undefined
}

/** Key and value as given; either may be absent. */
export function toTag(tag: WireTag | undefined): { key: string | undefined; value: string | undefined } {
  return { key: tag?.Key ?? tag?.key, value: tag?.Value ?? tag?.value }
}

/** Tags to look for, each by its key, or by key and value. */
export function readTagFilter(
  list: readonly (WireTag | undefined)[],
  failWithoutKey: () => never,
): { key: string; value: string | undefined }[] {
  return list.map(toTag).map(({ key, value }) => ({ key: key ?? failWithoutKey(), value }))
}

const faults = {
  'malformed-key': 'InvalidTagKey.Malformed',
  'malformed-value': 'InvalidTagValue.Malformed',
  'duplicate-key': 'Duplicate.TagKey',
} as const satisfies Record<TagFault, ErrorName>

export const tagFaultErrors = Object.values(faults)

/** Tags to be put on a resource. */
export function readTagList(call: Call<(typeof faults)[TagFault]>, list: readonly (WireTag | undefined)[]): Tags {
  const read = readTags(list.map(toTag).map(({ key = '', value = '' }) => ({ key, value })))
  return 'tags' in read ? read.tags : call.fail(faults[read.fault])
}

/** Only instances have tags here; a change of others' is refused, since it would be lost. */
export function requireInstances(
  call: Call<'NotImplemented#value'>,
  action: string,
  type: (typeof resourceTypes)[number],
): void {
  if (type !== 'instance') call.fail('NotImplemented#value', { action, name: 'ResourceType', value: type })
}
