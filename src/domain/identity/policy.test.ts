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
