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
 * ignores case in actions, as RAM does; `*` stands for any text and `?` for one character.
 */
export function judgePolicy(policy: Policy, action: string, resource: string): PolicyVerdict {
  let verdict: PolicyVerdict = 'ImplicitDeny'
  for (const statement of policy) {
    const applies =
      statement.action.some(pattern => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      statement.resource.some(pattern => matches(pattern, resource))
    if (applies && statement.effect === 'Deny') return 'ExplicitDeny'
    if (applies) verdict = 'allowed'
  }
  return verdict
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`).test(text)
}
