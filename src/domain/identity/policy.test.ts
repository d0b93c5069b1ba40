import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgePolicy, type PolicyStatement } from './policy.ts'

const instance = 'acs:ecs:cn-hangzhou:1000000000000001:instance/i-bp1abc'

function allow(action: string | string[], resource: string | string[] = '*'): PolicyStatement {
  return { effect: 'Allow', action: [action].flat(), resource: [resource].flat() }
}

function deny(action: string | string[], resource: string | string[] = '*'): PolicyStatement {
  return { ...allow(action, resource), effect: 'Deny' }
}

test('what nothing allows is denied', () => {
  assert.equal(judgePolicy([], 'ecs:StopInstances', instance), 'ImplicitDeny')
  assert.equal(judgePolicy([allow('ecs:StartInstances')], 'ecs:StopInstances', instance), 'ImplicitDeny')
})

test('a deny beats every allow, wherever it stands', () => {
  for (const policy of [
    [allow('*'), deny('ecs:Stop*')],
    [deny('ecs:Stop*'), allow('*')],
  ]) {
    assert.equal(judgePolicy(policy, 'ecs:StopInstances', instance), 'ExplicitDeny')
    assert.equal(judgePolicy(policy, 'ecs:StartInstances', instance), 'allowed')
  }
})

test('a statement applies when one of its actions and one of its resources match', () => {
  const policy = [allow(['ecs:Start*', 'ecs:Stop*'], ['acs:ecs:cn-beijing:*:*', 'acs:ecs:cn-hangzhou:*:*'])]
  assert.equal(judgePolicy(policy, 'ecs:StopInstances', instance), 'allowed')
  assert.equal(judgePolicy(policy, 'ecs:RebootInstances', instance), 'ImplicitDeny')
  assert.equal(judgePolicy(policy, 'ecs:StopInstances', instance.replace('hangzhou', 'shanghai')), 'ImplicitDeny')
})

test('parts of two statements do not add up to one', () => {
  const policy = [allow('ecs:StopInstances', 'acs:ecs:cn-beijing:*:*'), allow('ecs:StartInstances', '*')]
  assert.equal(judgePolicy(policy, 'ecs:StopInstances', instance), 'ImplicitDeny')
})

const actions: [pattern: string, action: string, matches: boolean][] = [
  ['*', 'ecs:StopInstances', true],
  ['ecs:*', 'ecs:StopInstances', true],
  ['ecs:*', 'kms:StopInstances', false],
  ['ecs:Stop*', 'ecs:StopInstances', true],
  ['ecs:Stop*', 'ecs:StartInstances', false],
  ['ecs:StopInstance', 'ecs:StopInstances', false],
  ['ecs:StopInstance?', 'ecs:StopInstances', true],
  ['ecs:StopInstances?', 'ecs:StopInstances', false],
  ['ECS:stopinstances', 'ecs:StopInstances', true],
  ['ecs:*Instances', 'ecs:StopInstances', true],
  ['StopInstances', 'ecs:StopInstances', false],
  ['ecs.StopInstances', 'ecs:StopInstances', false],
  ['', 'ecs:StopInstances', false],
]

for (const [pattern, action, matches] of actions) {
  test(`the action "${pattern}" ${matches ? 'matches' : 'does not match'} ${action}`, () => {
    assert.equal(judgePolicy([allow(pattern)], action, instance), matches ? 'allowed' : 'ImplicitDeny')
  })
}

const resources: [pattern: string, matches: boolean][] = [
  ['*', true],
  [instance, true],
  ['acs:ecs:*:*:instance/*', true],
  ['acs:ecs:cn-hangzhou:1000000000000001:instance/i-bp1ab?', true],
  ['acs:ecs:*:*:instance/i-bp1ABC', false],
  ['acs:ecs:*:2000000000000002:instance/*', false],
  ['acs:ecs:*:*:disk/*', false],
  ['acs:ecs:cn-hangzhou:1000000000000001:instance/i-bp1ab', false],
  ['instance/i-bp1abc', false],
  ['acs:ecs:cn.hangzhou:*:instance/*', false],
  ['acs:ecs:(cn-hangzhou|cn-beijing):*', false],
  ['[a-z]*', false],
  ['acs:ecs:cn-hangzhou:*:instance/i-bp1abc$', false],
]

for (const [pattern, matches] of resources) {
  test(`the resource "${pattern}" ${matches ? 'matches' : 'does not match'}`, () => {
    assert.equal(
      judgePolicy([allow('*', pattern)], 'ecs:StopInstances', instance),
      matches ? 'allowed' : 'ImplicitDeny',
    )
  })
}

test('a long text is looked through without trying every place of every "*"', () => {
  const colons = ':'.repeat(200_000)
  const policy = [allow('*', ['acs:ecs:*:*:instance/*', '*:*:*:x'])]
  assert.equal(judgePolicy(policy, 'ecs:TagResources', `acs:ecs:cn-hangzhou:1:disk/${colons}`), 'ImplicitDeny')
})

test('all instances of a region are what "*" in a policy covers, and no one instance', () => {
  const every = 'acs:ecs:cn-hangzhou:1000000000000001:instance/*'
  assert.equal(judgePolicy([allow('*', 'acs:ecs:cn-hangzhou:*:instance/*')], 'ecs:RunInstances', every), 'allowed')
  assert.equal(judgePolicy([allow('*', instance)], 'ecs:RunInstances', every), 'ImplicitDeny')
  assert.equal(judgePolicy([allow('*'), deny('*', instance)], 'ecs:RunInstances', every), 'allowed')
})

const anywhere: [statement: PolicyStatement, verdict: string][] = [
  [deny('*', 'acs:ecs:cn-hangzhou:*:instance/*'), 'ExplicitDeny'],
  [deny('*', 'acs:ecs:cn-*:*:instance/i-bp1ab?'), 'ExplicitDeny'],
  [deny('*', 'acs:*:cn-beijing:*'), 'ExplicitDeny'],
  [deny('*', 'acs:ecs:cn-hangzhou:*:disk/*'), 'allowed'],
  [deny('*', 'acs:ecs:cn-hangzhou:2000000000000002:*'), 'allowed'],
  [deny('*', 'acs:ecs:xx-nowhere:*'), 'allowed'],
]

for (const [statement, verdict] of anywhere) {
  test(`what may be in any region is ${verdict} by a Deny on "${String(statement.resource)}"`, () => {
    const resource = instance.replace('cn-hangzhou', '*')
    assert.equal(judgePolicy([allow('*'), statement], 'ecs:StopInstances', resource), verdict)
  })
}

test('what may be in any region is allowed in all regions, or not', () => {
  const resource = instance.replace('cn-hangzhou', '*')
  const allowed = (pattern: string) => judgePolicy([allow('*', pattern)], 'ecs:StopInstances', resource)
  assert.equal(allowed('acs:ecs:*:*:instance/*'), 'allowed')
  assert.equal(allowed('acs:ecs:cn-hangzhou:*:instance/*'), 'ImplicitDeny')
})
