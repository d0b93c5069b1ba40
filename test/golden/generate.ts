import { operations } from '../../src/operations/index.ts'
import type { TestApp } from '../support/app.ts'
import { Chance } from './chance.ts'
import { type KnownInstance, Knowledge, otherRegion } from './knowledge.ts'
import { Player } from './play.ts'
import type { CallStep, Step } from './steps.ts'
import { eventTypes, type ParamText, spell, type Subject, type Taste, valuesOf } from './values.ts'
import { type AccessKey, accounts, exampleWorld, regions, richInstances, richWorld, startAt } from './world.ts'

const callCount = 5_000
/** Calls between two looks at all instances. */
const lookEvery = 50

const versions: Readonly<Record<string, string>> = {
  Ecs: '2014-05-26',
  Kms: '2016-01-20',
  Vpc: '2016-04-28',
  BssOpenApi: '2017-12-14',
  Cdt: '2021-08-13',
}

interface Operation {
  readonly product: string
  readonly action: string
  readonly params: readonly (readonly [string, ParamText])[]
  /** Parameters that are answered with 501. */
  readonly refused: readonly string[]
}

/** The operations that calls are generated for, whatever else there is: `Ecs StopInstances`, one a line. */
function readOperations(names: readonly string[]): Operation[] {
  return names.map(name => {
    const found = operations.find(({ product, action }) => `${product} ${action}` === name)
    if (found === undefined) throw new Error(`There is no operation ${name}.`)
    const params = Object.entries(found.params).sort(([a], [b]) => (a < b ? -1 : 1))
    return { product: found.product, action: found.action, params, refused: [...(found.refused ?? [])].sort() }
  })
}

/** Each operation's examples in JSON and in XML, each in a world of its own. */
export function exampleSteps(): Step[] {
  const steps: Step[] = []
  const sorted = [...operations].sort((a, b) => (`${a.product} ${a.action}` < `${b.product} ${b.action}` ? -1 : 1))
  for (const { product, action, examples } of sorted) {
    for (const { params } of examples) {
      for (const format of ['JSON', 'XML']) {
        steps.push({ kind: 'control', method: 'POST', path: '/reset' })
        steps.push({ kind: 'control', method: 'POST', path: '/seed', body: exampleWorld(action) })
        steps.push({ kind: 'call', action, version: versions[product] ?? '', params, method: 'GET', format })
      }
    }
  }
  return steps
}

/** Plays calls as they are made, since each is about what the ones before it brought about; returns them all. */
export async function generateCalls(server: TestApp, names: readonly string[]): Promise<Step[]> {
  const generator = new Generator(server, readOperations(names))
  await generator.play({ kind: 'control', method: 'POST', path: '/seed', body: richWorld() })
  await generator.look()
  for (let number = 1; number <= callCount; number++) await generator.step(number)
  for (const step of finalSteps) await generator.play(step)
  return generator.steps
}

/** What there is in the end, whole. */
const finalSteps: readonly Step[] = [
  ...['instance', 'tag', 'item', 'day'].map((by): Step => {
    return { kind: 'control', method: 'GET', path: `/cost?by=${by}`, keep: `cost-by-${by}` }
  }),
  ...Array.from({ length: 4 }, (_, page): Step => {
    const path = `/events?after=${page * 1000}&limit=1000`
    return { kind: 'control', method: 'GET', path, keep: `events-${page + 1}` }
  }),
  { kind: 'control', method: 'GET', path: '/state', keep: 'state' },
]

/** How often an action is called, where that is not once. */
const weights: Readonly<Record<string, number>> = {
  StopInstances: 9,
  StopInstance: 5,
  StartInstances: 7,
  StartInstance: 4,
  RebootInstances: 5,
  RebootInstance: 3,
  ReActivateInstances: 2,
  RunInstances: 5,
  CreateInstance: 3,
  DeleteInstances: 3,
  DeleteInstance: 2,
  DescribeInstances: 4,
  DescribeInstanceStatus: 2,
  DescribeInstancesFullStatus: 2,
  ModifyInstanceAttribute: 4,
  ModifyInstanceSpec: 3,
  ModifyInstanceNetworkSpec: 3,
  ModifyInstanceChargeType: 3,
  ModifyInstanceAutoReleaseTime: 3,
  RenewInstance: 2,
  AssociateEipAddress: 2,
  TagResources: 2,
  DescribeRegions: 0.5,
  DescribeZones: 0.5,
  DescribeInstanceTypes: 0.5,
  OpenKmsService: 0.3,
}

/** The statuses that an action is for. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  StopInstances: ['Running'],
  StopInstance: ['Running'],
  StartInstances: ['Stopped'],
  StartInstance: ['Stopped'],
  RebootInstances: ['Running'],
  RebootInstance: ['Running'],
  DeleteInstances: ['Stopped'],
  DeleteInstance: ['Stopped'],
  ModifyInstanceSpec: ['Stopped'],
  ModifyInstanceChargeType: ['Running', 'Stopped'],
  AllocatePublicIpAddress: ['Running', 'Stopped'],
}

/** Beyond so many instances of an account, calls make fewer and release more. */
const enough = 45

class Generator {
  readonly steps: Step[] = []
  readonly #player: Player
  readonly #operations: readonly Operation[]
  readonly #known = new Knowledge()
  #now = startAt
  /** What the call before was about, which may be in the middle of something now. */
  #before: { readonly key: AccessKey; readonly targets: readonly KnownInstance[] } | undefined

  constructor(server: TestApp, all: readonly Operation[]) {
    this.#player = new Player(server)
    this.#operations = all
  }

  async play(step: Step): Promise<void> {
    this.steps.push(step)
    if (step.kind === 'advance') this.#now += step.ms
    this.#known.learn(step, await this.#player.play(step))
  }

  look(): Promise<void> {
    return this.play({ kind: 'control', method: 'GET', path: '/instances?limit=1000' })
  }

  async step(number: number): Promise<void> {
    const chance = new Chance('call', number)
    await this.play(this.#call(chance, number))
    if (chance.happens(0.2)) await this.play({ kind: 'advance', ms: this.#pause(chance) })
    if (chance.happens(0.08)) await this.play(this.#change(chance))
    if (number % lookEvery === 0) await this.look()
    if (number % 800 === 0) await this.play(this.#newcomers(number))
  }

  #pause(chance: Chance): number {
    const second = 1_000
    const hour = 3_600 * second
    return chance.weighted([
      [1, 20],
      [2, 15],
      [3, 10],
      [5, 20],
      [second, 8],
      [10 * second, 5],
      [60 * second, 6],
      [5 * 60 * second, 5],
      [11 * 60 * second, 4],
      [hour, 3],
      [7 * hour, 1],
      [26 * hour, 1.2],
      [6 * 24 * hour, 0.5],
    ])
  }

  /** What replaces those that were released or ran out meanwhile. */
  #newcomers(number: number): Step {
    const [account, region] =
      number % 1600 === 0 ? ([accounts.second, 'cn-hangzhou'] as const) : ([accounts.localyun, 'cn-hangzhou'] as const)
    const body = { instances: richInstances(account, region, `wave-${number}`) }
    return { kind: 'control', method: 'POST', path: '/seed', body }
  }

  #call(chance: Chance, number: number): CallStep {
    const key = chance.weighted<AccessKey>([
      ['localyun', 75],
      ['second', 18],
      ['third', 7],
    ])
    const operation = chance.weighted(this.#operations.map(one => [one, this.#weight(one, key)] as const))
    const { action, product } = operation
    const targets = this.#targets(chance, action, key)
    this.#before = { key, targets }
    const region = targets[0]?.region ?? chance.pick(regions)
    const subject: Subject = { chance, known: this.#known, action, key, region, targets, now: this.#now }
    const params = this.#params(operation, subject)
    const format = chance.weighted<string | undefined>([
      ['JSON', 62],
      ['XML', 28],
      ['json', 3],
      ['xml', 3],
      [undefined, 3],
      ['YAML', 0.5],
    ])
    return {
      kind: 'call',
      action,
      version: versions[product] ?? '',
      params,
      method: chance.pick(['GET', 'POST']),
      key,
      ...(format === undefined ? {} : { format }),
      ...(product === 'Kms' && chance.happens(0.15) ? { host: 'kms.cn-beijing.aliyuncs.com' } : {}),
      ...(chance.happens(0.02) ? strangeEnvelope(chance, number) : {}),
    }
  }

  #weight({ action }: Operation, key: AccessKey): number {
    const usual = weights[action] ?? 1
    const isFull = this.#known.of(key).length > enough
    if (action === 'RunInstances' || action === 'CreateInstance') return isFull ? usual / 5 : usual
    if (action.startsWith('DeleteInstance')) return isFull ? usual * 2 : usual / 2
    return usual
  }

  /** The instances that a call is about: all of one region, most in a status that the action is for. */
  #targets(chance: Chance, action: string, key: AccessKey): readonly KnownInstance[] {
    if (this.#before?.key === key && this.#before.targets.length > 0 && chance.happens(0.2)) return this.#before.targets
    const own = this.#known.of(key)
    const sample = own[0]
    const fresh = this.#known.fresh.at(-1)
    if (sample !== undefined && fresh !== undefined && chance.happens(0.25)) return [{ ...sample, ...fresh }]
    const statuses = fitting[action]
    const fit = own.filter(instance => {
      if (action === 'ReActivateInstances') return instance.locks.includes('financial')
      if (/Renew/.test(action)) return instance.chargeType === 'PrePaid'
      if (statuses === undefined) return true
      return statuses.includes(instance.status) && instance.locks.length === 0
    })
    const usual = action.startsWith('DeleteInstance') ? 0.4 : 0.85
    const pool = fit.length > 0 && chance.happens(usual) ? fit : own
    const region = chance.happens(0.75) ? 'cn-hangzhou' : 'cn-beijing'
    const near = pool.filter(instance => instance.region === region)
    const candidates = near.length > 0 ? near : pool
    const count = chance.weighted([
      [1, 40],
      [2, 25],
      [3, 20],
      [6, 10],
      [15, 5],
    ])
    return chance.some(candidates, count)
  }

  #params(operation: Operation, subject: Subject): Record<string, string> {
    const { chance } = subject
    const { action, refused } = operation
    const mood = chance.weighted([
      ['valid', 62],
      ['borderline', 13],
      ['bad', 13],
      ['combined', 12],
    ] as const)
    // The same again: with a client token, a call that was tried twice.
    const before = this.#known.clientTokens.filter(call => call.action === action)
    if (before.length > 0 && chance.happens(0.15)) {
      const { params } = chance.pick(before)
      return chance.happens(0.6) ? { ...params } : { ...params, RegionId: otherRegion(subject.region) }
    }
    const required = operation.params.filter(([, param]) => param.required)
    // With a client token these end in an internal error in version 0.1.0, which is to be mended.
    const isTokenless = /^(ModifyInstanceNetworkSpec|AssociateEipAddress|UnassociateEipAddress)$/.test(action)
    const optional = operation.params.filter(
      ([name, param]) =>
        !param.required &&
        !(param.hidden && chance.happens(0.9)) &&
        name !== 'NextToken' &&
        !(name === 'ClientToken' && isTokenless),
    )
    const share = Math.min(0.5, (mood === 'combined' ? 5 : 2.2) / Math.max(1, optional.length))
    const chosen = [...required, ...optional.filter(() => chance.happens(share))]
    const isOdd = (mood === 'borderline' || mood === 'bad') && operation.params.length > 0
    const odd = isOdd ? chance.pick(operation.params)[0] : ''
    if (odd !== '' && !chosen.some(([name]) => name === odd)) chosen.push(...optional.filter(([name]) => name === odd))
    const params: Record<string, string> = {}
    for (const [name, param] of chosen) {
      const taste: Taste =
        mood === 'combined'
          ? chance.pick(['valid', 'valid', 'valid', 'borderline', 'bad'])
          : name === odd && mood !== 'valid'
            ? mood
            : 'valid'
      Object.assign(params, valuesOf(name, param, subject, taste))
    }
    complete(action, params, operation, subject)
    if (mood === 'bad' && chance.happens(0.15) && required.length > 0) drop(params, chance.pick(required)[0])
    if (mood === 'combined' && chance.happens(0.15) && refused.length > 0) params[chance.pick(refused)] = 'x'
    if (chance.happens(0.02)) params['Unheard.1.Of'] = 'x'
    return params
  }

  /** Something that no operation can do: time aside, all that makes instances differ. */
  #change(chance: Chance): Step {
    const instance = this.#known.instances.length === 0 ? undefined : chance.pick(this.#known.instances)
    const id = instance?.id ?? 'i-nothing'
    const zone = chance.pick(['cn-hangzhou-h', 'cn-beijing-h'])
    const type = chance.pick(['ecs.g7.large', 'ecs.c7.xlarge', 'ecs.r7.large'])
    const put = (path: string, body: unknown): Step => ({ kind: 'control', method: 'PUT', path, body })
    const post = (path: string, body: unknown): Step => ({ kind: 'control', method: 'POST', path, body })
    const makers: readonly (readonly [() => Step, number])[] = [
      [
        () =>
          put(`/instances/${id}/locks/${chance.pick(['security', 'financial', 'Recycling', 'refunded'])}`, undefined),
        2,
      ],
      [() => this.#unlock(chance), 6],
      [() => put(`/instances/${id}/guest`, { shutdown: chance.pick(['prompt', 'ignore', 'prompt']) }), 3],
      [() => post(`/instances/${id}/guest/poweroff`, {}), 3],
      [() => this.#systemEvent(chance, id), 6],
      [() => ({ kind: 'control', method: 'GET', path: `/instances/${id}/system-events` }), 1],
      [() => ({ kind: 'control', method: 'GET', path: `/instances/${id}` }), 3],
      [
        () =>
          put(`/accounts/${accounts.second}`, {
            balance: chance.pick([-5, 300, 50_000, 90_000]),
            kms: chance.pick(['open', 'open', 'closed']),
          }),
        2,
      ],
      [
        () =>
          put(`/accounts/${accounts.third}`, {
            balance: chance.pick([-50, 100, 30_000]),
            kms: chance.pick(['open', 'not-activated']),
          }),
        2,
      ],
      [
        () =>
          put(`/accounts/${accounts.localyun}`, {
            defaultEconomicalMode: chance.happens(0.5),
            kms: chance.pick(['open', 'open', 'open', 'open', 'open', 'closed']),
          }),
        2,
      ],
      [() => this.#kmsKey(chance), 4],
      [() => put(`/zones/${zone}/stock/${type}`, { available: chance.pick([0, 1, 5, null]) }), 4],
      [
        () =>
          put(
            `/zones/${zone}/spot-price/${type}`,
            chance.pick([{ price: 0.21 }, { price: 0.45 }, { price: 0.9 }, { factor: 0.2 }]),
          ),
        3,
      ],
      [() => post(`/instances/${this.#spot(chance)}/spot-interruption`, {}), 2],
      [() => this.#fault(chance, id), 5],
      [() => ({ kind: 'control', method: 'GET', path: '/faults' }), 1],
      [() => ({ kind: 'control', method: 'DELETE', path: '/faults' }), 2],
      [() => put(`/accounts/${accounts.localyun}/traffic/cn-hangzhou`, { add: chance.between(1, 10) * 2 ** 30 }), 1],
      [() => ({ kind: 'control', method: 'GET', path: '/cost?by=item' }), 1],
    ]
    return chance.weighted(makers)()
  }

  #unlock(chance: Chance): Step {
    const locked = this.#known.instances.filter(({ locks }) => locks.length > 0)
    const found = locked.length === 0 ? undefined : chance.pick(locked)
    const path = `/instances/${found?.id ?? 'i-nothing'}/locks/${found?.locks[0] ?? 'security'}`
    return { kind: 'control', method: 'DELETE', path }
  }

  #systemEvent(chance: Chance, id: string): Step {
    const type = chance.pick(eventTypes)
    const notBefore = chance.pick([
      {},
      { notBefore: { in: 'PT30M' } },
      { notBefore: { in: '2h' } },
      { notBefore: spell(this.#now + 60_000, true) },
    ])
    return { kind: 'control', method: 'POST', path: `/instances/${id}/system-events`, body: { type, ...notBefore } }
  }

  #kmsKey(chance: Chance): Step {
    const key = chance.weighted<AccessKey>([
      ['localyun', 3],
      ['second', 1],
    ])
    const state = chance.pick(['Enabled', 'Enabled', 'Disabled', 'PendingDeletion'])
    const body = { account: accounts[key], state, ecsTag: chance.happens(0.8), ecsAuthorized: chance.happens(0.8) }
    return {
      kind: 'control',
      method: 'PUT',
      path: `/kms-keys/cn-hangzhou/${chance.pick(this.#known.kmsKeys[key])}`,
      body,
    }
  }

  #spot(chance: Chance): string {
    const spots = this.#known.instances.filter(({ name }) => name.includes('spot'))
    return spots.length === 0 ? 'i-nothing' : chance.pick(spots).id
  }

  /** A fault that strikes once or twice; how long a slow guest takes depends on what durations are drawn from, so none is slow. */
  #fault(chance: Chance, instanceId: string): Step {
    const action = chance.pick([
      'StopInstances',
      'StartInstances',
      'RebootInstances',
      'StopInstance',
      'RunInstances',
      'DescribeInstances',
    ])
    const where = chance.pick([
      {},
      { action },
      { instanceId },
      { tag: 'env=dev' },
      { region: 'cn-hangzhou', action },
      { account: accounts.second },
    ])
    const effect = chance.pick([
      { error: { code: 'ServiceUnavailable' } },
      { error: { code: 'OperationDenied.NoStock' } },
      { error: { code: 'Made.Up', httpStatus: 418, message: 'Short <and> stout.' } },
      { throttle: {} },
      { throttle: { retryAfterMs: 1234 } },
      { latencyMs: 1 },
      { drop: 'before' },
      { drop: 'after' },
      { errorAfterCommit: { code: 'InternalError' } },
      { refuse: { code: 'OperationDenied.NoStock' } },
      { refuse: { code: 'IncorrectInstanceStatus' } },
      { stuck: true },
      { staleSeconds: 30 },
      { driverFails: 2 },
      { revert: {} },
    ])
    const often = chance.pick([{ times: 1 }, { times: 2 }, { nth: 2, times: 1 }])
    return { kind: 'control', method: 'POST', path: '/faults', body: { ...where, ...often, ...effect } }
  }
}

/** Adds what a client that knows the API gives together. */
function complete(action: string, params: Record<string, string>, operation: Operation, subject: Subject): void {
  const { chance, known } = subject
  const add = (name: string, value: string, part = 0.9) => {
    if (
      params[name] === undefined &&
      operation.params.some(([known]) => known === name.split('.')[0]) &&
      chance.happens(part)
    ) {
      params[name] = value
    }
  }
  const has = (name: string) => params[name] !== undefined
  if (action === 'RunInstances' || action === 'CreateInstance') {
    if (!has('ImageFamily'))
      add(
        'ImageId',
        chance.pick(['aliyun_3_x64_20G_alibase_20240528.vhd', 'ubuntu_22_04_x64_20G_alibase_20240528.vhd']),
        0.95,
      )
    add('InstanceType', chance.pick(['ecs.g7.large', 'ecs.c7.xlarge', 'ecs.c7.large']), 0.95)
    add('InternetMaxBandwidthOut', chance.pick(['5', '10']), 0.2)
    if (params['InstanceChargeType'] === 'PrePaid') add('Period', chance.pick(['1', '2', '3']))
    if (has('AutoRenewPeriod')) add('AutoRenew', 'true')
    if (params['SpotStrategy'] === 'SpotWithPriceLimit') add('SpotPriceLimit', chance.pick(['0.1', '0.5', '2']))
    if (has('SpotInterruptionBehavior') || has('SpotDuration')) add('SpotStrategy', 'SpotAsPriceGo')
    if (has('MinAmount')) add('Amount', '3')
  }
  if ((action === 'ModifyInstanceChargeType' || action === 'RenewInstance') && !has('ExpectedRenewDay'))
    add('Period', chance.pick(['1', '3']), 0.8)
  if (action === 'ModifyInstanceSpec' && !Object.keys(params).some(name => name.startsWith('InternetMaxBandwidth')))
    add('InstanceType', chance.pick(['ecs.g7.xlarge', 'ecs.c7.large', 'ecs.r7.large']), 0.85)
  if (action === 'ModifyInstanceNetworkSpec') add('InternetMaxBandwidthOut', chance.pick(['0', '5', '20']), 0.7)
  if (action === 'ModifyInstanceAutoReleaseTime') add('AutoReleaseTime', spell(subject.now + 45 * 60_000, false), 0.8)
  if (action === 'DescribeInstanceAutoRenewAttribute') add('InstanceId', subject.targets[0]?.id ?? 'x', 0.8)
  if (params['RenewalStatus'] === 'AutoRenewal') add('Duration', '1')
  if (action === 'DeleteInstance' || action === 'DeleteInstances') add('Force', 'true', 0.3)
  if (has('ResourceId.1') || action === 'ListTagResources') add('ResourceType', 'instance')
  if (action === 'TagResources' || action === 'AddTags') {
    add('Tag.1.Key', 'env')
    add('Tag.1.Value', chance.pick(['dev', 'prod']))
  }
  if (action === 'DescribeInstanceBill') {
    if (params['Granularity'] === 'DAILY') add('BillingDate', new Date(subject.now).toISOString().slice(0, 10))
    if (has('BillingDate')) add('Granularity', 'DAILY')
  }
  if (has('RotationInterval')) add('EnableAutomaticRotation', 'true')
  if (params['EnableAutomaticRotation'] === 'true') add('RotationInterval', '30d')
  const token = known.nextTokens.get(action)
  if (token !== undefined && (has('MaxResults') || action === 'DescribeInstanceBill') && chance.happens(0.5)) {
    params['NextToken'] = token
  }
}

function drop(params: Record<string, string>, name: string): void {
  for (const key of Object.keys(params)) if (key === name || key.startsWith(`${name}.`)) delete params[key]
}

/** What is wrong before anybody looks at the parameters; none of it brings the machine's time into the answer. */
function strangeEnvelope(chance: Chance, number: number): Partial<CallStep> {
  return chance.pick<Partial<CallStep>>([
    { common: { Timestamp: 'now' } },
    { common: { Timestamp: null } },
    { common: { SignatureNonce: 'always the same' } },
    { common: { SignatureNonce: null } },
    { common: { AccessKeyId: 'stranger' } },
    { common: { AccessKeyId: 'asleep' } },
    { common: { AccessKeyId: null } },
    { common: { SignatureMethod: 'HMAC-MD5' } },
    { common: { SignatureVersion: '9' } },
    { common: { Version: '1999-01-01' } },
    { common: { Version: null } },
    { common: { Action: `NoSuchAction${number % 3}` } },
    { common: { Action: null } },
    { common: { Timestamp: '2001-01-01T00:00:00Z' } },
  ])
}

/**
 * Stops, starts and reboots that take the time of the short profile, which is drawn for each: where that changes, these
 * answers do, and no others.
 */
export async function generateDurations(server: TestApp): Promise<Step[]> {
  const steps: Step[] = []
  using player = new Player(server)
  const known = new Knowledge()
  const play = async (step: Step) => {
    steps.push(step)
    known.learn(step, await player.play(step))
  }
  const common = {
    kind: 'call',
    version: versions['Ecs'] ?? '',
    method: 'POST',
    format: 'JSON',
    key: 'localyun',
  } as const
  const look: Step = { kind: 'control', method: 'GET', path: '/instances?limit=1000' }
  const region = 'cn-hangzhou'
  await play({
    kind: 'control',
    method: 'POST',
    path: '/seed',
    body: {
      instances: [
        { count: 12, region, name: 'web', publicIp: true },
        { count: 3, region, name: 'slow', guest: { shutdown: 'slow', seconds: 90 } },
        { region, name: 'stubborn', guest: { shutdown: 'ignore' } },
      ],
    },
  })
  await play(look)
  const ids = known.instances.map(({ id }) => id)
  const list = (from: number, to: number) =>
    Object.fromEntries(ids.slice(from, to).map((id, index) => [`InstanceId.${index + 1}`, id]))
  const call = (action: string, params: Record<string, string>) =>
    play({ ...common, action, params: { RegionId: region, ...params } })
  const advance = async (ms: number) => {
    await play({ kind: 'advance', ms })
    await play(look)
  }
  await call('StopInstances', { ...list(0, 6), StoppedMode: 'StopCharging' })
  await call('StopInstances', { ...list(6, 16) })
  await call('RebootInstances', { ...list(0, 2) })
  for (const ms of [2_700, 100, 100, 100, 100, 100, 100, 1_000]) await advance(ms)
  await call('StartInstances', { ...list(0, 10), BatchOptimization: 'SuccessFirst' })
  for (const ms of [2_800, 100, 100, 100, 100, 100]) await advance(ms)
  await call('RebootInstances', { ...list(0, 6) })
  await call('StopInstances', { ...list(6, 8), ForceStop: 'true' })
  await call('RunInstances', {
    ImageId: 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: 'ecs.g7.large',
    Amount: '5',
  })
  for (const ms of [950, 100, 100, 2_000, 1_000, 3_000, 80_000, 10_000, 10_000, 600_000]) await advance(ms)
  await play({ kind: 'control', method: 'GET', path: '/events?limit=1000', keep: 'events' })
  return steps
}
