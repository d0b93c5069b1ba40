import type { Chance } from './chance.ts'
import { type KnownInstance, type Knowledge, otherRegion } from './knowledge.ts'
import { type AccessKey, accounts } from './world.ts'

/** What describes a parameter, to documents as to the generator. */
export interface ParamText {
  readonly kind: string
  readonly required: boolean
  readonly hidden: boolean
  readonly about: string
  readonly badValue: string | undefined
}

/** valid: a client that knows what it does; borderline: the ends of ranges; bad: what must be refused. */
export type Taste = 'valid' | 'borderline' | 'bad'

/** What a call is about. */
export interface Subject {
  readonly chance: Chance
  readonly known: Knowledge
  readonly action: string
  readonly key: AccessKey
  readonly region: string
  /** Its first is what single ids mean. */
  readonly targets: readonly KnownInstance[]
  /** Instance time, ms. */
  readonly now: number
}

const types = [
  'ecs.g7.large',
  'ecs.g7.large',
  'ecs.g7.xlarge',
  'ecs.c7.xlarge',
  'ecs.c7.large',
  'ecs.r7.large',
  'ecs.t6-c1m2.large',
  'ecs.e-c1m2.large',
  'ecs.d1.2xlarge',
  'ecs.s6-c1m2.small',
] as const
const images = [
  'aliyun_3_x64_20G_alibase_20240528.vhd',
  'ubuntu_22_04_x64_20G_alibase_20240528.vhd',
  'centos_7_9_x64_20G_alibase_20240528.vhd',
  'm-bp1example0000000001',
] as const
const windows = 'win2022_21H2_x64_dtc_zh-cn_40G_alibase_20240528.vhd'
const categories = [
  'cloud_essd',
  'cloud_essd',
  'cloud_efficiency',
  'cloud_ssd',
  'cloud_auto',
  'cloud_essd_entry',
] as const
const tagPairs = [
  ['env', 'dev'],
  ['env', 'prod'],
  ['app', 'web'],
  ['team', 'night shift'],
  ['quote', `<"&'>`],
  ['empty', ''],
] as const

/** Texts that ordinary software chokes on. */
const oddTexts = [
  '',
  ' ',
  '<&>"\'',
  '🙂',
  'null',
  '-1',
  '0',
  'x'.repeat(300),
  '%2F',
  '[]',
  '{"a":1}',
  'ä',
  '1e3',
  'true',
] as const

/** The parameters that say the value of `name`, under the names on the wire; none when there is nothing to say. */
export function valuesOf(name: string, param: ParamText, subject: Subject, taste: Taste): Record<string, string> {
  const { chance } = subject
  if (taste === 'bad' && param.badValue !== undefined && chance.happens(0.6)) {
    return { [param.kind === 'repeated' ? `${name}.1` : name]: param.badValue }
  }
  switch (param.kind) {
    case 'repeated':
      return repeated(name, param, subject, taste)
    case 'object':
      return object(name, subject, taste)
    default: {
      const value = scalar(name, param, subject, taste)
      return value === undefined ? {} : { [name]: value }
    }
  }
}

function scalar(name: string, param: ParamText, subject: Subject, taste: Taste): string | undefined {
  const { chance } = subject
  switch (param.kind) {
    case 'region':
      if (taste === 'bad' && chance.happens(0.3)) return 'xx-nowhere'
      return taste === 'borderline' ? otherRegion(subject.region) : subject.region
    case 'enum':
      return enumValue(name, param, chance, taste)
    case 'boolean':
      if (taste === 'bad') return chance.pick(['perhaps', '1', 'yes'])
      if (name === 'DryRun' && chance.happens(0.5)) return 'false'
      return chance.pick(taste === 'borderline' ? ['True', 'FALSE', 'tRuE'] : ['true', 'true', 'false'])
    case 'integer':
    case 'number':
      return numberValue(name, param, subject, taste)
    case 'time':
      return timeValue(subject, taste)
    case 'json':
      return jsonValue(name, subject, taste)
    default:
      return textValue(name, subject, taste)
  }
}

function enumValue(name: string, { about }: ParamText, chance: Chance, taste: Taste): string {
  const values = [...(about.split(';')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, value = '']) => value)
  if (taste === 'bad') return chance.pick(['Nonsense', (values[0] ?? '').toUpperCase(), ' '])
  if (name === 'ResourceType' && chance.happens(0.85)) return 'instance'
  if (name === 'InstanceType' && chance.happens(0.8)) return 'EcsInstance'
  if (name === 'ISP' && chance.happens(0.8)) return 'BGP'
  return chance.pick(values)
}

function numberValue(name: string, { about, kind }: ParamText, { chance }: Subject, taste: Taste): string {
  const [, from, to] = /, (\d+|any) to (\d+)/.exec(about) ?? []
  const min = Number(from ?? /at least (\d+)/.exec(about)?.[1] ?? 0)
  const max = Number(to ?? (name === 'PageNumber' ? 3 : 100))
  if (taste === 'bad') return chance.pick([String(min - 1), String(max + 1), '1.5', '١', '', '99999999999999999999'])
  if (taste === 'borderline') return String(chance.pick([min, max]))
  if (name === 'Period' || name === 'AutoRenewPeriod' || name === 'Duration')
    return chance.pick(['1', '2', '3', '6', '12'])
  if (name === 'Amount' || name === 'MinAmount') return String(chance.between(1, 3))
  if (name === 'PageSize' || name === 'MaxResults') return chance.pick(['1', '3', '10', '20', '50'])
  if (name === 'PageNumber') return chance.pick(['1', '1', '2', '4'])
  if (name === 'SpotPriceLimit') return chance.pick(['0.05', '0.3', '0.31', '2'])
  if (name === 'Bandwidth') return chance.pick(['1', '2', '5', '20'])
  if (name === 'SpotDuration') return chance.pick(['0', '1', '1'])
  if (kind === 'number') return chance.pick(['0.5', '2', '4', '8', '16'])
  return String(chance.between(min, Math.min(max, min + 60)))
}

function timeValue({ chance, now }: Subject, taste: Taste): string {
  const minute = 60_000
  const hour = 60 * minute
  if (taste === 'bad')
    return chance.pick(['tomorrow', '2026-13-01T00:00Z', '2026-10-01 00:00', spell(now - hour, true)])
  const ahead =
    taste === 'borderline'
      ? chance.pick([29 * minute, 30 * minute, 31 * minute, 3 * 365 * 24 * hour, 3 * 365 * 24 * hour + hour, -minute])
      : chance.pick([35 * minute, hour, 2 * hour, 26 * hour, 5 * 24 * hour])
  return spell(now + ahead, chance.happens(0.5))
}

/** A time as calls spell it. */
export function spell(at: number, withSeconds: boolean): string {
  return `${new Date(at).toISOString().slice(0, withSeconds ? 19 : 16)}Z`
}

function jsonValue(name: string, subject: Subject, taste: Taste): string {
  const { chance, known, targets, key } = subject
  const instances = known.of(key)
  const some = (texts: readonly string[]) =>
    JSON.stringify(
      chance.some(
        texts.filter(text => text !== ''),
        chance.between(1, 3),
      ),
    )
  if (taste === 'bad') return chance.pick(['[', '{}', '[1]', '""', 'x', '[null]', JSON.stringify(Array(101).fill('x'))])
  if (taste === 'borderline')
    return chance.pick(['[]', '["x"]', JSON.stringify(Array(100).fill('i-bp1nothing')), '["",""]'])
  switch (name) {
    case 'InstanceIds':
      return JSON.stringify(targets.map(({ id }) => id))
    case 'DiskIds':
      return some([...known.ids('d'), 'd-bp1nothing00000'])
    case 'SecurityGroupIds':
      return some([...known.ids('sg'), 'sg-bp1nothing000'])
    case 'EipAddresses':
      return some([...instances.map(({ eip }) => eip), '198.18.9.9'])
    case 'PublicIpAddresses':
      return some([...instances.map(({ publicIp }) => publicIp), '198.18.9.9'])
    case 'PrivateIpAddresses':
      return some([...instances.map(({ privateIp }) => privateIp), '10.9.9.9'])
    case 'TagKeys':
      return some(tagPairs.map(([tag]) => tag))
    case 'Tags':
      return JSON.stringify(
        chance.some(tagPairs, chance.between(1, 3)).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      )
    default:
      return some(['192.168.0.1'])
  }
}

/** Texts by the name of the parameter. */
const texts: Readonly<Record<string, (subject: Subject) => string>> = {
  InstanceId: ({ targets }) => targets[0]?.id ?? 'i-bp1nothing0000000',
  InstanceID: ({ targets, chance, key, known }) =>
    chance.happens(0.8) ? (targets[0]?.id ?? '') : chance.pick([...known.eips[key].map(({ id }) => id), 'x']),
  AssociatedInstanceId: ({ targets }) => targets[0]?.id ?? 'i-bp1nothing0000000',
  ResourceId: ({ targets }) => targets[0]?.id ?? 'i-bp1nothing0000000',
  AllocationId: subject => eipOf(subject),
  EipAddress: ({ targets, chance }) =>
    targets.find(({ eip }) => eip !== '')?.eip ?? chance.pick(['198.18.0.1', '198.18.0.4']),
  EipName: ({ chance }) => chance.pick(['spare', 'north', 'nothing']),
  KeyId: subject => kmsKey(subject),
  ProtectedResourceArn: subject => `acs:kms:${subject.region}:${accounts[subject.key]}:key/${plainKey(subject)}`,
  KMSKeyId: subject => plainKey(subject),
  InstanceType: ({ chance }) => chance.pick(types),
  InstanceTypeFamily: ({ chance }) => chance.pick(['ecs.g7', 'ecs.c7', 'ecs.d1', 'ecs.t6']),
  InstanceCategory: ({ chance }) => chance.pick(['General-purpose', 'Compute-optimized', 'Big data']),
  GPUSpec: ({ chance }) => chance.pick(['NVIDIA T4', 'NVIDIA V100']),
  ImageId: ({ chance }) => chance.pick([...images, ...images, windows]),
  ImageFamily: ({ chance }) => chance.pick(['acs:ubuntu_22_04_x64', 'acs:alibaba_cloud_linux_3_x64']),
  ImageName: ({ chance }) => chance.pick(['ubuntu', 'aliyun', 'win']),
  ZoneId: ({ chance, region }) => `${region}-${chance.pick(['h', 'h', 'i', 'g'])}`,
  VSwitchId: ({ chance, known }) => chance.pick([...known.ids('vsw'), 'vsw-bp1nothing00000']),
  VpcId: ({ chance, known }) => chance.pick([...known.ids('vpc'), 'vpc-bp1nothing00000']),
  SecurityGroupId: ({ chance, known }) => chance.pick([...known.ids('sg'), 'sg-bp1nothing00000']),
  SnapshotId: () => 's-bp1example0000000',
  RegionId: ({ chance, region }) => chance.pick([region, region, 'ap-southeast-1']),
  ClientToken: ({ chance }) => `token-${chance.between(1, 10_000)}`,
  InstanceName: ({ chance }) => chance.pick(['web', 'web-[1,3]-x', 'night shift', 'main-*', 'name_1', '名前']),
  HostName: ({ chance }) => chance.pick(['web-1', 'host[10,2]x', 'db.internal', 'a1']),
  Name: ({ chance }) => chance.pick(['spare', 'gate-1', 'north:2']),
  Description: ({ chance }) => chance.pick(['A test.', '第二台', 'Line <1> & "2"']),
  DeletionProtectionDescription: () => 'Payments depend on it.',
  DiskName: ({ chance }) => chance.pick(['data', 'logs', 'da*']),
  Password: ({ chance }) => chance.pick(['Secret-123', 'Pass.word.9', 'aB3$aB3$']),
  KeyPairName: ({ chance }) => chance.pick(['ops', 'keys.1']),
  RamRoleName: () => 'EcsRole',
  ResourceGroupId: () => 'rg-acfmexample',
  UserData: ({ chance }) => Buffer.from(`#!/bin/sh\necho ${chance.between(1, 99)}\n`).toString('base64'),
  PrivateIpAddress: ({ chance, targets }) => targets[0]?.privateIp ?? `10.64.0.${chance.between(1, 250)}`,
  Category: ({ chance }) => chance.pick(categories),
  SystemDiskCategory: ({ chance }) => chance.pick(categories),
  DataDiskCategory: ({ chance }) => chance.pick(categories),
  Status: ({ chance }) => chance.pick(['Available', 'ALL', 'Available,Waiting']),
  EventType: ({ chance }) => chance.pick(eventTypes),
  BillingCycle: ({ now }) => new Date(now + 8 * 3_600_000).toISOString().slice(0, 7),
  BillingDate: ({ now, chance }) =>
    new Date(now + 8 * 3_600_000 - chance.between(0, 3) * 86_400_000).toISOString().slice(0, 10),
  ProductCode: ({ chance }) => chance.pick(['ecs', 'eip']),
  PipCode: ({ chance }) => chance.pick(['ecs', 'eip']),
  ProductType: () => '',
  ISP: () => 'BGP',
  RotationInterval: ({ chance }) => chance.pick(['7d', '30d', '168h', '365d']),
  NextToken: ({ known, action }) => known.nextTokens.get(action) ?? '',
  SecurityGroupName: ({ chance }) => chance.pick(['default', 'Default']),
}

export const eventTypes = [
  'SystemMaintenance.Reboot',
  'SystemMaintenance.Stop',
  'SystemFailure.Reboot',
  'SystemFailure.Stop',
  'SystemFailure.Delete',
  'InstanceFailure.Reboot',
  'SystemMaintenance.Redeploy',
  'InstanceExpiration.Stop',
  'AccountUnbalanced.Stop',
] as const

/** Ids and names that are well formed and wrong. */
const nearlyRight: Readonly<Record<string, readonly string[]>> = {
  AllocationId: ['eip-bp1nothing00000000', 'eip-!', ''],
  KeyId: ['alias/nothing', 'acs:kms:cn-hangzhou:1:key/x', '1234abcd-12ab-34cd-56ef-nothing00000', 'alias/'],
  ProtectedResourceArn: [
    'x',
    'acs:kms:cn-hangzhou:1000000000000001:key/nothing',
    'acs:ecs:cn-hangzhou:1000000000000001:instance/i-1',
  ],
  InstanceType: ['ecs.zz9.huge', 'g7.large', 'ecs.c8y.large'],
  ImageId: ['nothing.vhd', 'm-bp1import00000000x!', 'aliyun_3_arm64_20G_alibase_20240528.vhd'],
  ImageFamily: ['acs:nothing', 'ubuntu'],
  ZoneId: ['cn-hangzhou-z', 'cn-beijing-a', 'ap-southeast-1a'],
  ClientToken: ['ä', 'x'.repeat(64)],
  InstanceName: ['x', '1abc', 'http://x', 'x'.repeat(128), 'x'.repeat(129), 'web-[1,9]'],
  HostName: ['-x', 'a..b', 'x'.repeat(65), '1234'],
  Password: ['short', 'alllowercase', '/Secret-123', 'x'.repeat(31)],
  UserData: ['***', Buffer.alloc(33_000, 'x').toString('base64').slice(0, 200) + '!'],
  PrivateIpAddress: ['10.0.0.1', '300.1.1.1', '192.168.1.1', '10.64.0.9'],
  Category: ['cloud', 'ephemeral_ssd', 'cloud_nothing'],
  BillingCycle: ['2026-00', '2019-01', '2027-01'],
  RotationInterval: ['6d', '731d', '10x', '167h'],
  SecurityGroupId: ['sg-nothing', 'default'],
  VSwitchId: ['vsw-nothing', 'default'],
  KMSKeyId: ['nothing', 'alias/x'],
}

function textValue(name: string, subject: Subject, taste: Taste): string | undefined {
  const { chance, known } = subject
  if (taste === 'valid') return texts[name]?.(subject) ?? 'some-text'
  const isInstance = /^(InstanceId|InstanceID|ResourceId|AssociatedInstanceId)$/.test(name)
  const wrong = isInstance ? strangeInstances(subject) : (nearlyRight[name] ?? [])
  if (taste === 'borderline') {
    const ids =
      name === 'InstanceId' && /AutoRenew|DescribeDisks/.test(subject.action)
        ? subject.targets.map(({ id }) => id).join(',')
        : ''
    if (ids !== '' && chance.happens(0.7)) return ids
    if (name === 'KeyId') return `acs:kms:${subject.region}:${accounts[subject.key]}:key/${plainKey(subject)}`
    if (name === 'AllocationId') return chance.pick([...known.eips.localyun, ...known.eips.second].map(({ id }) => id))
    return wrong.length > 0 && chance.happens(0.6) ? chance.pick(wrong) : (texts[name]?.(subject) ?? 'x')
  }
  return chance.pick(wrong.length > 0 && chance.happens(0.7) ? wrong : oddTexts)
}

/** Ids that this caller has no instance of: released, another account's, made up, malformed. */
function strangeInstances({ known, key, chance }: Subject): string[] {
  const others = known.instances.filter(({ account }) => account !== accounts[key]).map(({ id }) => id)
  const strangers = ['i-bp1nothing00000000', 'i-!', 'i-BP1UPPER0000000000']
  return [...chance.some([...known.gone], 3), ...chance.some(others, 2), ...strangers]
}

function eipOf({ chance, known, key, targets, action, region }: Subject): string {
  const held = targets.map(({ eipId }) => eipId).filter(id => id !== '')
  if (held.length > 0 && chance.happens(action.startsWith('Associate') ? 0.2 : 0.8)) return chance.pick(held)
  const bound = new Set(known.instances.map(({ eipId }) => eipId))
  const near = known.eips[key].filter(eip => eip.region === region)
  const free = near.filter(({ id }) => !bound.has(id))
  const eips = free.length > 0 && chance.happens(0.8) ? free : near
  return chance.pick([
    ...eips.map(({ id }) => id),
    ...(eips.length === 0 || chance.happens(0.1) ? ['eip-bp1nothing00000000'] : []),
  ])
}

function plainKey({ chance, known, key }: Subject): string {
  return chance.happens(0.3) ? (known.kmsKeys[key][0] ?? '') : chance.pick(known.kmsKeys[key])
}

function kmsKey(subject: Subject): string {
  const id = plainKey(subject)
  return subject.chance.happens(0.85) ? id : `acs:kms:${subject.region}:${accounts[subject.key]}:key/${id}`
}

function repeated(name: string, { about }: ParamText, subject: Subject, taste: Taste): Record<string, string> {
  const { chance, targets } = subject
  const most = Number(/1 to (\d+) of them/.exec(about)?.[1] ?? 3)
  if (taste === 'bad' && chance.happens(0.3)) {
    return chance.pick([
      { [name]: 'x' },
      { [`${name}.x`]: 'y' },
      { [`${name}.0`]: '' },
      numbered(name, Array<string>(most + 1).fill(targets[0]?.id ?? 'x')),
      { [`${name}.1000000`]: 'x' },
    ])
  }
  switch (name) {
    case 'InstanceId':
    case 'ResourceId':
      return instanceIds(name, subject, taste, most)
    case 'Tag':
      return tagParams(name, subject, taste, most)
    case 'DataDisk': {
      const count = taste === 'valid' ? chance.between(1, 2) : chance.pick([1, most])
      const disks = Array.from({ length: count }, (_, index) => disk(`${name}.${index + 1}`, subject, taste, false))
      return Object.assign({}, ...disks) as Record<string, string>
    }
    case 'Filter':
      return {
        [`${name}.1.Key`]: 'CreationStartTime',
        [`${name}.1.Value`]: spell(subject.now - chance.between(0, 30) * 86_400_000, false),
        ...(chance.happens(0.5)
          ? { [`${name}.2.Key`]: 'CreationEndTime', [`${name}.2.Value`]: spell(subject.now, false) }
          : {}),
      }
    case 'NetworkInterface':
      return {
        [`${name}.1.InstanceType`]: 'Primary',
        [`${name}.1.VSwitchId`]: texts['VSwitchId']?.(subject) ?? '',
        [`${name}.1.SecurityGroupId`]: texts['SecurityGroupId']?.(subject) ?? '',
      }
    default:
      return numbered(name, plainItems(name, subject, taste))
  }
}

function plainItems(name: string, subject: Subject, taste: Taste): string[] {
  const { chance, known } = subject
  if (taste === 'bad') return [chance.pick(oddTexts)]
  const count = chance.between(1, 3)
  switch (name) {
    case 'InstanceTypes':
      return chance.some(types, count)
    case 'EventId':
      return chance.some([...known.ids('e'), 'e-bp1nothing000000'], count)
    case 'InstanceEventType':
      return chance.some(eventTypes, count)
    case 'InstanceEventCycleStatus':
      return chance.some(['Scheduled', 'Executing', 'Executed', 'Avoided', 'Canceled'], count)
    case 'SecurityGroupIds':
      return chance.some(known.ids('sg'), 1)
    case 'TagKey':
      return chance.some(['env', 'app', 'team', 'nothing'], count)
    case 'AdditionalAttributes':
      return chance.some(['META_OPTIONS', 'CPU_OPTIONS_TOPOLOGY', 'NETWORK_PRIMARY_ENI_IP'], count)
    default:
      return ['x']
  }
}

function instanceIds(name: string, subject: Subject, taste: Taste, most: number): Record<string, string> {
  const { chance, targets, known, key } = subject
  const ids = targets.map(({ id }) => id)
  if (taste === 'bad')
    return numbered(name, chance.some([...ids, ...chance.some(strangeInstances(subject), 2)], ids.length + 2))
  if (taste === 'valid') return numbered(name, ids.slice(0, most))
  return chance.pick([
    numbered(name, [...ids, ...ids]),
    numbered(
      name,
      known
        .of(key)
        .map(({ id }) => id)
        .slice(0, most),
    ),
    numbered(
      name,
      Array.from({ length: most }, (_, index) => ids[index] ?? `i-bp1nothing${String(index).padStart(8, '0')}`),
    ),
    Object.fromEntries(ids.map((id, index) => [`${name}.${(ids.length - index) * 7}`, id])),
    { [`${name}.1`]: ids[0] ?? '', [`${name}.2`]: '' },
    numbered(
      name,
      known
        .of(key)
        .filter(({ region }) => region !== subject.region)
        .map(({ id }) => id)
        .slice(0, 3),
    ),
  ])
}

function tagParams(name: string, { chance }: Subject, taste: Taste, most: number): Record<string, string> {
  const pairs: (readonly [string, string])[] = chance.some(tagPairs, chance.between(1, 2))
  if (taste === 'bad') {
    const wrong = [
      ['', 'x'],
      ['acs:env', 'x'],
      ['aliyun', 'x'],
      ['http://x', 'x'],
      ['x'.repeat(129), 'x'],
      ['long', 'x'.repeat(129)],
      ['v', 'http://x'],
      ['env', 'acs:x'],
    ] as const
    pairs.push(chance.pick(wrong))
  }
  if (taste === 'borderline') {
    if (chance.happens(0.3)) pairs.push(...pairs)
    else for (let index = pairs.length; index < most; index++) pairs.push([`tag-${chance.between(1, 30)}`, `${index}`])
  }
  const legacy = chance.happens(0.1)
  const params: Record<string, string> = {}
  for (const [index, [tag, value]] of pairs.entries()) {
    params[`${name}.${index + 1}.${legacy ? 'key' : 'Key'}`] = tag
    if (chance.happens(0.85)) params[`${name}.${index + 1}.${legacy ? 'value' : 'Value'}`] = value
  }
  return params
}

function object(name: string, subject: Subject, taste: Taste): Record<string, string> {
  const { chance, now } = subject
  switch (name) {
    case 'SystemDisk':
      return disk(name, subject, taste, true)
    case 'CpuOptions':
      return { [`${name}.ThreadsPerCore`]: taste === 'bad' ? '9' : chance.pick(['1', '2']) }
    case 'PrivatePoolOptions':
      return chance.pick([
        { [`${name}.MatchCriteria`]: 'Open' },
        { [`${name}.MatchCriteria`]: 'None' },
        { [`${name}.Id`]: 'eap-bp1' },
      ])
    default: {
      const day = 86_400_000
      const [start, end] =
        taste === 'bad' ? [now, now - day] : [now - chance.between(1, 20) * day, now + chance.between(0, 9) * day]
      const params: Record<string, string> = {}
      if (chance.happens(0.8)) params[`${name}.Start`] = spell(start, true)
      if (chance.happens(0.8)) params[`${name}.End`] = spell(end, true)
      return params
    }
  }
}

function disk(prefix: string, subject: Subject, taste: Taste, isSystem: boolean): Record<string, string> {
  const { chance } = subject
  const params: Record<string, string> = { [`${prefix}.Category`]: chance.pick(categories) }
  if (!isSystem || chance.happens(0.6)) {
    const sizes =
      taste === 'bad'
        ? ['1', '0', '99999', 'x']
        : taste === 'borderline'
          ? ['10', '20', '32768', '2048']
          : ['40', '100', '60']
    params[`${prefix}.Size`] = chance.pick(sizes)
  }
  if (taste === 'bad') params[`${prefix}.Category`] = chance.pick(['cloud', 'nothing', 'ephemeral_ssd', 'cloud_essd'])
  if (chance.happens(0.3)) params[`${prefix}.DiskName`] = 'data'
  if (chance.happens(0.2)) params[`${prefix}.Description`] = 'A disk.'
  if (chance.happens(0.2))
    params[`${prefix}.PerformanceLevel`] = chance.pick(['PL0', 'PL1', 'PL2', 'PL9'].slice(0, taste === 'bad' ? 4 : 2))
  if (chance.happens(0.3)) params[`${prefix}.DeleteWithInstance`] = chance.pick(['true', 'false'])
  if (chance.happens(0.3)) {
    params[`${prefix}.Encrypted`] = 'true'
    if (chance.happens(0.8)) params[`${prefix}.KMSKeyId`] = plainKey(subject)
  }
  if (chance.happens(0.05)) params[`${prefix}.SnapshotId`] = 's-bp1example0000000'
  return params
}

function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]))
}
