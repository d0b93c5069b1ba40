import { findEcsKind, type ResourceKind, type ResourceKindName, resourceKinds } from '../services/identity/resources.ts'

/**
 * Resources that a call is about, as `access` names them: the kind, and the parameter that holds their ids. Where that
 * is left out, as in most queries, permission is asked for all resources of the kind in the call's region.
 */
export interface Target<Name extends string = string> {
  readonly kind: ResourceKindName | { readonly ecsTypeIn: Name } | 'anything'
  readonly idsIn?: Name
  /** Stands between the ids where the parameter holds several in one text. */
  readonly separator?: string
}

interface IdsOptions {
  readonly separator?: string
}

/** Resources of a kind whose ids, one or many, stand in a parameter. */
const named =
  (kind: ResourceKindName) =>
  <const Name extends string>(idsIn: Name, options: IdsOptions = {}): Target<Name> => ({ kind, idsIn, ...options })

export const instance = named('instance')
export const eip = named('eip')
export const key = named('key')

/** ECS resources whose type stands in one parameter and their ids in another. */
export function tagged<const Name extends string>(ecsTypeIn: Name, idsIn: Name): Target<Name> {
  return { kind: { ecsTypeIn }, idsIn }
}

/** All of a kind in the call's region: what a query looks through, or where something new is to be. */
export function every(kind: ResourceKindName): Target<never> {
  return { kind }
}

/** An action that can be permitted on `*` only. */
export const anything: Target<never> = { kind: 'anything' }

/** Needs no permission. */
export const nothing: readonly Target<never>[] = []

type Input = Readonly<Record<string, unknown>>

/** The kind of a target in this call; undefined for `anything`. */
export function kindOf({ kind }: Target, input: Input): ResourceKind | undefined {
  if (kind === 'anything') return undefined
  return typeof kind === 'string' ? resourceKinds[kind] : findEcsKind(String(input[kind.ecsTypeIn]))
}

/** The ids that a call names for a target, each once. */
export function idsOf({ idsIn, separator }: Target, input: Input): string[] {
  const value = idsIn === undefined ? undefined : (input[idsIn] as string | readonly string[] | undefined)
  const texts = typeof value === 'string' ? [value] : (value ?? [])
  const ids = separator === undefined ? texts : texts.flatMap(text => text.split(separator).map(id => id.trim()))
  return [...new Set(ids)].filter(id => id !== '')
}
