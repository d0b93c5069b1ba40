import { given } from '../../given.ts'
import { chargeTypes, instanceStatuses, lockReasons, networkTypes } from '../../../domain/instances/types.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { type Call, defineOperation } from '../../../protocol/operation.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'
import { every } from '../../../protocol/resources.ts'
import { countInstances, type InstanceFilter, listInstances } from '../../../store/tables/instances/queries.ts'
import { cutPage, eitherPageParams, type Paging, readPaging, readPlace, writePlace } from '../../paging.ts'
import { readTagFilter, tagList } from '../tags/params.ts'
import { toWireInstances } from './wire.ts'

const ipList = () => p.jsonList()

const params = {
  RegionId: p.region({ required: true }),
  InstanceIds: p.jsonList({
    error: 'InvalidInstanceIds.Malformed',
    tooMany: 'InvalidParameter.TooManyInstanceIds',
  }),
  InstanceName: p.string({ about: 'text; `*` stands for any' }),
  Status: p.enum(instanceStatuses, { error: 'InvalidStatus.NotFound' }),
  LockReason: p.enum(lockReasons, { error: 'InvalidLockReason.NotFound' }),
  DeviceAvailable: p.boolean(),
  ZoneId: p.string(),
  VpcId: p.string(),
  VSwitchId: p.string(),
  SecurityGroupId: p.string(),
  InstanceNetworkType: p.enum(networkTypes, { error: 'InvalidNetworkType.NotFound' }),
  ResourceGroupId: p.string(),
  HpcClusterId: p.string(),
  InstanceType: p.string(),
  InstanceTypeFamily: p.string(),
  ImageId: p.string(),
  InstanceChargeType: p.enum(chargeTypes, { error: 'InvalidInstanceChargeType.NotFound' }),
  InternetChargeType: p.enum(['PayByTraffic', 'PayByBandwidth'], {
    error: 'InvalidInternetChargeType.ValueNotSupported',
  }),
  IoOptimized: p.boolean(),
  KeyPairName: p.string(),
  HttpEndpoint: p.enum(['enabled', 'disabled']),
  HttpTokens: p.enum(['optional', 'required']),
  PrivateIpAddresses: ipList(),
  PublicIpAddresses: ipList(),
  EipAddresses: ipList(),
  InnerIpAddresses: ipList(),
  RdmaIpAddresses: ipList(),
  Ipv6Address: p.repeated(p.string(), { max: 100 }),
  Tag: tagList(),
  Filter: p.repeated(p.object({ Key: p.string(), Value: p.time() }), { max: 4, about: 'list of `Key` and `Value`' }),
  AdditionalAttributes: p.repeated(p.string(), { max: 20 }),
  ...eitherPageParams(),
  DryRun: p.boolean({ default: false }),
  ...compatibilityParams,
}

const errors = [
  'InvalidStatus.NotFound',
  'InvalidLockReason.NotFound',
  'InvalidNetworkType.NotFound',
  'InvalidInstanceChargeType.NotFound',
  'InvalidInternetChargeType.ValueNotSupported',
  'InvalidFilterKey.NotFound',
  'InvalidTag.Mismatch',
  'InvalidTagCount',
  'InvalidHpcClusterId.NotFound',
  'InvalidInstanceIds.Malformed',
  'InvalidParameter.TooManyInstanceIds',
  'InvalidParameter',
  'DryRunOperation',
] as const satisfies readonly ErrorName[]

type Input = InputOf<typeof params>
type DescribeCall = Call<(typeof errors)[number]>

/** Queries instances, newest first. */
export const DescribeInstances = defineOperation({
  product: 'Ecs',
  action: 'DescribeInstances',
  summary: 'Queries instances by any of their properties, page by page.',
  evidence: { page: 'DescribeInstances' },
  access: { level: 'list', on: every('instance'), denied: 'empty' },
  instancesIn: ['InstanceIds'],
  params,
  errors,
  examples: [
    { title: 'Find what is stopped', params: { RegionId: 'cn-hangzhou', Status: 'Stopped' } },
    { title: 'Read two instances', params: { RegionId: 'cn-hangzhou', InstanceIds: '["i-bp1example00000000001"]' } },
  ],
  async handle(call, input) {
    const filter = toFilter(call, input)
    if (input.DryRun) return call.fail('DryRunOperation')
    if (filter === 'nothing' || call.answerEmpty) {
      const { PageNumber, PageSize } = input
      return { Instances: { Instance: [] }, TotalCount: 0, PageNumber, PageSize, NextToken: '' }
    }
    const paging = readPaging(input, { max: 100 })
    return paging.skip === undefined ? listByToken(call, filter, paging) : listByPage(call, filter, paging.skip, input)
  },
})

async function listByPage(call: DescribeCall, filter: InstanceFilter, skip: number, input: Input) {
  const { PageNumber, PageSize } = input
  const total = await countInstances(call.tx, filter)
  const instances = await listInstances(call.tx, filter, { limit: PageSize, skip })
  const last = instances.at(-1)
  return {
    Instances: { Instance: await toWireInstances(call.tx, instances) },
    TotalCount: total,
    PageNumber,
    PageSize,
    // The CLI's --pager goes on by token from here.
    NextToken: PageNumber * PageSize < total && last !== undefined ? writePlace('s', last.seq) : '',
  }
}

async function listByToken(call: DescribeCall, filter: InstanceFilter, { number, size, token }: Paging) {
  const before = token === undefined ? undefined : readPlace(call, token, 's')[0]
  const found = await listInstances(call.tx, filter, { limit: size + 1, ...given('before', before) })
  const { page, NextToken } = cutPage(found, size, last => writePlace('s', last.seq))
  return {
    Instances: { Instance: await toWireInstances(call.tx, page) },
    TotalCount: page.length,
    PageNumber: number,
    PageSize: size,
    NextToken,
  }
}

/** The filter that the input asks for; `nothing` when no instance can match. */
function toFilter(call: DescribeCall, input: Input): InstanceFilter | 'nothing' {
  if (input.HpcClusterId !== undefined) return call.fail('InvalidHpcClusterId.NotFound')
  const classicOnly = input.InnerIpAddresses !== undefined
  const filter: InstanceFilter = {
    accountId: call.principal.account.id,
    regionId: input.RegionId,
    at: call.now,
    ...given('ids', input.InstanceIds),
    ...given('name', input.InstanceName),
    ...given('lockReason', input.LockReason),
    ...given('securityGroupId', input.SecurityGroupId),
    tags: readTagFilter(input.Tag, () => call.fail('InvalidTag.Mismatch')),
    ...timeFilters(call, input.Filter),
    equals: {
      ...given('status', input.Status),
      ...given('zoneId', input.ZoneId),
      ...given('vpcId', input.VpcId),
      ...given('vSwitchId', input.VSwitchId),
      ...given('networkType', classicOnly ? 'classic' : input.InstanceNetworkType),
      ...given('resourceGroupId', input.ResourceGroupId),
      ...given('type', input.InstanceType),
      ...given('family', input.InstanceTypeFamily),
      ...given('imageId', input.ImageId),
      ...given('chargeType', input.InstanceChargeType),
      ...given('internetChargeType', input.InternetChargeType),
      ...given('keyPairName', input.KeyPairName),
      ...given('httpEndpoint', input.HttpEndpoint),
      ...given('httpTokens', input.HttpTokens),
    },
    oneOf: {
      ...given('privateIp', input.PrivateIpAddresses ?? input.InnerIpAddresses),
      ...given('publicIp', input.PublicIpAddresses),
      ...given('eip', input.EipAddresses),
    },
  }
  // Every instance here is available and I/O optimized, and none has an IPv6 or RDMA address.
  const impossible =
    input.DeviceAvailable === false ||
    input.IoOptimized === false ||
    input.Ipv6Address.length > 0 ||
    input.RdmaIpAddresses !== undefined ||
    (classicOnly && input.InstanceNetworkType === 'vpc')
  return impossible ? 'nothing' : filter
}

const timeFilterNames: ReadonlyMap<string, string> = new Map([
  ['CreationStartTime', 'createdFrom'],
  ['CreationEndTime', 'createdUntil'],
  ['ExpiredStartTime', 'expiresFrom'],
  ['ExpiredEndTime', 'expiresUntil'],
])

function timeFilters(call: DescribeCall, filters: Input['Filter']): Partial<InstanceFilter> {
  const result: Record<string, number> = {}
  for (const one of filters) {
    const name = timeFilterNames.get(one?.Key ?? '') ?? call.fail('InvalidFilterKey.NotFound')
    // Times are shown to the minute: the end of a period holds all of its last one.
    if (one?.Value !== undefined) result[name] = name.endsWith('Until') ? endOfMinute(one.Value) : one.Value
  }
  return result
}

function endOfMinute(at: number): number {
  return Math.floor(at / 60_000) * 60_000 + 59_999
}
