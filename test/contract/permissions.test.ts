import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PolicyStatement } from '../../src/domain/identity/policy.ts'
import { operations } from '../../src/operations/index.ts'
import { type AnyOperation, changesState, products, ramAction, wireRules } from '../../src/protocol/operation.ts'
import { decode, ParamSource } from '../../src/protocol/params.ts'
import { idsOf, kindOf } from '../../src/protocol/resources.ts'
import type { TestApp } from '../support/app.ts'
import type { Params } from '../support/client.ts'
import { createExampleWorld, exampleAccount, lists, stateOf } from '../support/examples.ts'
import { callV1, key as ownKey, type RawAnswer } from '../support/raw.ts'

// All that the examples speak of is in cn-hangzhou; an operation says itself what it is about.

const region = 'cn-hangzhou'
const otherRegion = 'cn-beijing'
const otherAccount = '2000000000000002'

type Example = Readonly<Record<string, string>>

/** A resource that an example is about. */
interface Named {
  readonly arn: string
  /** As it stands in the call; undefined for all of a kind. */
  readonly id: string | undefined
  readonly product: string
}

function resourcesOf({ access, params }: AnyOperation, example: Example): Named[] {
  const input = decode(params, new ParamSource(example))
  return [access.on].flat().flatMap((target): Named[] => {
    const kind = kindOf(target, input)
    if (kind === undefined) return [{ arn: '*', id: undefined, product: '' }]
    const { product, type, all = `${type}/*` } = kind
    const ids = idsOf(target, input)
    const where = ids.length > 0 || 'RegionId' in params ? region : '*'
    const arn = (name: string) => `acs:${product}:${where}:${exampleAccount}:${name}`
    if (ids.length === 0) return [{ arn: arn(all), id: undefined, product }]
    return ids.map(id => ({ arn: arn(`${type}/${id.split('/').at(-1)}`), id, product }))
  })
}

/** The example, with and without the region, as far as the operation can do without. */
function withAndWithoutRegion({ params }: AnyOperation, example: Example): Example[] {
  const { RegionId, ...rest } = example
  const named = { ...rest, RegionId: RegionId ?? region }
  return params['RegionId']?.required === true ? [named] : [rest, named]
}

/** The same call in the modes that the operation has. */
function inEachMode({ params }: AnyOperation, example: Example): Example[] {
  return [
    example,
    ...('BatchOptimization' in params ? [{ ...example, BatchOptimization: 'SuccessFirst' }] : []),
    ...('DryRun' in params ? [{ ...example, DryRun: 'true' }] : []),
  ]
}

type Policies = Readonly<Record<string, readonly PolicyStatement[]>>

/** RAM users for an example: which of its resources each may act on. */
function policiesFor(operation: AnyOperation, arns: readonly string[]): Policies {
  const action = [ramAction(operation)]
  const allow = (...resource: string[]): PolicyStatement => ({ effect: 'Allow', action, resource })
  const deny = (...resource: string[]): PolicyStatement => ({ effect: 'Deny', action: ['*'], resource })
  const lacking = arns.flatMap((arn, index): [string, PolicyStatement[]][] => {
    const others = arns.filter(one => one !== arn)
    return [
      [`denied resource ${index}`, [allow('*'), deny(arn)]],
      [`not allowed resource ${index}`, others.length === 0 ? [] : [allow(...others)]],
    ]
  })
  return {
    'allowed all': [allow('*')],
    'allowed its resources': [allow(...arns)],
    'allowed the region': [allow(`acs:*:${region}:*`)],
    'allowed another region': [allow(`acs:*:${otherRegion}:*`)],
    'denied the region': [allow('*'), deny(`acs:*:${region}:*`)],
    'denied another region': [allow('*'), deny(`acs:*:${otherRegion}:*`)],
    ...Object.fromEntries(lacking),
  }
}

/** Calls of one operation in a world that is as seeded: after one that may have changed it there is a new one. */
class Caller {
  readonly #operation: AnyOperation
  readonly #policies: Policies
  #server: TestApp | undefined

  constructor(operation: AnyOperation, policies: Policies) {
    this.#operation = operation
    this.#policies = policies
  }

  async server(): Promise<TestApp> {
    const users = Object.entries(this.#policies).map(([id, policy]) => ({ id: toKey(id), secret: 'secret', policy }))
    this.#server ??= await createExampleWorld(this.#operation.action, structuredClone(users) as SeedUsers)
    return this.#server
  }

  /** By the account itself unless a user is named. */
  async call(params: Params, user?: string): Promise<RawAnswer> {
    const { action, product } = this.#operation
    const { app } = await this.server()
    const signer = user === undefined ? ownKey : { accessKeyId: toKey(user), secret: 'secret' }
    const answer = await callV1(app.port, action, params, { Version: products[product] }, signer)
    if (answer.status === 200 && changesState(this.#operation)) await this[Symbol.asyncDispose]()
    return answer
  }

  /** What a call that is not denied comes to: `OK`, or the code of its error. */
  async codeOf(params: Params, user?: string): Promise<string> {
    const answer = await this.call(params, user)
    assert.ok(!this.#isDenied(answer, params), `${user}: ${answer.body} for ${JSON.stringify(params)}`)
    return answer.status === 200 ? 'OK' : answer.json()['Code']
  }

  /** The call is denied; returns the resource for which it is. */
  async expectDenied(params: Params, user: string): Promise<string> {
    const answer = await this.call(params, user)
    assert.ok(this.#isDenied(answer, params), `${user}: ${answer.body} for ${JSON.stringify(params)}`)
    return answer.json()['AccessDeniedDetail']?.AuthResource
  }

  #isDenied(answer: RawAnswer, params: Params): boolean {
    const { access, product } = this.#operation
    if (access.denied === 'empty' && params['DryRun'] === undefined) {
      return answer.status === 200 && lists(answer.json()).every(list => list.flat().length === 0)
    }
    return answer.status === 403 && answer.json()['Code'] === (wireRules[product]?.denial ?? 'Forbidden.RAM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.[Symbol.asyncDispose]()
  }
}

type SeedUsers = Parameters<typeof createExampleWorld>[1]

/** The access key id of a user. */
function toKey(user: string): string {
  return user.replaceAll(' ', '-')
}

for (const operation of operations) {
  const label = operation.product === 'Ecs' ? operation.action : `${operation.product} ${operation.action}`
  for (const { title, params } of operation.examples) {
    const resources = resourcesOf(operation, params)
    if (resources.length === 0) continue
    suite(`${label}, example "${title}"`, () => {
      describeExample(operation, params, resources)
      if (resources.some(({ id }) => id !== undefined)) describeIds(operation, params, resources)
    })
  }
}

function describeExample(operation: AnyOperation, example: Example, resources: readonly Named[]) {
  const arns = resources.map(({ arn }) => arn)
  const policies = policiesFor(operation, arns)
  const inNoRegion = arns.some(arn => /^acs:\w+:\*:/.test(arn))

  test('is denied as a whole when one of its resources or their region is, and changes nothing', async () => {
    await using caller = new Caller(operation, policies)
    const before = await stateOf(await caller.server())
    const lacking = Object.keys(policies).filter(user => user.includes(' resource '))
    // `*` is in no region: only a statement about everything allows or denies it.
    const users = ['allowed another region', ...(arns.includes('*') ? [] : ['denied the region']), ...lacking]
    for (const given of withAndWithoutRegion(operation, example).flatMap(one => inEachMode(operation, one))) {
      for (const user of users) await caller.expectDenied(given, user)
    }
    const after = await stateOf(await caller.server())
    assert.deepEqual(after, before)
  })

  test('needs permission for its resources in their region, and nothing more', async () => {
    await using caller = new Caller(operation, policies)
    for (const given of withAndWithoutRegion(operation, example)) {
      assert.equal(await caller.codeOf(given, 'allowed its resources'), 'OK')
    }
  })

  test(inNoRegion ? 'is denied in any region, since it is about all' : 'may be denied in another region', async () => {
    await using caller = new Caller(operation, policies)
    for (const given of withAndWithoutRegion(operation, example)) {
      if (inNoRegion) await caller.expectDenied(given, 'denied another region')
      else assert.equal(await caller.codeOf(given, 'denied another region'), 'OK')
    }
  })
}

function describeIds(operation: AnyOperation, example: Example, resources: readonly Named[]) {
  const arns = resources.map(({ arn }) => arn)
  const policies = policiesFor(operation, arns)
  const named = resources.filter((one): one is Named & { id: string } => one.id !== undefined)

  test('asks for what does not exist in the region of the call', async () => {
    await using caller = new Caller(operation, policies)
    for (const { id, arn } of named) {
      const missing = `${id.slice(0, -4)}9999`
      for (const known of withAndWithoutRegion(operation, example)) {
        const given = replaced(known, id, missing)
        const isRegionNamed = 'RegionId' in given || id.startsWith('acs:')
        const code = await caller.codeOf(given)
        assert.equal(await caller.codeOf(given, 'allowed all'), code)
        if (isRegionNamed) assert.equal(await caller.codeOf(given, 'allowed the region'), code)
        else await caller.expectDenied(given, 'allowed the region')
        await caller.expectDenied(given, 'denied the region')
        const asked = await caller.expectDenied(given, 'allowed its resources')
        const expected = arn.replace(/[^/]*$/, missing.split('/').at(-1) ?? '')
        assert.equal(asked, isRegionNamed ? expected : expected.replace(region, '*'))
      }
    }
  })

  test("asks for another account's resources as if they did not exist", async () => {
    const [product] = named.map(one => one.product)
    const allow = (resource: string) => [{ effect: 'Allow' as const, action: ['*'], resource: [resource] }]
    const accessKeys = [
      { id: 'own', secret: 'secret' },
      { id: 'all', secret: 'secret', policy: allow(`acs:*:*:${otherAccount}:*`) },
      { id: 'theirs', secret: 'secret', policy: allow(`acs:${product}:${region}:${exampleAccount}:*`) },
    ]
    for (const given of withAndWithoutRegion(operation, example)) {
      await using caller = new Caller(operation, policies)
      await (await caller.server()).seed({ accounts: [{ id: otherAccount, kms: 'open', accessKeys }] })
      const asked = await caller.expectDenied(given, 'theirs')
      const prefix = `acs:${product}:${'RegionId' in given ? region : '*'}:${otherAccount}:`
      assert.ok(asked.startsWith(prefix), asked)
      // Not one of the two changes anything, since there is nothing of that name.
      const answers = [await caller.call(given, 'own'), await caller.call(given, 'all')]
      const [own, all] = answers.map(answer => [answer.status, answer.json()['Code']])
      assert.deepEqual(all, own)
    }
  })

  test('asks in the region of its resources, whatever region the call names', async () => {
    await using caller = new Caller(operation, policies)
    const given = { ...example, RegionId: otherRegion }
    assert.equal(await caller.codeOf(given, 'allowed its resources'), await caller.codeOf(given))
    await caller.expectDenied(given, 'denied the region')
  })
}

function replaced(example: Example, from: string, to: string): Example {
  return Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value.replace(from, to)]))
}

/** Parameters that must be given and hold an id that no permission is asked for, with the reason. */
const notAsked: Readonly<Record<string, string>> = {
  'AssociateEipAddress InstanceId': 'the EIP alone is documented',
  'UnassociateEipAddress InstanceId': 'the EIP alone is documented',
}

for (const operation of operations) {
  const { action, access, params } = operation
  test(`${operation.product} ${action}: whoever changes a resource is asked for permission for it`, () => {
    const targets = [access.on].flat()
    if (!changesState(operation)) return
    assert.ok(targets.length > 0, 'it changes something and names nothing')
    const asked = new Set(targets.map(({ idsIn }) => idsIn))
    for (const [name, { required }] of Object.entries(params)) {
      const isId = /(Id|Ids|Arn)$/.test(name) && !['RegionId', 'ZoneId'].includes(name)
      if (!required || !isId || asked.has(name)) continue
      assert.ok(notAsked[`${action} ${name}`], `${name} names a resource that "access" does not`)
    }
  })
}
