import { periodUnits } from '../../../domain/billing/subscription.ts'
import { chargeTypes, spotStrategies } from '../../../domain/instances/types.ts'
import { clientToken } from '../../../protocol/idempotency.ts'
import { compatibilityParams, type InputOf, p } from '../../../protocol/params.ts'

/** Disks as RunInstances and CreateInstance take them, `SystemDisk.Category` and `DataDisk.1.Size`. */
const diskFields = {
  Category: p.string(),
  Size: p.integer({ min: 1 }),
  DiskName: p.string(),
  Description: p.string(),
  PerformanceLevel: p.enum(['PL0', 'PL1', 'PL2', 'PL3']),
  Encrypted: p.boolean(),
  KMSKeyId: p.string(),
  SnapshotId: p.string(),
  DeleteWithInstance: p.boolean(),
}

/** What RunInstances and CreateInstance both take. */
export const creationParams = {
  RegionId: p.region({ required: true, error: 'InvalidRegionId.NotFound#creation' }),
  ImageId: p.string(),
  ImageFamily: p.string({ about: '`acs:` and the name of a public family; only without ImageId' }),
  InstanceType: p.string(),
  ZoneId: p.string({ about: "a zone of the region; default: the vSwitch's, or the first" }),
  VSwitchId: p.string({ about: "a vSwitch of the region; default: the zone's default vSwitch" }),
  SecurityGroupId: p.string({ about: "default: the region's default security group" }),
  ClientToken: clientToken,
  DryRun: p.boolean({ default: false }),
  InstanceName: p.string({ about: '2 to 128 characters; `prefix[begin,bits]suffix` numbers' }),
  HostName: p.string({ about: '2 to 64 characters, 15 on Windows; `prefix[begin,bits]suffix` numbers' }),
  Description: p.string({ about: '2 to 256 characters, not starting with http(s)://' }),
  Password: p.string({ about: '8 to 30 characters of three classes' }),
  PasswordInherit: p.boolean({ default: false }),
  KeyPairName: p.string(),
  InstanceChargeType: p.enum(chargeTypes, { default: 'PostPaid', error: 'InvalidInstanceChargeType.NotFound' }),
  Period: p.integer({ min: 1, max: 60 }),
  PeriodUnit: p.enum(periodUnits, { default: 'Month' }),
  AutoRenew: p.boolean({ default: false }),
  AutoRenewPeriod: p.integer({ min: 1, max: 60 }),
  SpotStrategy: p.enum(spotStrategies, { default: 'NoSpot', error: 'InvalidSpotStrategy' }),
  SpotPriceLimit: p.number({ default: 0, min: 0 }),
  SpotDuration: p.integer({ min: 0, max: 6, about: 'hours; 1 for a spot instance' }),
  SpotInterruptionBehavior: p.enum(['Terminate', 'Stop'], { default: 'Terminate' }),
  InternetChargeType: p.enum(['PayByTraffic', 'PayByBandwidth'], {
    default: 'PayByTraffic',
    error: 'InvalidInternetChargeType.ValueNotSupported',
  }),
  InternetMaxBandwidthOut: p.integer({ default: 0, min: 0, max: 100 }),
  InternetMaxBandwidthIn: p.integer({ min: 1, max: 200 }),
  SystemDisk: p.object(diskFields),
  DataDisk: p.repeated(p.object(diskFields), { max: 16, about: 'list of disks, fields as SystemDisk' }),
  DeletionProtection: p.boolean({ default: false }),
  Tag: p.repeated(p.object({ Key: p.string(), Value: p.string() }), {
    max: 20,
    tooMany: 'InvalidTagCount',
    about: 'list of `Key` and `Value`',
  }),
  UserData: p.string({ about: 'Base64, at most 32 KB decoded' }),
  RamRoleName: p.string(),
  ResourceGroupId: p.string(),
  DeploymentSetId: p.string(),
  CreditSpecification: p.enum(['Standard', 'Unlimited']),
  HttpEndpoint: p.enum(['enabled', 'disabled'], { default: 'enabled' }),
  HttpTokens: p.enum(['optional', 'required'], { default: 'optional' }),
  PrivateIpAddress: p.string({ about: 'a free address of the vSwitch; for one instance only' }),
  Tenancy: p.enum(['default', 'host'], {}),
  Affinity: p.enum(['default', 'host'], {}),
  DedicatedHostId: p.string({ about: 'refused: there are no dedicated hosts' }),
  PrivatePoolOptions: p.object({ MatchCriteria: p.enum(['Open', 'Target', 'None']), Id: p.string() }),
  // Sent by real automation; nothing here depends on them.
  SecurityEnhancementStrategy: p.enum(['Active', 'Deactive'], { hidden: true }),
  IoOptimized: p.enum(['none', 'optimized'], { hidden: true }),
  ...compatibilityParams,
}

export const runInstancesParams = {
  ...creationParams,
  LaunchTemplateId: p.string({ about: 'refused: there are no launch templates yet' }),
  LaunchTemplateName: p.string({ about: 'refused: there are no launch templates yet' }),
  SecurityGroupIds: p.repeated(p.string(), { max: 16 }),
  Amount: p.integer({ default: 1, min: 1, max: 100, error: 'InvalidParam.Amount' }),
  MinAmount: p.integer({ min: 1, max: 100, error: 'InvalidMinAmount.Malformed' }),
  UniqueSuffix: p.boolean({ default: false }),
  AutoPay: p.boolean({ default: true }),
  AutoReleaseTime: p.time({ error: 'InvalidAutoReleaseTime.Malformed' }),
  NetworkInterface: p.repeated(
    p.object({
      InstanceType: p.enum(['Primary', 'Secondary'], { default: 'Secondary' }),
      VSwitchId: p.string(),
      PrimaryIpAddress: p.string(),
      SecurityGroupId: p.string(),
      SecurityGroupIds: p.repeated(p.string(), { max: 16 }),
    }),
    { max: 2, about: 'the primary interface, in place of VSwitchId, SecurityGroupId and PrivateIpAddress' },
  ),
  CpuOptions: p.object({ Core: p.integer({ min: 1 }), ThreadsPerCore: p.integer({ min: 1, max: 2 }) }),
  Ipv6AddressCount: p.integer({ min: 0, max: 10 }),
}

export type RunInstancesInput = InputOf<typeof runInstancesParams>

/** Parameters that would change what is made and that we can't honour yet: refused, never ignored. */
export const unsupportedParams = [
  'Ipv6Address',
  'HpcClusterId',
  'StorageSetId',
  'StorageSetPartitionNumber',
  'HostNames',
  'HttpPutResponseHopLimit',
  'ImageOptions',
  'HibernationOptions',
  'SecurityOptions',
  'ClockOptions',
  'SchedulerOptions',
  'NetworkOptions',
  'NetworkInterfaceQueueNumber',
  'PrivateDnsNameOptions',
  'DeploymentSetGroupNo',
  'ManagedHostId',
  'Isp',
] as const
