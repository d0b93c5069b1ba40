import { regions } from '../catalogue/regions.ts'

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny'
  /** `ecs:StopInstances`, `ecs:Describe*`, `*`. */
  readonly action: readonly string[]
  /** `acs:ecs:cn-hangzhou:*:instance/*`, `*`. */
  readonly resource: readonly string[]
}

/** What a RAM user may do. */
export type Policy = readonly PolicyStatement[]

export type PolicyVerdict = 'allowed' | 'ImplicitDeny' | 'ExplicitDeny'

/**
 * Judges one action on one resource: a matching Deny beats every Allow, and what nothing allows is denied. Matching
 * ignores case in actions, as RAM does; `*` stands for any text and `?` for one character. A resource in no region in
 * particular (`acs:ecs:*:…`) may be in any: a Deny on one region denies it, an Allow on one region does not allow it.
 */
export function judgePolicy(policy: Policy, action: string, resource: string): PolicyVerdict {
  const statements = policy.filter(statement =>
    statement.action.some(pattern => matches(pattern.toLowerCase(), action.toLowerCase())),
  )
  const some = (effect: PolicyStatement['effect'], name: string) =>
    statements.some(one => one.effect === effect && one.resource.some(pattern => matches(pattern, name)))
  if (inEachRegion(resource).some(name => some('Deny', name))) return 'ExplicitDeny'
  return some('Allow', resource) ? 'allowed' : 'ImplicitDeny'
}

/** The resource, and if it is in no region in particular, its names in all of them. */
function inEachRegion(resource: string): string[] {
  const [, product, rest] = /^(acs:[^:]*:)\*(:.*)$/s.exec(resource) ?? []
  if (product === undefined) return [resource]
  return [resource, ...regions.map(({ id }) => `${product}${id}${rest}`)]
}

/**
 * Goes back to the last `*` only, never to one before it: a regular expression would try them all, and a long text
 * from a caller could keep the server busy for minutes.
 */
function matches(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let starTook = 0
  for (let place = 0; place < text.length;) {
    if (pattern[at] === '*') {
      star = at++
      starTook = place
    } else if (pattern[at] === '?' || pattern[at] === text[place]) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++starTook
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
